/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choosing an address in free memory, from the map as the firmware gave it: unsorted, untrusted.
 * The choice is a proposal; the firmware's AllocatePages has the last word. Allocates nothing.
 */
#ifndef BATON_CORE_MEMORY_PLACEMENT_H
#define BATON_CORE_MEMORY_PLACEMENT_H

#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stdint.h>

struct placement_request {
    uint64_t size;      /* bytes; rounded up to whole pages; not 0 */
    uint64_t alignment; /* power of two; 0 or less than a page means a page */
    uint64_t minimum;   /* first address allowed */
    uint64_t maximum;   /* last byte allowed */
    bool high;          /* the highest address that fits instead of the lowest */
};

/*
 * False when nothing fits. Only EfiConventionalMemory without EFI_MEMORY_SP counts as free, one
 * descriptor at a time, and only where no other descriptor of the map says otherwise. Linear, but
 * for maps that contradict themselves at the very places chosen; bounded for those.
 */
bool placement_find(const struct memory_map *map, const struct placement_request *request,
                    uint64_t *ret_address);

#endif
