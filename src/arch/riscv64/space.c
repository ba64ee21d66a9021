/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels are started by the firmware here, so there are no page tables to build. */
#include "arch/arch.h"

bool arch_memory_is_encrypted(void)
{
    return false;
}

/* What a hypervisor says of itself lies in tables here. */
bool arch_is_virtual(void)
{
    return false;
}

/* Boards begin their memory where they like. All have 47 bits of addresses and more. */
uint64_t arch_memory_last(void)
{
    return (1ULL << 47) - 1;
}

uint64_t arch_identity_end(uint64_t memory_end)
{
    return memory_end;
}
