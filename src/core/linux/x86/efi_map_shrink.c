/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/efi_map_shrink.h"

#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/base/sort.h"

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

static bool is_runtime_type(uint32_t type)
{
    return type == MEMORY_RUNTIME_SERVICES_CODE || type == MEMORY_RUNTIME_SERVICES_DATA;
}

/*
 * Linux gives only what has the attribute to the runtime services, and they fault for the rest; of
 * descriptors that describe nothing it warns, one by one.
 */
static bool is_sound(const struct memory_map *map)
{
    size_t count = memory_map_count(map);

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (!memory_descriptor_bounds(&descriptor, &start, &end) ||
            (is_runtime_type(descriptor.type) &&
             (descriptor.attribute & MEMORY_ATTRIBUTE_RUNTIME) == 0))
            return false;
    }
    return true;
}

/*
 * Fills `keys` with the indices of the descriptors that describe something, in the order of their
 * starts; how many these are.
 */
static size_t sort_descriptors(const struct memory_map *map, uint64_t *keys, uint64_t *scratch)
{
    size_t descriptors = memory_map_count(map);
    size_t count = 0;

    for (size_t i = 0; i < descriptors; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (memory_descriptor_bounds(&descriptor, &start, &end))
            keys[count++] = descriptor.physical_start / PAGE_SIZE << INDEX_BITS | i;
    }
    sort_u64(keys, scratch, count);
    return count;
}

static bool is_boot_type(uint32_t type)
{
    return type >= MEMORY_LOADER_CODE && type <= MEMORY_BOOT_SERVICES_DATA;
}

static bool is_free(const struct memory_descriptor *descriptor)
{
    return descriptor->type == MEMORY_CONVENTIONAL &&
           (descriptor->attribute &
            (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)) == 0;
}

/* What may become a part of a boot services data region at this step. */
static bool is_boot_like(const struct memory_descriptor *descriptor, enum efi_map_shrink step)
{
    return is_boot_type(descriptor->type) ||
           (step >= EFI_MAP_ABSORBED_FREE && is_free(descriptor) &&
            descriptor->page_count <= EFI_MAP_ABSORBED_PAGES);
}

/* Makes `next`, which starts where `whole` ends, a part of it, if that loses nothing. */
static bool merge(struct memory_descriptor *whole, const struct memory_descriptor *next,
                  enum efi_map_shrink step)
{
    const uint64_t never = MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE;
    uint64_t difference = whole->attribute ^ next->attribute;

    if (step < EFI_MAP_MERGED_EQUAL || ((whole->attribute | next->attribute) & never) != 0 ||
        whole->physical_start + whole->page_count * PAGE_SIZE != next->physical_start)
        return false;
    if (step >= EFI_MAP_MERGED_BOOT && is_boot_type(whole->type) && is_boot_like(next, step) &&
        (difference & ~ATTRIBUTES_OF_ACCESS) == 0)
        whole->type = MEMORY_BOOT_SERVICES_DATA;
    else if (whole->type != next->type || difference != 0)
        return false;
    whole->attribute &= next->attribute;
    whole->page_count += next->page_count;
    return true;
}

/* Appends `whole`, which descriptor `index` of the map has become. False: Linux maps no more. */
static bool append(const struct memory_map *map, size_t index,
                   const struct memory_descriptor *whole, struct memory_map *copy)
{
    uint8_t *to = copy->data + copy->size;

    copy->size += map->descriptor_size;
    if (!efi_map_fits(copy))
        return false;
    memcpy(to, map->data + index * map->descriptor_size, map->descriptor_size);
    memcpy(to, whole, sizeof(*whole));
    return true;
}

/* Copies the descriptors in the order of `keys`, going as far as `step`. False: they do not fit. */
static bool copy_merged(const struct memory_map *map, const uint64_t *keys, size_t count,
                        enum efi_map_shrink step, struct memory_map *copy)
{
    struct memory_descriptor whole;
    size_t first = SIZE_MAX; /* the descriptor that `whole` began with; there is none yet */

    copy->size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)(keys[i] & INDEX_MASK);
        struct memory_descriptor next = memory_map_at(map, index);

        if (is_runtime_type(next.type))
            next.attribute |= MEMORY_ATTRIBUTE_RUNTIME;
        if (first != SIZE_MAX && merge(&whole, &next, step))
            continue;
        if (step >= EFI_MAP_LEFT_OUT_FREE && is_free(&next))
            continue;
        if (first != SIZE_MAX && !append(map, first, &whole, copy))
            return false;
        whole = next;
        first = index;
    }
    return first == SIZE_MAX || append(map, first, &whole, copy);
}

enum efi_map_shrink efi_map_shrink(const struct memory_map *map, uint64_t *keys, uint64_t *scratch,
                                   size_t scratch_capacity, struct memory_map *ret_map)
{
    size_t count = memory_map_count(map);
    struct memory_map copy = *map;

    if (efi_map_fits(map) && is_sound(map))
        return EFI_MAP_FITS;
    if (count > scratch_capacity || count > INDEX_MASK)
        return EFI_MAP_STILL_TOO_LARGE;
    copy.data = ret_map->data;
    count = sort_descriptors(map, keys, scratch);
    for (enum efi_map_shrink step = efi_map_fits(map) ? EFI_MAP_REPAIRED : EFI_MAP_MERGED_EQUAL;
         step < EFI_MAP_STILL_TOO_LARGE; step++) {
        if (copy_merged(map, keys, count, step, &copy)) {
            *ret_map = copy;
            return step;
        }
    }
    return EFI_MAP_STILL_TOO_LARGE;
}
