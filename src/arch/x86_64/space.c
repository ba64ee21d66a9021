/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces as this processor wants them: what it can do, and paging.h's tables. */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"
#include "arch/x86_64/paging.h"
#include "core/base/page.h"

#define CPUID_EXTENDED          0x80000000U
#define CPUID_EXTENDED_FEATURES 0x80000001U
#define CPUID_HYPERVISOR        (1U << 31) /* leaf 1, ECX */

/* AMD64 APM volume 3, E.4.17, and volume 2, 15.34.10: whether there is SEV, and whether it is on.
 */
#define CPUID_ENCRYPTION 0x8000001fU
#define ENCRYPTION_SEV   (1U << 1) /* EAX */
#define MSR_SEV_STATUS   0xc0010131U
#define SEV_STATUS_ON    1U

static struct paging_features features(void)
{
    return paging_features(machine_cr4(), machine_cpuid(CPUID_EXTENDED_FEATURES, 0).edx);
}

bool arch_no_execute(void)
{
    return features().no_execute;
}

/* The register is not there, and reading it faults, unless all that is asked before says yes. */
bool arch_memory_is_encrypted(void)
{
    return (machine_cpuid(1, 0).ecx & CPUID_HYPERVISOR) != 0 &&
           machine_cpuid(CPUID_EXTENDED, 0).eax >= CPUID_ENCRYPTION &&
           (machine_cpuid(CPUID_ENCRYPTION, 0).eax & ENCRYPTION_SEV) != 0 &&
           (machine_rdmsr(MSR_SEV_STATUS) & SEV_STATUS_ON) != 0;
}

uint64_t arch_memory_last(void)
{
    return UINT32_MAX;
}

uint32_t arch_space_levels(void)
{
    return features().levels;
}

uint64_t arch_identity_end(uint64_t memory_end)
{
    return paging_identity_limit(features(), memory_end);
}

uint64_t arch_space_pages(const struct address_space *space)
{
    struct paging_features can = features();
    uint64_t pages = paging_identity_pages(can, space->identity_end);

    for (uint32_t i = 0; i < space->range_count; i++) {
        const struct address_range *range = &space->ranges[i];

        pages += paging_cost(can, range->virtual, range->physical, range->size);
    }
    return pages;
}

bool arch_space_build(const struct address_space *space, void *pool, uint64_t pages,
                      uint64_t *ret_root)
{
    struct paging paging;

    if (!paging_identity(features(), pool, (uintptr_t)pool, pages, space->identity_end,
                         space->identity, &paging))
        return false;
    for (uint32_t i = 0; i < space->range_count; i++) {
        const struct address_range *range = &space->ranges[i];

        if (!paging_map(&paging, range->virtual, range->physical, range->size, range->access))
            return false;
    }
    *ret_root = paging_root(&paging);
    return true;
}
