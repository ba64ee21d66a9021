/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map of include/baton-handoff.h, made of the firmware's map and of what Baton itself
 * holds: the firmware calls all of that loader data, the kernel wants to know what is what. Pure
 * arithmetic on memory reserved before; works on both sides of the point of no return.
 */
#ifndef BATON_CORE_NATIVE_HANDOFF_MAP_H
#define BATON_CORE_NATIVE_HANDOFF_MAP_H

#include "baton-handoff.h"
#include "core/memory/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDOFF_HOLDINGS_MAX 80

struct handoff_holding {
    uint64_t start; /* bytes, page-aligned */
    uint64_t end;   /* exclusive */
    uint32_t type;  /* BATON_MEMORY_* */
};

/* What Baton holds, ascending and disjoint. */
struct handoff_holdings {
    uint32_t count;
    struct handoff_holding held[HANDOFF_HOLDINGS_MAX];
};

/* False, and nothing changed, when it overlaps another, is empty, not whole pages or one too many.
 */
bool handoff_hold(struct handoff_holdings *holdings, uint64_t start, uint64_t size, uint32_t type);

/* Most regions that handoff_map() can make of a map of so many descriptors. */
static inline size_t handoff_regions_max(size_t descriptors)
{
    /* Each holding adds itself and cuts at most one range in two; one more for page 0. */
    return ranges_max(descriptors) + 2 * (size_t)HANDOFF_HOLDINGS_MAX + 1;
}

/*
 * Takes what is left of the walk `it`. What Baton holds is what it is, whatever the firmware says.
 * Returns how many regions there are; 0 when they do not fit or no memory is free.
 */
size_t handoff_map(struct ranges *it, const struct handoff_holdings *holdings,
                   struct baton_region *regions, size_t capacity);

#endif
