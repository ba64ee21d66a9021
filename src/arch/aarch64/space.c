/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels are entered with the MMU off (enter.S), so there are no page tables to build. */
#include "arch/aarch64/machine.h"
#include "arch/arch.h"

/* Boards begin their memory where they like, some above 4 GiB. All have 48 bits of addresses. */
uint64_t arch_memory_last(void)
{
    return (1ULL << 48) - 1;
}

/* The kernel makes the map, and those with the fewest bits of addresses have 39. */
uint64_t arch_identity_end(uint64_t memory_end)
{
    (void)memory_end;
    return 1ULL << 39;
}

/* ID_AA64MMFR0_EL1: for 4 and 64 KiB 0xf is "no", for 16 KiB 0 is. */
#define MODEL_4K_SHIFT  28U
#define MODEL_64K_SHIFT 24U
#define MODEL_16K_SHIFT 20U
#define MODEL_FIELD     0xfU

bool arch_page_size(uint32_t bytes)
{
    uint64_t model = machine_memory_model();

    if (bytes == 16384)
        return ((model >> MODEL_16K_SHIFT) & MODEL_FIELD) != 0;
    return ((model >> (bytes == 4096 ? MODEL_4K_SHIFT : MODEL_64K_SHIFT)) & MODEL_FIELD) !=
           MODEL_FIELD;
}
