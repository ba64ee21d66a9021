/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking page tables on the host the way the processor does (Intel SDM volume 3, 4.5), reserved
 * bits included. Written from the manual, not from src/x86_64/paging.c.
 */
#ifndef BATON_TEST_UNIT_WALK_H
#define BATON_TEST_UNIT_WALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"

/* Where the processor is told that the pool is: not where the test has it. */
#define POOL_ADDRESS 0x7000000000ULL

static uint8_t *pool_block;

/* Exactly `pages`, page-aligned, full of garbage; one at a time. */
static inline uint8_t *pool_new(uint64_t pages)
{
    pool_block = aligned_alloc(4096, pages * 4096);
    assert_non_null(pool_block);
    memset(pool_block, 0xa5, pages * 4096);
    return pool_block;
}

static inline void pool_free(void)
{
    free(pool_block);
}

struct walked {
    bool present;
    bool writable;
    bool executable;
    bool user;
    uint8_t cache; /* PWT, PCD, PAT */
    uint64_t physical;
    uint64_t size; /* of the page */
};

static inline struct walked walk(const uint8_t *pool, uint64_t used_pages, unsigned int levels,
                                 uint64_t address)
{
    struct walked walked = {.writable = true, .executable = true, .user = true};
    unsigned int sign = 12 + 9 * levels - 1;
    uint64_t table = POOL_ADDRESS;

    if (address >> sign != 0 && address >> sign != UINT64_MAX >> sign)
        return (struct walked){0}; /* not canonical: there is no such address */
    for (unsigned int level = levels; level-- > 0;) {
        uint64_t index = (address >> (12 + 9 * level)) & 511;
        uint64_t entry;

        assert_true(table >= POOL_ADDRESS && table < POOL_ADDRESS + used_pages * 4096);
        memcpy(&entry, pool + (table - POOL_ADDRESS) + 8 * index, 8);
        if ((entry & 1) == 0) {
            assert_int_equal(entry, 0);
            return (struct walked){0};
        }
        assert_int_equal(entry & 0x7ff0000000000e00, 0); /* ignored bits: nobody else's flags */
        walked.writable = walked.writable && (entry & 2) != 0;
        walked.user = walked.user && (entry & 4) != 0;
        walked.executable = walked.executable && entry >> 63 == 0;
        if (level == 0 || ((entry & 0x80) != 0 && level <= 2)) {
            walked.size = 4096ULL << (9 * level);
            walked.cache = (uint8_t)(entry >> 3 & 3);
            if (level == 0)
                walked.cache = (uint8_t)(walked.cache | (entry >> 5 & 4));
            else
                assert_int_equal(entry & (walked.size - 1) & ~0xfffULL, 0); /* reserved, PAT */
            walked.physical = (entry & 0x000ffffffffff000) + (address & (walked.size - 1));
            walked.present = true;
            return walked;
        }
        assert_int_equal(entry & 0x80, 0);
        table = entry & 0x000ffffffffff000;
    }
    return (struct walked){0};
}

#endif
