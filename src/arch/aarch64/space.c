/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels are entered with the MMU off (enter.S), so there are no page tables to build. */
#include "arch/arch.h"

bool arch_memory_is_encrypted(void)
{
    return false;
}

uint64_t arch_identity_end(uint64_t memory_end)
{
    return memory_end;
}
