/* SPDX-License-Identifier: BSD-2-Clause */
/* As ranges.c: each descriptor becomes two events, which are sorted and swept with a counter for
 * each kind. */
#include "core/memory/identity_ranges.h"

#include "core/base/page.h"
#include "core/base/sort.h"

/* An event: page-aligned address | start? | kind. */
#define EVENT_START   0x800ULL
#define EVENT_KIND    3ULL
#define EVENT_ADDRESS (~(PAGE_SIZE - 1))

/* The higher wins. */
enum kind { NOTHING, MEMORY, OTHER, DEVICE, KINDS };

static enum kind kind_of(const struct memory_descriptor *descriptor)
{
    if ((descriptor->attribute & MEMORY_ATTRIBUTE_WRITE_BACK) != 0 &&
        descriptor->type != MEMORY_UNACCEPTED && memory_type_is_memory(descriptor->type))
        return MEMORY;
    return (descriptor->attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0 ? DEVICE : OTHER;
}

static size_t make_events(const struct memory_map *map, uint64_t limit, uint64_t *events)
{
    size_t count = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (!memory_descriptor_bounds(&descriptor, &start, &end) || end > limit)
            continue;
        events[count++] = start | EVENT_START | kind_of(&descriptor);
        events[count++] = end | kind_of(&descriptor);
    }
    return count;
}

static enum kind highest(const uint32_t active[KINDS])
{
    enum kind kind = DEVICE;

    while (kind != NOTHING && active[kind] == 0)
        kind--;
    return kind;
}

size_t identity_ranges(const struct memory_map *map, uint64_t limit, uint64_t *events,
                       uint64_t *scratch, struct address_range *ranges)
{
    size_t event_count = make_events(map, limit, events);
    uint32_t active[KINDS] = {0};
    enum kind kind = NOTHING;
    uint64_t start = 0;
    size_t count = 0;

    sort_u64(events, scratch, event_count);
    for (size_t i = 0; i < event_count;) {
        uint64_t address = events[i] & EVENT_ADDRESS;
        enum kind next;

        for (; i < event_count && (events[i] & EVENT_ADDRESS) == address; i++)
            active[events[i] & EVENT_KIND] += (events[i] & EVENT_START) != 0 ? 1U : UINT32_MAX;
        next = highest(active);
        if (next == kind)
            continue;
        if (kind == MEMORY)
            ranges[count++] = (struct address_range){start, start, address - start, ACCESS_WRITE};
        if (kind == DEVICE)
            ranges[count++] =
                (struct address_range){start, start, address - start, ACCESS_WRITE | ACCESS_DEVICE};
        start = address;
        kind = next;
    }
    return count;
}

bool identity_covers(const struct address_range *ranges, size_t count, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < count; i++)
        if (start >= ranges[i].virtual && end <= ranges[i].virtual + ranges[i].size)
            return true;
    return false;
}

bool identity_covers_runtime(const struct address_range *ranges, size_t count,
                             const struct memory_map *map)
{
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if ((descriptor.attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0 &&
            memory_descriptor_bounds(&descriptor, &start, &end) &&
            !identity_covers(ranges, count, start, end))
            return false;
    }
    return true;
}
