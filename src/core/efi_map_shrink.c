/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/efi_map_shrink.h"

#include "core/checked.h"
#include "core/mem.h"
#include "core/sort.h"

/* A sort key: page number, then index in the map, which keeps equal starts in order. */
#define INDEX_BITS 24U
#define INDEX_MASK ((1ULL << INDEX_BITS) - 1)

/* EFI_MEMORY_WP, _RP, _XP and _RO: what may be done with pages, not what they are. Code and data of
 * boot services differ in these and in nothing else. */
#define ATTRIBUTES_OF_ACCESS 0x27000ULL

static uint64_t limit_of(const struct memory_map *map)
{
    /* early_memremap() maps whole pages, so what precedes the map in its first page counts too. */
    return EFI_MAP_LINUX_PAGES * PAGE_SIZE - ((uintptr_t)map->data & (PAGE_SIZE - 1));
}

bool efi_map_fits(const struct memory_map *map)
{
    return map->size <= limit_of(map);
}

static uint8_t *bytes_at(const struct memory_map *map, size_t index)
{
    return map->data + index * map->descriptor_size;
}

static void swap_descriptors(const struct memory_map *map, size_t a, size_t b)
{
    uint8_t *left = bytes_at(map, a);
    uint8_t *right = bytes_at(map, b);

    for (uint64_t i = 0; i < map->descriptor_size; i++) {
        uint8_t byte = left[i];

        left[i] = right[i];
        right[i] = byte;
    }
}

/* By start address. Follows each cycle of the permutation once, so it is linear after the sort. */
static void sort_descriptors(const struct memory_map *map, uint64_t *keys, uint64_t *scratch)
{
    size_t count = memory_map_count(map);

    for (size_t i = 0; i < count; i++) {
        uint64_t page = memory_map_at(map, i).physical_start / PAGE_SIZE;

        if (page > UINT64_MAX >> INDEX_BITS)
            page = UINT64_MAX >> INDEX_BITS;
        keys[i] = page << INDEX_BITS | i;
    }
    sort_u64(keys, scratch, count);
    for (size_t i = 0; i < count; i++) {
        size_t place = i;
        size_t source = (size_t)(keys[place] & INDEX_MASK);

        while (source != i) {
            swap_descriptors(map, place, source);
            keys[place] = place;
            place = source;
            source = (size_t)(keys[place] & INDEX_MASK);
        }
        keys[place] = place;
    }
}

static bool is_boot_type(uint32_t type)
{
    return type >= MEMORY_LOADER_CODE && type <= MEMORY_BOOT_SERVICES_DATA;
}

/* May `next`, which starts where `last` ends, become part of it? Then ret_merged is the whole. */
static bool can_merge(const struct memory_descriptor *last, const struct memory_descriptor *next,
                      bool boot_types, struct memory_descriptor *ret_merged)
{
    const uint64_t never = MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE;
    uint64_t difference = last->attribute ^ next->attribute;
    struct memory_descriptor merged = *last;

    /* Types 5 and 6 by name too: not every firmware sets EFI_MEMORY_RUNTIME on them (Dell IoT). */
    if (((last->attribute | next->attribute) & never) != 0 ||
        last->type == MEMORY_RUNTIME_SERVICES_CODE || last->type == MEMORY_RUNTIME_SERVICES_DATA)
        return false;
    if (last->physical_start + last->page_count * PAGE_SIZE != next->physical_start)
        return false;
    if (boot_types && is_boot_type(last->type) && is_boot_type(next->type)) {
        if ((difference & ~ATTRIBUTES_OF_ACCESS) != 0)
            return false;
        merged.type = MEMORY_BOOT_SERVICES_DATA;
        merged.attribute &= next->attribute;
    } else if (last->type != next->type || difference != 0) {
        return false;
    }
    merged.page_count += next->page_count;
    *ret_merged = merged;
    return true;
}

/* One pass over the sorted map; also drops what describes nothing. */
static void merge_neighbours(struct memory_map *map, bool boot_types)
{
    size_t count = memory_map_count(map);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor next = memory_map_at(map, i);
        struct memory_descriptor merged;
        uint64_t start;
        uint64_t end;

        if (!memory_descriptor_bounds(&next, &start, &end))
            continue;
        if (kept != 0) {
            struct memory_descriptor last = memory_map_at(map, kept - 1);

            if (can_merge(&last, &next, boot_types, &merged)) {
                memcpy(bytes_at(map, kept - 1), &merged, sizeof(merged));
                continue;
            }
        }
        if (kept != i)
            memcpy(bytes_at(map, kept), bytes_at(map, i), map->descriptor_size);
        kept++;
    }
    map->size = kept * map->descriptor_size;
}

static bool is_free(const struct memory_map *map, size_t index)
{
    struct memory_descriptor descriptor = memory_map_at(map, index);

    return descriptor.type == MEMORY_CONVENTIONAL &&
           (descriptor.attribute &
            (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)) == 0;
}

/* True when that is enough; otherwise nothing has changed. */
static bool leave_out_free(struct memory_map *map)
{
    size_t count = memory_map_count(map);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        kept += !is_free(map, i);
    if (kept * map->descriptor_size > limit_of(map))
        return false;
    kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_free(map, i))
            continue;
        if (kept != i)
            memcpy(bytes_at(map, kept), bytes_at(map, i), map->descriptor_size);
        kept++;
    }
    map->size = kept * map->descriptor_size;
    return true;
}

enum efi_map_shrink efi_map_shrink(struct memory_map *map, uint64_t *keys, uint64_t *scratch,
                                   size_t scratch_capacity)
{
    size_t count = memory_map_count(map);

    if (efi_map_fits(map))
        return EFI_MAP_FITS;
    if (count == 0 || count > scratch_capacity || count > INDEX_MASK)
        return EFI_MAP_STILL_TOO_LARGE;
    sort_descriptors(map, keys, scratch);
    merge_neighbours(map, false);
    if (efi_map_fits(map))
        return EFI_MAP_MERGED_EQUAL;
    merge_neighbours(map, true);
    if (efi_map_fits(map))
        return EFI_MAP_MERGED_BOOT;
    return leave_out_free(map) ? EFI_MAP_LEFT_OUT_FREE : EFI_MAP_STILL_TOO_LARGE;
}
