/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reset that waits for nobody. The local APIC's timer is the one clock that every processor of
 * today has, that interrupts code which never returns, and that no chipset has a word in; the
 * watchdogs of chipsets differ from one to the next.
 */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"

#include <stddef.h>

/* Intel SDM volume 3, 11.4 and 11.12: where it is, and whether it is reached by registers. */
#define FEATURE_APIC   (1U << 9) /* CPUID leaf 1, EDX */
#define MSR_APIC_BASE  0x1bU
#define APIC_ON        (1ULL << 11)
#define APIC_X2        (1ULL << 10)
#define APIC_ADDRESS   0xffffffffff000ULL
#define MSR_X2APIC     0x800U
#define APIC_SPURIOUS  0xf0U
#define APIC_TIMER     0x320U
#define APIC_COUNT     0x380U /* from which it counts down */
#define APIC_COUNT_NOW 0x390U
#define APIC_DIVIDE    0x3e0U
#define SOFTWARE_ON    0x1ffU /* and the vector of spurious interrupts */
#define MASKED         (1U << 16)
#define DIVIDE_BY_16   3U

/* The interrupt controllers before the APIC: their interrupts come whatever the priority is. */
#define PIC_MASK_1 0x21U
#define PIC_MASK_2 0xa1U

_Static_assert(ARCH_ALARM_SIZE >= MACHINE_GATES_SIZE, "room for all gates");

#define MEASURE_DIVISOR 100U /* of a second, in which the timer's rate is measured */

static void apic_write(uint64_t base, uint32_t place, uint32_t value)
{
    if ((base & APIC_X2) != 0)
        machine_wrmsr(MSR_X2APIC + place / 16, value);
    else
        *(volatile uint32_t *)(uintptr_t)((base & APIC_ADDRESS) + place) = value;
}

static uint32_t apic_read(uint64_t base, uint32_t place)
{
    if ((base & APIC_X2) != 0)
        return (uint32_t)machine_rdmsr(MSR_X2APIC + place / 16);
    return *(volatile uint32_t *)(uintptr_t)((base & APIC_ADDRESS) + place);
}

/* Entered by the interrupt; nothing has to be saved. */
static _Noreturn void ring(void)
{
    arch_reset(0, NULL);
}

void arch_alarm(uint64_t ticks_hz, uint32_t seconds, const struct board *board, void *room)
{
    uint64_t hz = ticks_hz != 0 ? ticks_hz : TICKS_HZ_FASTEST;
    struct stopwatch watch = stopwatch_begin(arch_ticks());
    uint64_t base;
    uint64_t count;

    (void)board;
    if ((machine_cpuid(1, 0).edx & FEATURE_APIC) == 0)
        return;
    base = machine_rdmsr(MSR_APIC_BASE);
    if ((base & APIC_ON) == 0)
        return;
    machine_out8(PIC_MASK_1, 0xff);
    machine_out8(PIC_MASK_2, 0xff);
    apic_write(base, APIC_SPURIOUS, SOFTWARE_ON);
    apic_write(base, APIC_DIVIDE, DIVIDE_BY_16);
    apic_write(base, APIC_TIMER, MASKED | MACHINE_ALARM_VECTOR);
    apic_write(base, APIC_COUNT, UINT32_MAX);
    arch_wait(&watch, hz / MEASURE_DIVISOR);
    count = (uint64_t)(UINT32_MAX - apic_read(base, APIC_COUNT_NOW)) * MEASURE_DIVISOR * seconds;
    machine_alarm_gate(room, ring);
    apic_write(base, APIC_TIMER, MACHINE_ALARM_VECTOR);
    apic_write(base, APIC_COUNT, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
}
