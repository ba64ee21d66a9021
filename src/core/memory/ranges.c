/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every descriptor becomes two events, its first byte and the byte behind its last one. Sorted,
 * they are swept from low to high addresses with a counter per class; at each address the highest
 * class with a count is what the memory is. Numbers instead of structs, because they sort fast.
 */
#include "core/memory/ranges.h"

#include "core/base/page.h"
#include "core/base/sort.h"

/* An event: page-aligned address | start? | class. At one address ends sort before starts, so that
 * the events of a sorted map are sorted already. */
#define EVENT_START    0x800ULL
#define EVENT_CLASS    0x1fULL
#define EVENT_ADDRESS  (~(PAGE_SIZE - 1))
#define CLASS_GENERAL  5U  /* classes 1 to 5 are general memory, 6 to 10 the same with SP */
#define CLASS_RUNTIME  15U /* runtime data */
#define CLASS_RESERVED 18U

_Static_assert(RANGE_CLASSES <= EVENT_CLASS + 1, "a class fits beside the address");

/* The ranking of ranges.h, from type to class and back. */
#define RANKING(X)                                                                                 \
    X(MEMORY_CONVENTIONAL, 1)                                                                      \
    X(MEMORY_BOOT_SERVICES_DATA, 2)                                                                \
    X(MEMORY_BOOT_SERVICES_CODE, 3)                                                                \
    X(MEMORY_LOADER_DATA, 4)                                                                       \
    X(MEMORY_LOADER_CODE, 5)                                                                       \
    X(MEMORY_PERSISTENT, 11)                                                                       \
    X(MEMORY_UNACCEPTED, 12)                                                                       \
    X(MEMORY_ACPI_RECLAIM, 13)                                                                     \
    X(MEMORY_ACPI_NVS, 14)                                                                         \
    X(MEMORY_RUNTIME_SERVICES_DATA, CLASS_RUNTIME)                                                 \
    X(MEMORY_RUNTIME_SERVICES_CODE, 16)                                                            \
    X(MEMORY_PAL_CODE, 17)                                                                         \
    X(MEMORY_RESERVED, CLASS_RESERVED)                                                             \
    X(MEMORY_MAPPED_IO, 19)                                                                        \
    X(MEMORY_MAPPED_IO_PORTS, 20)                                                                  \
    X(MEMORY_UNUSABLE, 21)

#define CLASS_OF(type, class) [type] = (class),
#define TYPE_OF(type, class)  [class] = (type),
static const uint8_t class_of_type[] = {RANKING(CLASS_OF)};
static const uint8_t type_of_class[RANGE_CLASSES] = {RANKING(TYPE_OF)};

static uint32_t class_of(const struct memory_descriptor *descriptor)
{
    uint32_t class;

    if (descriptor->type >= sizeof(class_of_type))
        return CLASS_RESERVED;
    if ((descriptor->type == MEMORY_BOOT_SERVICES_CODE ||
         descriptor->type == MEMORY_BOOT_SERVICES_DATA) &&
        (descriptor->attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0)
        return CLASS_RUNTIME;
    class = class_of_type[descriptor->type];
    if (class <= CLASS_GENERAL && (descriptor->attribute & MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE) != 0)
        class += CLASS_GENERAL;
    return class;
}

bool ranges_begin(struct ranges *it, const struct memory_map *map, uint64_t *events,
                  uint64_t *scratch, size_t event_capacity)
{
    size_t descriptors = memory_map_count(map);
    size_t count = 0;

    if (descriptors > event_capacity / 2)
        return false;
    for (size_t i = 0; i < descriptors; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start;
        uint64_t end;

        if (!memory_descriptor_bounds(&descriptor, &start, &end))
            continue;
        events[count++] = start | EVENT_START | class_of(&descriptor);
        events[count++] = end | class_of(&descriptor);
    }
    sort_u64(events, scratch, count);
    *it = (struct ranges){.events = events, .event_count = count};
    return true;
}

/* The most restrictive class at the current address; 0 when nothing describes it. */
static uint32_t current_class(const struct ranges *it)
{
    return it->active_classes == 0 ? 0 : 31U - (uint32_t)__builtin_clz(it->active_classes);
}

/* Takes all events at the next address, of which there is one at least. */
static void step(struct ranges *it)
{
    const uint64_t *event = it->events + it->position;
    const uint64_t *end = it->events + it->event_count;
    uint32_t classes = it->active_classes;

    it->address = *event & EVENT_ADDRESS;
    do {
        uint32_t class = (uint32_t)(*event & EVENT_CLASS);
        uint32_t active = it->active[class] + ((*event & EVENT_START) != 0 ? 1U : UINT32_MAX);

        it->active[class] = active;
        classes |= 1U << class;
        if (active == 0)
            classes ^= 1U << class;
    } while (++event < end && (*event & EVENT_ADDRESS) == it->address);
    it->active_classes = classes;
    it->position = (size_t)(event - it->events);
}

bool ranges_next(struct ranges *it, struct range *ret_range)
{
    while (it->position < it->event_count) {
        uint64_t start = it->address;
        uint32_t class = current_class(it);
        bool special = class > CLASS_GENERAL && class <= 2 * CLASS_GENERAL;

        do
            step(it);
        while (current_class(it) == class && it->position < it->event_count);
        if (class == 0)
            continue;
        ret_range->start = start;
        ret_range->end = it->address;
        ret_range->type = type_of_class[special ? class - CLASS_GENERAL : class];
        ret_range->specific_purpose = special;
        return true;
    }
    return false;
}

bool ranges_can_be_inherited(struct ranges *it, uint64_t start, uint64_t end)
{
    struct range range;

    while (start < end && ranges_next(it, &range)) {
        if (range.end <= start)
            continue;
        if (range.start > start || range.specific_purpose || range.type == MEMORY_LOADER_DATA ||
            class_of_type[range.type] > CLASS_GENERAL)
            return false;
        start = range.end;
    }
    return start >= end;
}
