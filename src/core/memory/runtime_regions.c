/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_regions.h"

/* Descriptor `index`, if runtime services need it mapped beyond `from`. */
static bool is_beyond(const struct memory_map *map, size_t index, uint64_t from,
                      uint64_t *ret_start, uint64_t *ret_end)
{
    struct memory_descriptor descriptor = memory_map_at(map, index);

    return (descriptor.attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0 &&
           memory_descriptor_bounds(&descriptor, ret_start, ret_end) && *ret_end > from;
}

void runtime_regions_find(const struct memory_map *map, uint64_t from, uint64_t to,
                          struct runtime_regions *ret_regions)
{
    uint64_t start;
    uint64_t end;

    ret_regions->count = 0;
    for (size_t i = 0; i < memory_map_count(map); i++) {
        if (!is_beyond(map, i, from, &start, &end) || end > to ||
            end - start > RUNTIME_REGION_SIZE_MAX || ret_regions->count == RUNTIME_REGIONS_MAX)
            continue;
        ret_regions->region[ret_regions->count].start = start;
        ret_regions->region[ret_regions->count++].end = end;
    }
}

static bool has(const struct runtime_regions *regions, uint64_t start, uint64_t end)
{
    for (uint32_t i = 0; i < regions->count; i++)
        if (start >= regions->region[i].start && end <= regions->region[i].end)
            return true;
    return false;
}

bool runtime_regions_cover(const struct runtime_regions *regions, uint64_t from,
                           const struct memory_map *map)
{
    uint64_t start;
    uint64_t end;

    for (size_t i = 0; i < memory_map_count(map); i++)
        if (is_beyond(map, i, from, &start, &end) && !has(regions, start, end))
            return false;
    return true;
}
