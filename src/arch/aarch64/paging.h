/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of AArch64: 4 KiB granule, four levels, 48 bits in both halves (Arm ARM, D8.3), built
 * in memory that the caller gives. Pure: no instruction, no allocation.
 *
 * Later calls win over earlier ones: map the large picture first, then the exceptions. A block
 * whose inside gets an exception is split; the number of tables that all calls together can need is
 * known before the first one.
 */
#ifndef BATON_ARCH_AARCH64_PAGING_H
#define BATON_ARCH_AARCH64_PAGING_H

#include "core/memory/address_space.h"

#include <stdbool.h>
#include <stdint.h>

/* MAIR_EL1, by AttrIndx: write-back, device nGnRE, not cached. enter.S writes it. */
#define PAGING_MAIR   0x4404ffULL
#define PAGING_CACHED 0U
#define PAGING_DEVICE 1U
#define PAGING_STREAM 2U

/* The pool's first pages: TTBR0's table and TTBR1's. */
#define PAGING_ROOTS 2U

struct paging {
    uint64_t *pool; /* page-aligned, where the processor sees it */
    uint64_t pool_pages;
    uint64_t used_pages;
};

/* Most tables that paging_map() with the same range can add; the roots are not counted. */
uint64_t paging_cost(const struct address_range *range);

/* An empty address space in `pool` (at least PAGING_ROOTS pages); clears only what it uses. */
void paging_begin(void *pool, uint64_t pages, struct paging *ret_paging);

/*
 * Whole pages; nothing may wrap or have more than 48 bits, sign-extended if virtual. Uses the
 * largest blocks that fit. False when an argument breaks this or the pool is used up: never, when
 * it has PAGING_ROOTS + the sum of paging_cost() pages.
 */
bool paging_map(struct paging *paging, const struct address_range *range);

#endif
