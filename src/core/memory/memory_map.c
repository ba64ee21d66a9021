/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/memory_map.h"

#include "core/base/page.h"

enum memory_map_error memory_map_check(const struct memory_map *map, uint64_t capacity)
{
    if (map->size > capacity)
        return MEMORY_MAP_OVERRUN;
    if (map->descriptor_size < sizeof(struct memory_descriptor))
        return MEMORY_MAP_DESCRIPTOR_TOO_SMALL;
    if (map->size == 0)
        return MEMORY_MAP_EMPTY;
    if (map->size % map->descriptor_size != 0)
        return MEMORY_MAP_RAGGED;
    return MEMORY_MAP_OK;
}

size_t memory_map_count(const struct memory_map *map)
{
    if (map->descriptor_size < sizeof(struct memory_descriptor))
        return 0;
    return (size_t)(map->size / map->descriptor_size);
}

/* One copy, straight to where the caller wants it: maps of 20,000 descriptors are walked often. */
struct unaligned_descriptor {
    struct memory_descriptor value;
} __attribute__((packed, may_alias));

struct memory_descriptor memory_map_at(const struct memory_map *map, size_t index)
{
    const uint8_t *at = map->data + index * map->descriptor_size;

    return ((const struct unaligned_descriptor *)(const void *)at)->value;
}

bool memory_type_is_general(uint32_t type)
{
    return (type >= MEMORY_LOADER_CODE && type <= MEMORY_BOOT_SERVICES_DATA) ||
           type == MEMORY_CONVENTIONAL;
}

bool memory_descriptor_bounds(const struct memory_descriptor *descriptor, uint64_t *ret_start,
                              uint64_t *ret_end)
{
    uint64_t start = descriptor->physical_start;
    uint64_t end;

    /* With both below 2^52, nothing further down can wrap. */
    if (start >= MEMORY_ADDRESS_LIMIT ||
        descriptor->page_count > (MEMORY_ADDRESS_LIMIT - start) / PAGE_SIZE)
        return false;
    end = start + descriptor->page_count * PAGE_SIZE;
    if (memory_type_is_general(descriptor->type)) {
        start = (start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
        end &= ~(PAGE_SIZE - 1);
    } else if (descriptor->page_count != 0) {
        start &= ~(PAGE_SIZE - 1);
        end = (end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    }
    if (start >= end)
        return false;
    *ret_start = start;
    *ret_end = end;
    return true;
}

bool memory_type_is_memory(uint32_t type)
{
    switch (type) {
    case MEMORY_RUNTIME_SERVICES_CODE:
    case MEMORY_RUNTIME_SERVICES_DATA:
    case MEMORY_ACPI_RECLAIM:
    case MEMORY_ACPI_NVS:
    case MEMORY_PERSISTENT:
    case MEMORY_UNACCEPTED:
        return true;
    default:
        return memory_type_is_general(type);
    }
}

bool memory_map_is_aligned(const struct memory_map *map)
{
    for (size_t i = 0; i < memory_map_count(map); i++)
        if (memory_map_at(map, i).physical_start % PAGE_SIZE != 0)
            return false;
    return true;
}

uint64_t memory_map_end(const struct memory_map *map)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (memory_type_is_memory(descriptor.type) &&
            memory_descriptor_bounds(&descriptor, &start, &end) && end > highest)
            highest = end;
    }
    return highest;
}
