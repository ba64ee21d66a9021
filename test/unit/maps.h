/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory maps for tests: built descriptor by descriptor with any stride, and random ones that are
 * as wrong as firmware can be, the same ones on every run. */
#ifndef BATON_TEST_UNIT_MAPS_H
#define BATON_TEST_UNIT_MAPS_H

#include "core/checked.h"
#include "core/memory_map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SP      MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE
#define RUNTIME MEMORY_ATTRIBUTE_RUNTIME
#define WB      8ULL

/* The buffer is exactly as large as the map may become, so that ASan sees each byte too far. */
static inline struct memory_map map_new(size_t capacity, uint64_t stride)
{
    struct memory_map map = {.descriptor_size = stride, .descriptor_version = 1};

    map.data = malloc(capacity * stride + (capacity == 0));
    assert(map.data != NULL);
    return map;
}

static inline void map_free(struct memory_map *map)
{
    free(map->data);
    map->data = NULL;
}

/* `start` and `pages` as the firmware would give them: unchecked. */
static inline void map_add_raw(struct memory_map *map, uint32_t type, uint64_t start,
                               uint64_t pages, uint64_t attribute)
{
    struct memory_descriptor descriptor = {
        .type = type, .physical_start = start, .page_count = pages, .attribute = attribute};

    memset(map->data + map->size, 0xa5, map->descriptor_size);
    memcpy(map->data + map->size, &descriptor, sizeof(descriptor));
    map->size += map->descriptor_size;
}

/* In pages, which keeps the tables of the tests readable. */
static inline void map_add(struct memory_map *map, uint32_t type, uint64_t first_page,
                           uint64_t end_page, uint64_t attribute)
{
    map_add_raw(map, type, first_page * PAGE_SIZE, end_page - first_page, attribute);
}

/* xorshift64*: the same numbers everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

/*
 * A map of `count` descriptors within `pages` pages: unsorted, overlapping, duplicated,
 * zero-length, of unknown types, and now and then wrapping or beyond all memory.
 */
static inline void map_fill_random(struct memory_map *map, size_t count, uint64_t pages,
                                   uint64_t *state)
{
    static const uint64_t attributes[] = {WB, WB, WB, WB | SP, WB | RUNTIME, WB | 0x4000, 0};

    while (count-- != 0) {
        uint64_t roll = next_random(state) % 40;
        uint32_t type = (uint32_t)(next_random(state) % 18);
        uint64_t first = next_random(state) % pages;
        uint64_t length = next_random(state) % (pages - first + 1);
        uint64_t attribute = attributes[next_random(state) % 7];

        if (next_random(state) % 3 != 0)
            length %= 4;
        if (type >= 16)
            type = type == 16 ? 0x70000000U : 0x80000001U;
        if (roll == 0)
            map_add_raw(map, type, first * PAGE_SIZE, UINT64_MAX >> (roll % 13), attribute);
        else if (roll == 1)
            map_add_raw(map, type, MEMORY_ADDRESS_LIMIT - PAGE_SIZE * first, first + 1, attribute);
        else if (roll == 2)
            map_add_raw(map, type, UINT64_MAX & ~(PAGE_SIZE - 1), 2, attribute);
        else
            map_add(map, type, first, first + length, attribute);
    }
}

#endif
