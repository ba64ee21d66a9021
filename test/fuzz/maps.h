/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory maps from the fuzzer's bytes, and a model of them: the same questions answered page by
 * page, by looking at every descriptor, for a machine of MODEL_PAGES pages. The ranking is written
 * down a second time here, as the comment in core/memory/ranges.h has it.
 */
#ifndef BATON_TEST_FUZZ_MAPS_H
#define BATON_TEST_FUZZ_MAPS_H

#include "core/base/page.h"
#include "core/memory/memory_map.h"
#include "fuzz/fuzz.h"

#define MODEL_PAGES     256U
#define MODEL_NOTHING   UINT32_MAX
#define DESCRIPTORS_MAX 200U

/* The map's data is to be freed; exactly as large as the map. Six bytes a descriptor. */
static inline struct memory_map take_map(struct input *input, size_t most, uint64_t stride)
{
    static const uint64_t attributes[] = {8, 15, 8 | 1ULL << 18, 8 | 1ULL << 63, 8 | 1ULL << 14, 0};
    size_t count = input->left / 6 < most ? input->left / 6 : most;
    struct memory_map map = {.data = exact(NULL, count * stride),
                             .size = count * stride,
                             .key = 1,
                             .descriptor_size = stride,
                             .descriptor_version = 1};

    memset(map.data, 0xa5, map.size);
    for (size_t i = 0; i < count; i++) {
        uint64_t kind = take(input, 1);
        struct memory_descriptor descriptor = {.type = kind % 18};

        descriptor.attribute = attributes[kind / 18 % 6];
        descriptor.physical_start = take(input, 1) * PAGE_SIZE;
        descriptor.page_count = take(input, 1);
        uint64_t oddity = take(input, 1);
        uint64_t amount = take(input, 2);

        if (descriptor.type >= 16)
            descriptor.type = descriptor.type == 16 ? 0x70000000 : 0x80000000U + (uint32_t)amount;
        if (oddity == 0xff)
            descriptor.physical_start += amount % PAGE_SIZE;
        else if (oddity == 0xfe)
            descriptor.page_count = UINT64_MAX >> (amount % 64);
        else if (oddity == 0xfd)
            descriptor.physical_start = UINT64_MAX - amount * PAGE_SIZE / 2;
        memcpy(map.data + i * stride, &descriptor, sizeof(descriptor));
    }
    return map;
}

/* 0: least restrictive; MODEL_NOTHING: not described. */
static inline uint32_t rank_of(const struct memory_descriptor *descriptor)
{
    static const uint8_t ranks[16] = {17, 4, 3, 2, 1, 15, 14, 0, 20, 12, 13, 18, 19, 16, 10, 11};
    const bool special = (descriptor->attribute & MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE) != 0;

    if (descriptor->type >= 16)
        return ranks[MEMORY_RESERVED];
    if (ranks[descriptor->type] > 4)
        return ranks[descriptor->type];
    if ((descriptor->type == MEMORY_BOOT_SERVICES_CODE ||
         descriptor->type == MEMORY_BOOT_SERVICES_DATA) &&
        (descriptor->attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0)
        return ranks[MEMORY_RUNTIME_SERVICES_DATA];
    return ranks[descriptor->type] + (special ? 5U : 0U);
}

/* The type that a rank means; general memory with EFI_MEMORY_SP has ranks 5 to 9. */
static inline uint32_t type_of_rank(uint32_t rank)
{
    static const uint8_t types[] = {7,  4, 3,  2, 1, 7,  4, 3,  2,  1, 14,
                                    15, 9, 10, 6, 5, 13, 0, 11, 12, 8};

    return types[rank];
}

static inline bool describes_page(const struct memory_descriptor *descriptor, uint64_t page)
{
    uint64_t start;
    uint64_t end;

    return memory_descriptor_bounds(descriptor, &start, &end) && start <= page * PAGE_SIZE &&
           page * PAGE_SIZE < end;
}

static inline void model_of(const struct memory_map *map, uint32_t ranks[MODEL_PAGES])
{
    for (uint64_t page = 0; page < MODEL_PAGES; page++)
        ranks[page] = MODEL_NOTHING;
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint32_t rank = rank_of(&descriptor);

        for (uint64_t page = 0; page < MODEL_PAGES; page++)
            if (describes_page(&descriptor, page) &&
                (ranks[page] == MODEL_NOTHING || rank > ranks[page]))
                ranks[page] = rank;
    }
}

#endif
