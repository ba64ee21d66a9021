/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/aarch64/gic.h"

#include "arch/aarch64/machine.h"

/*
 * Interrupts of the virtual timer: as the guest of whatever is above, and, where EL2 has the host's
 * registers in its place (VHE), of that. By SBSA they are the same on all machines.
 */
#define TIMERS (1U << 27 | 1U << 28)

/* The distributor, and the part of a redistributor that is like its first words. */
#define CONTROL         0x000U
#define CONTROL_ON      0x03U /* version 2: groups 0 and 1, or what there is of them */
#define CONTROL_ON_3    0x12U /* version 3: group 1, by affinity */
#define TYPE            0x004U
#define TYPE_LINES      0x1fU /* 32 interrupts each, less one */
#define GROUP           0x080U
#define ENABLE          0x100U
#define DISABLE         0x180U
#define PRIORITY_TIMERS 0x418U /* of interrupts 24 to 31, one byte each */
#define INTERFACE_MASK  0x004U /* version 2: the lowest priority that passes */
#define PRIORITY_LOWEST 0xffU

/* A redistributor is a frame of two pages of 64 KiB, four with virtual interrupts. */
#define FRAME_TYPE    0x008U
#define FRAME_LAST    (1U << 4)
#define FRAME_VIRTUAL (1U << 1)
#define FRAME_NUMBER  0x00cU
#define FRAME_WAKER   0x014U
#define WAKER_SLEEP   (1U << 1)
#define WAKER_ASLEEP  (1U << 2)
#define FRAME_PART    0x10000U
#define FRAMES_MAX    1024U
#define POLLS_MAX     1000000U

static void only_timers(uint64_t base)
{
    machine_store32(base + DISABLE, UINT32_MAX);
    machine_store32(base + PRIORITY_TIMERS, 0);
    machine_store32(base + PRIORITY_TIMERS + 4, 0);
    machine_store32(base + ENABLE, TIMERS);
}

/* The frame of this processor; 0 when there is none. */
static uint64_t find_frame(uint64_t frame)
{
    uint64_t number = machine_processor();
    uint32_t wanted = (uint32_t)(number >> 8 & 0xff000000) | (uint32_t)(number & 0xffffff);

    for (unsigned int i = 0; i < FRAMES_MAX; i++) {
        uint32_t type = machine_load32(frame + FRAME_TYPE);

        if (machine_load32(frame + FRAME_NUMBER) == wanted)
            return frame;
        if ((type & FRAME_LAST) != 0)
            return 0;
        frame += (uint64_t)FRAME_PART * ((type & FRAME_VIRTUAL) != 0 ? 4 : 2);
    }
    return 0;
}

static void wake(uint64_t frame)
{
    unsigned int polls = 0;

    machine_store32(frame + FRAME_WAKER, machine_load32(frame + FRAME_WAKER) & ~WAKER_SLEEP);
    while ((machine_load32(frame + FRAME_WAKER) & WAKER_ASLEEP) != 0 && polls < POLLS_MAX)
        polls++;
}

bool gic_only_timer(const struct gic *gic)
{
    uint64_t frame = 0;
    uint32_t lines;

    if (gic->version == 0)
        return false;
    if (gic->version == 3) {
        frame = find_frame(gic->processor);
        if (frame == 0)
            return false;
        wake(frame);
    }
    lines = machine_load32(gic->distributor + TYPE) & TYPE_LINES;
    for (uint32_t i = 1; i <= lines; i++)
        machine_store32(gic->distributor + DISABLE + 4ULL * i, UINT32_MAX);
    if (frame != 0) {
        machine_store32(frame + FRAME_PART + GROUP, UINT32_MAX);
        only_timers(frame + FRAME_PART);
        machine_store32(gic->distributor + CONTROL,
                        machine_load32(gic->distributor + CONTROL) | CONTROL_ON_3);
        machine_gic_open();
    } else {
        only_timers(gic->distributor);
        machine_store32(gic->distributor + CONTROL, CONTROL_ON);
        machine_store32(gic->processor + INTERFACE_MASK, PRIORITY_LOWEST);
        machine_store32(gic->processor + CONTROL, CONTROL_ON);
    }
    return true;
}
