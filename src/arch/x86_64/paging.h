/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the x86-64, four or five levels (Intel SDM volume 3, 4.5), built in memory that
 * the caller gives. Pure: no instruction, no allocation; what the processor can do is passed in.
 *
 * Later calls win over earlier ones: map the large picture first, then the exceptions. A large page
 * whose inside gets an exception is split; the number of tables that all calls together can need
 * is known before the first one.
 */
#ifndef BATON_ARCH_X86_64_PAGING_H
#define BATON_ARCH_X86_64_PAGING_H

#include "core/memory/address_space.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGING_2M (1ULL << 21)
#define PAGING_1G (1ULL << 30)

struct paging_features {
    uint16_t levels;     /* 4 or 5; CR4.LA57 cannot change in long mode, so it decides */
    bool gigabyte_pages; /* CPUID 0x80000001 EDX bit 26 */
    bool no_execute;     /* CPUID 0x80000001 EDX bit 20; when false only RWX can be mapped */
};

struct paging {
    struct paging_features features;
    uint8_t *pool;         /* page-aligned; the first page is the root */
    uint64_t pool_address; /* where the processor sees the pool: its physical address */
    uint64_t pool_pages;
    uint64_t used_pages;
};

struct paging_features paging_features(uint64_t cr4, uint32_t cpuid_80000001_edx);

/* Most tables that paging_map() with the same arguments can add; the root is not counted. */
uint64_t paging_cost(struct paging_features features, uint64_t virtual, uint64_t physical,
                     uint64_t size);

/* An empty address space in `pool` (at least 1 page); clears only what it uses. */
void paging_begin(struct paging_features features, void *pool, uint64_t pool_address,
                  uint64_t pool_pages, struct paging *ret_paging);

/*
 * Addresses and size in whole pages; nothing may wrap or leave the canonical range. Uses the
 * largest pages that fit. False when an argument breaks this or the pool is used up: never, when
 * the pool has 1 + the sum of paging_cost() pages.
 */
bool paging_map(struct paging *paging, uint64_t virtual, uint64_t physical, uint64_t size,
                enum memory_access access);

/* CR3 for these tables. */
uint64_t paging_root(const struct paging *paging);

/*
 * How far an identity map from 0 should go: at least 4 GiB, to the end of memory (exclusive),
 * whole 2 MiB; no further than 512 GiB without 1 GiB pages, 64 TiB with them, so that its tables
 * stay around 2 MiB at most.
 */
uint64_t paging_identity_limit(struct paging_features features, uint64_t memory_end);

/* Pages for a pool that holds the identity map [0, limit) and nothing else, root included. */
uint64_t paging_identity_pages(struct paging_features features, uint64_t limit);

/* Begins and maps [0, limit) to itself. The pool has paging_identity_pages() pages. */
bool paging_identity(struct paging_features features, void *pool, uint64_t pool_address,
                     uint64_t pool_pages, uint64_t limit, enum memory_access access,
                     struct paging *ret_paging);

#endif
