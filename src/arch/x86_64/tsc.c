/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the time stamp counter runs, as far as the processor says; nothing is measured. */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"

/* Intel SDM volume 2, CPUID: leaf 15H gives the ratio to the crystal, 16H the base frequency. */
#define CPUID_TSC_RATIO      0x15U
#define CPUID_FREQUENCY      0x16U
#define CPUID_HYPERVISOR     0x40000000U
#define CPUID_HYPERVISOR_TSC 0x40000010U /* VMware's, also KVM's and QEMU's: TSC in kHz in EAX */
#define FEATURE_HYPERVISOR   (1U << 31)  /* leaf 1, ECX */

static uint64_t said_by_hypervisor(void)
{
    if ((machine_cpuid(1, 0).ecx & FEATURE_HYPERVISOR) == 0)
        return 0;
    uint32_t last = machine_cpuid(CPUID_HYPERVISOR, 0).eax;
    if (last < CPUID_HYPERVISOR_TSC || last > CPUID_HYPERVISOR + 0xffff)
        return 0;
    return (uint64_t)machine_cpuid(CPUID_HYPERVISOR_TSC, 0).eax * 1000;
}

static uint64_t said_by_processor(void)
{
    uint32_t last = machine_cpuid(0, 0).eax;
    uint64_t base = 0;

    if (last >= CPUID_FREQUENCY)
        base = (uint64_t)(machine_cpuid(CPUID_FREQUENCY, 0).eax & 0xffff) * 1000000;
    if (last >= CPUID_TSC_RATIO) {
        struct cpuid_answer ratio = machine_cpuid(CPUID_TSC_RATIO, 0);

        if (ratio.eax != 0 && ratio.ebx != 0 && ratio.ecx != 0)
            return (uint64_t)ratio.ecx * ratio.ebx / ratio.eax;
    }
    return base; /* within a percent of the TSC where the crystal is not named */
}

uint64_t arch_ticks_hz(void)
{
    uint64_t hz = said_by_hypervisor();

    if (hz == 0)
        hz = said_by_processor();
    /* What cannot be is as good as not said: bounds are computed from this. */
    return hz >= 100000000ULL && hz <= 20000000000ULL ? hz : 0;
}
