/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/placement.h"

#include "core/base/checked.h"
#include "core/base/page.h"

/* Descriptors of a sound map do not overlap, so the first fit is free. A map that contradicts
 * itself more often than this around one place is not worth more time. */
#define CONTRADICTIONS_MAX 256

static bool is_free(const struct memory_descriptor *descriptor)
{
    return descriptor->type == MEMORY_CONVENTIONAL &&
           (descriptor->attribute & MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE) == 0;
}

/* The best aligned address in [start, end) within the request; all of them are below 2^52. */
static bool candidate_in(const struct placement_request *request, uint64_t start, uint64_t end,
                         uint64_t *ret_address)
{
    uint64_t first = start > request->minimum ? start : request->minimum;
    uint64_t last;

    if (end - 1 > request->maximum)
        end = request->maximum + 1;
    if (!checked_align_up(first, request->alignment, &first) || end < request->size)
        return false;
    last = (end - request->size) & ~(request->alignment - 1);
    if (first > last)
        return false;
    *ret_address = request->high ? last : first;
    return true;
}

/* The best fit of all free descriptors. */
static bool best_candidate(const struct memory_map *map, const struct placement_request *request,
                           uint64_t *ret_address)
{
    size_t count = memory_map_count(map);
    uint64_t best = 0;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;
        uint64_t address;

        if (!is_free(&descriptor) || !memory_descriptor_bounds(&descriptor, &start, &end) ||
            !candidate_in(request, start, end, &address))
            continue;
        if (!found || (request->high ? address > best : address < best))
            best = address;
        found = true;
    }
    if (found)
        *ret_address = best;
    return found;
}

/* The range of all descriptors that claim part of [address, address + size) for something else. */
static bool claimed(const struct memory_map *map, uint64_t address, uint64_t size,
                    uint64_t *ret_start, uint64_t *ret_end)
{
    size_t count = memory_map_count(map);
    uint64_t lowest = UINT64_MAX;
    uint64_t highest = 0;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (is_free(&descriptor) || !memory_descriptor_bounds(&descriptor, &start, &end) ||
            end <= address || start >= address + size)
            continue;
        lowest = start < lowest ? start : lowest;
        highest = end > highest ? end : highest;
    }
    if (highest == 0)
        return false;
    *ret_start = lowest;
    *ret_end = highest;
    return true;
}

bool placement_find(const struct memory_map *map, const struct placement_request *request,
                    uint64_t *ret_address)
{
    struct placement_request rest = *request;

    if (rest.size == 0 || rest.size > MEMORY_ADDRESS_LIMIT)
        return false;
    rest.size = pages_for(rest.size) * PAGE_SIZE;
    if (rest.alignment < PAGE_SIZE)
        rest.alignment = PAGE_SIZE;
    if (!is_power_of_two(rest.alignment))
        return false;
    for (unsigned int i = 0; i < CONTRADICTIONS_MAX; i++) {
        uint64_t address;
        uint64_t start;
        uint64_t end;

        if (!best_candidate(map, &rest, &address))
            return false;
        if (!claimed(map, address, rest.size, &start, &end)) {
            *ret_address = address;
            return true;
        }
        /* Only past what is claimed can be free: both limits move, so this ends. */
        if (!rest.high)
            rest.minimum = end;
        else if (start == 0)
            return false;
        else
            rest.maximum = start - 1;
    }
    return false;
}
