/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An identity map for processors that read ahead from whatever is mapped as memory, device
 * registers included, where no other table overrules (AArch64): what the firmware's map says is
 * memory that may be cached, and what runtime services need besides, as devices. Pure.
 */
#ifndef BATON_CORE_MEMORY_IDENTITY_RANGES_H
#define BATON_CORE_MEMORY_IDENTITY_RANGES_H

#include "core/memory/address_space.h"
#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most ranges of a map of so many descriptors, and numbers in each of the two arrays that
 * identity_ranges() works with. */
static inline size_t identity_ranges_max(size_t descriptors)
{
    return 2 * descriptors;
}

/*
 * Sorted, disjoint, whole pages, ACCESS_WRITE or ACCESS_WRITE | ACCESS_DEVICE; neighbours differ.
 * Memory is what has EFI_MEMORY_WB and a type of memory; a device what else has EFI_MEMORY_RUNTIME.
 * Where descriptors overlap a device wins, then what is neither, which is left out. What reaches
 * beyond `limit` does not count. All three arrays have room for identity_ranges_max() of the map's
 * count. Returns how many there are.
 */
size_t identity_ranges(const struct memory_map *map, uint64_t limit, uint64_t *events,
                       uint64_t *scratch, struct address_range *ranges);

/* Is all of [start, end) in one of them? */
bool identity_covers(const struct address_range *ranges, size_t count, uint64_t start,
                     uint64_t end);

/* Is all that the map says of runtime services? */
bool identity_covers_runtime(const struct address_range *ranges, size_t count,
                             const struct memory_map *map);

#endif
