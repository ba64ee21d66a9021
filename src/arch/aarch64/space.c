/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux is entered with the MMU off; for kernels that want address spaces, what paging.h builds. */
#include "arch/aarch64/machine.h"
#include "arch/aarch64/paging.h"
#include "arch/arm_entry.h"
#include "core/base/page.h"

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

/* --- address spaces ------------------------------------------------------------------------------
 */

/* An exception waits for good: each vector, 128 bytes from the next, begins with these two. */
#define VECTOR_WFE  0xd503205fU
#define VECTOR_BACK 0x17ffffffU /* b .-4 */

/* The page of vectors, which are at the beginning of the pool. */
static struct address_range vectors_range(const void *pool)
{
    return (struct address_range){(uintptr_t)pool, (uintptr_t)pool, ARCH_VECTORS_SIZE,
                                  ACCESS_EXECUTE};
}

uint64_t arch_space_pages(const struct address_space *space)
{
    struct address_range vectors = vectors_range(NULL);
    uint64_t pages = ARCH_VECTORS_SIZE / PAGE_SIZE + PAGING_ROOTS + paging_cost(&vectors);

    for (uint32_t i = 0; i < space->range_count; i++)
        pages += paging_cost(&space->ranges[i]);
    return pages;
}

bool arch_space_build(const struct address_space *space, void *pool, uint64_t pages,
                      uint64_t *ret_root)
{
    struct address_range vectors = vectors_range(pool);
    uint32_t *vector = pool;
    struct paging paging;

    for (uint32_t i = 0; i < ARCH_VECTORS_SIZE / sizeof(*vector); i += 2) {
        vector[i] = VECTOR_WFE;
        vector[i + 1] = VECTOR_BACK;
    }
    paging_begin((uint8_t *)pool + ARCH_VECTORS_SIZE, pages - ARCH_VECTORS_SIZE / PAGE_SIZE,
                 &paging);
    for (uint32_t i = 0; i < space->range_count; i++)
        if (!paging_map(&paging, &space->ranges[i]))
            return false;
    if (!paging_map(&paging, &vectors))
        return false;
    /* Tables are read, and vectors fetched, with the MMU off: at EL2 for good. */
    machine_clean(pool, ARCH_VECTORS_SIZE + paging.used_pages * PAGE_SIZE);
    *ret_root = (uintptr_t)paging.pool;
    return true;
}

/* ID_AA64MMFR1_EL1: the virtualization host extensions, with which EL2 is like EL1. */
#define MODEL_HOST_SHIFT 8U

uint64_t arch_entry_level(bool keep)
{
    return keep && machine_exception_level() == 2 &&
                   (machine_memory_model_1() >> MODEL_HOST_SHIFT & MODEL_FIELD) != 0
               ? 2
               : 1;
}

uint64_t arch_processor(void)
{
    return machine_processor();
}
