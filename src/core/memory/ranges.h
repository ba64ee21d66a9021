/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map made sane: sorted, disjoint, page-aligned ranges out of whatever the firmware
 * said. Works on both sides of the point of no return: no allocation, n log n, near linear on a
 * sorted map. Knows nothing of e820 or of any kernel.
 *
 * Overlaps: the most restrictive description of a page wins. From least to most restrictive:
 *
 *   conventional < boot-services data < boot-services code < loader data < loader code
 *     < the same five with EFI_MEMORY_SP (memory set aside for one purpose, not for everybody)
 *     < persistent < unaccepted < ACPI reclaim < ACPI NVS
 *     < runtime data < runtime code < PAL code < reserved < MMIO < MMIO ports < unusable
 *
 * so memory that somebody owns is never called free, and bad memory is never called anything else.
 * A type that UEFI 2.10 does not define (the OEM and OS loader ranges from 0x70000000 on included)
 * is reserved. Boot-services memory with EFI_MEMORY_RUNTIME is runtime data: some firmware marks
 * what it still uses at runtime that way, and Linux keeps it too (efi_free_boot_services).
 * Descriptors that memory_descriptor_bounds() rejects do not count at all.
 */
#ifndef BATON_CORE_MEMORY_RANGES_H
#define BATON_CORE_MEMORY_RANGES_H

#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_CLASSES 22 /* 21 kinds of memory, and 0: not described */

struct range {
    uint64_t start; /* bytes, page-aligned */
    uint64_t end;   /* exclusive, > start */
    enum memory_type type;
    bool specific_purpose; /* EFI_MEMORY_SP; only with the five types of general memory */
};

/* Private state of one walk; the caller only provides the memory. */
struct ranges {
    const uint64_t *events;
    size_t event_count;
    size_t position;
    uint64_t address;               /* of the last event taken */
    uint32_t active[RANGE_CLASSES]; /* descriptors that cover the current address, per class */
    uint32_t active_classes;        /* bit per class with active[] != 0 */
};

/* Numbers that each of the two arrays of ranges_begin() needs for a map of so many descriptors. */
static inline size_t ranges_events_max(size_t descriptors)
{
    return 2 * descriptors;
}

/* Most ranges that a map of so many descriptors can give: each descriptor has two borders. */
static inline size_t ranges_max(size_t descriptors)
{
    return 2 * descriptors;
}

/*
 * Starts a walk. `events` and `scratch` hold `event_capacity` numbers each; `events` stays in use
 * until the walk is over, `scratch` and `map` are free when this returns. False only when the
 * capacity is below ranges_events_max() of the map's count.
 */
bool ranges_begin(struct ranges *it, const struct memory_map *map, uint64_t *events,
                  uint64_t *scratch, size_t event_capacity);

/*
 * Takes a fresh walk: may a kernel overwrite all of [start, end) once boot services are gone? Not
 * where anything else than general memory without a special purpose is described, or nothing at
 * all, nor where loader data has come to lie: that is ours.
 */
bool ranges_can_be_inherited(struct ranges *it, uint64_t start, uint64_t end);

/* Next range in ascending order; ranges that touch differ in type or purpose. False at the end. */
bool ranges_next(struct ranges *it, struct range *ret_range);

#endif
