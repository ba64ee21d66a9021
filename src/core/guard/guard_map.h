/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two questions about the map that the firmware has accepted, when a program has asked for the one
 * before: is that one still good enough, and how does this one fit into less room. Knows no
 * service.
 */
#ifndef BATON_CORE_GUARD_GUARD_MAP_H
#define BATON_CORE_GUARD_GUARD_MAP_H

#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers of room that guard_map_same() needs for two maps of so many descriptors each; with less
 * it says no.
 */
static inline size_t guard_map_room(size_t held, size_t accepted)
{
    return 2 * (held + accepted + (held > accepted ? held : accepted));
}

/*
 * True when whoever has `held` goes no wrong way with it, though `accepted` is the truth: both are
 * equal, or each byte that `held` calls general memory still is, and what has to be kept (anything
 * else, and memory with EFI_MEMORY_RUNTIME or EFI_MEMORY_SP) is described by both in the same words
 * and order. How general memory is cut up, and what it was used for, counts for nobody once boot
 * services are gone. Needs no order of the maps; overlaps count as ranges.h says.
 */
bool guard_map_same(const struct memory_map *held, const struct memory_map *accepted,
                    uint64_t *room, size_t numbers);

/*
 * Merges descriptors of `map`, in place, until it takes `capacity` bytes or less; false when it
 * does not come to that, and the map is as far as it came. Merged are neighbours in general memory
 * with the same attributes, small ones first, into the more careful of their types: conventional <
 * boot services < loader. Not one byte changes from what an operating system may use to what it
 * must not, or back.
 */
bool guard_map_shrink(struct memory_map *map, uint64_t capacity);

#endif
