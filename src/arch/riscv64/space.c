/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels are entered without address translation (enter.S), so there are no page tables to build.
 */
#include "arch/arch.h"

/* Boards begin their memory where they like. All have 47 bits of addresses and more. */
uint64_t arch_memory_last(void)
{
    return (1ULL << 47) - 1;
}

/* The kernel makes the map, and those with the fewest levels have 256 GiB of it. */
uint64_t arch_identity_end(uint64_t memory_end)
{
    (void)memory_end;
    return 1ULL << 38;
}

bool arch_page_size(uint32_t bytes)
{
    return bytes == 4096;
}
