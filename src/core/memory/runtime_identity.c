/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_identity.h"

#include "core/base/mem.h"

uint64_t runtime_identity_set(const struct memory_map *map)
{
    size_t count = memory_map_count(map);
    uint64_t highest = 0;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if ((descriptor.attribute & MEMORY_ATTRIBUTE_RUNTIME) == 0)
            continue;
        memcpy(map->data + i * map->descriptor_size +
                   offsetof(struct memory_descriptor, virtual_start),
               &descriptor.physical_start, sizeof(descriptor.physical_start));
        if (memory_descriptor_bounds(&descriptor, &start, &end) && end > highest)
            highest = end;
    }
    return highest;
}
