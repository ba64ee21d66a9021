/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast the time stamp counter runs. In this order: what a hypervisor says, what the processor
 * says, what ACPI's timer shows, and the processor's base frequency, which is the counter's only
 * about. AMD's processors, Intel's before Skylake and most virtual machines say nothing.
 */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"
#include "core/base/own_frame.h"

/* Intel SDM volume 2, CPUID: leaf 15H gives the ratio to the crystal, 16H the base frequency. */
#define CPUID_TSC_RATIO      0x15U
#define CPUID_FREQUENCY      0x16U
#define CPUID_HYPERVISOR     0x40000000U
#define CPUID_HYPERVISOR_TSC 0x40000010U /* VMware's, also KVM's and QEMU's: TSC in kHz in EAX */
#define FEATURE_HYPERVISOR   (1U << 31)  /* leaf 1, ECX */

/* Hyper-V's interface, which KVM imitates (Hypervisor Top Level Functional Specification 6.0b, 2.4
 * and 12.3): the register is there when the guest may read it. */
#define CPUID_HV_INTERFACE   0x40000001U
#define CPUID_HV_FEATURES    0x40000003U
#define HV_INTERFACE         0x31237648U /* "Hv#1" */
#define HV_FREQUENCY_MSRS    (1U << 11)  /* EAX */
#define HV_MSR_TSC_FREQUENCY 0x40000022U

bool arch_is_virtual(void)
{
    return (machine_cpuid(1, 0).ecx & FEATURE_HYPERVISOR) != 0;
}

static uint64_t said_by_hypervisor(void)
{
    if (!arch_is_virtual())
        return 0;
    uint32_t last = machine_cpuid(CPUID_HYPERVISOR, 0).eax;
    if (last < CPUID_HV_FEATURES || last > CPUID_HYPERVISOR + 0xffff)
        return 0;
    /* What stands in the other leaf is not Hyper-V's word. */
    if (machine_cpuid(CPUID_HV_INTERFACE, 0).eax == HV_INTERFACE)
        return (machine_cpuid(CPUID_HV_FEATURES, 0).eax & HV_FREQUENCY_MSRS) != 0
                   ? machine_rdmsr(HV_MSR_TSC_FREQUENCY)
                   : 0;
    if (last < CPUID_HYPERVISOR_TSC)
        return 0;
    return (uint64_t)machine_cpuid(CPUID_HYPERVISOR_TSC, 0).eax * 1000;
}

static uint64_t said_by_processor(void)
{
    if (machine_cpuid(0, 0).eax < CPUID_TSC_RATIO)
        return 0;
    struct cpuid_answer ratio = machine_cpuid(CPUID_TSC_RATIO, 0);
    return ratio.eax != 0 ? (uint64_t)ratio.ecx * ratio.ebx / ratio.eax : 0;
}

static uint64_t base_frequency(void)
{
    if (machine_cpuid(0, 0).eax < CPUID_FREQUENCY)
        return 0;
    return (uint64_t)(machine_cpuid(CPUID_FREQUENCY, 0).eax & 0xffff) * 1000000;
}

/* What cannot be is as good as not said: bounds are computed from this. */
OWN_FRAME static uint64_t plausible(uint64_t hz)
{
    return hz >= 100000000ULL && hz <= 20000000000ULL ? hz : 0;
}

/* --- ACPI's timer --- */

/*
 * Counts from one reading to the next, at most: 70 microseconds. Beyond that somebody (System
 * Management Mode, a host) has taken the processor, or the reading is one of those that chipsets
 * with an unlatched timer give while it changes (Intel's PIIX4 erratum, among others).
 */
#define LOOK_COUNTS_MAX 256U
#define LOOKS_MAX       4U

/* A look that cannot be relied on has a width that no interval is long enough for. */
static struct rate_look look(const struct acpi_timer *timer)
{
    struct rate_look look = {.width = UINT64_MAX};
    uint32_t last = machine_in32(timer->port);

    for (unsigned int i = 0; i < LOOKS_MAX && look.width == UINT64_MAX; i++) {
        uint64_t before = arch_ticks();

        look.count = machine_in32(timer->port);
        look.ticks = arch_ticks();
        if (((look.count - last) & timer->mask) <= LOOK_COUNTS_MAX)
            look.width = look.ticks - before;
        last = look.count;
    }
    return look;
}

/* Four milliseconds, and where that was disturbed eight and sixteen. */
#define WAIT_COUNTS (ACPI_TIMER_HZ / 250)
#define WAITS       3U
#define POLLS_MAX   20000U /* reads, of a microsecond each: a timer may stand still */

static uint64_t measure(const struct arch_clock *clock)
{
    const struct acpi_timer *timer = &clock->timer;
    const struct rate_timer rate = {ACPI_TIMER_HZ, timer->mask};
    struct rate_look now = look(timer);
    uint64_t hz = plausible(rate_between(&rate, &clock->look, &now));

    for (unsigned int i = 0; i < WAITS && hz == 0; i++) {
        struct rate_look first = look(timer);
        unsigned int polls = 0;

        while (((machine_in32(timer->port) - first.count) & timer->mask) < WAIT_COUNTS << i &&
               polls++ < POLLS_MAX)
            arch_pause();
        struct rate_look second = look(timer);
        hz = plausible(rate_between(&rate, &first, &second));
    }
    return hz;
}

/* --- */

#define MEMORY_END (1ULL << 47) /* what can be addressed */

void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    const struct acpi_memory memory = acpi_memory_below(MEMORY_END);

    *ret_clock = (struct arch_clock){.hz = plausible(said_by_hypervisor())};
    if (ret_clock->hz == 0)
        ret_clock->hz = plausible(said_by_processor());
    if (ret_clock->hz == 0 && acpi_timer_find(&memory, acpi_root, &ret_clock->timer))
        ret_clock->look = look(&ret_clock->timer);
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    uint64_t hz = clock->hz;

    if (hz == 0 && clock->timer.port != 0)
        hz = measure(clock);
    return hz != 0 ? hz : plausible(base_frequency());
}
