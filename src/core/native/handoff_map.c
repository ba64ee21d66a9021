/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/handoff_map.h"

#include "core/base/checked.h"
#include "core/base/page.h"

bool handoff_hold(struct handoff_holdings *holdings, uint64_t start, uint64_t size, uint32_t type)
{
    struct handoff_holding *behind = &holdings->held[holdings->count];
    struct handoff_holding *at = behind;
    uint64_t end;

    if (size == 0 || (start | size) % PAGE_SIZE != 0 || !checked_add(start, size, &end) ||
        holdings->count == HANDOFF_HOLDINGS_MAX)
        return false;
    while (at > holdings->held && at[-1].start > start)
        at--;
    if ((at > holdings->held && at[-1].end > start) || (at < behind && at->start < end))
        return false;
    for (; behind > at; behind--)
        *behind = behind[-1];
    *at = (struct handoff_holding){.start = start, .end = end, .type = type};
    holdings->count++;
    return true;
}

static uint32_t region_type(const struct range *range)
{
    if (range->specific_purpose)
        return BATON_MEMORY_SPECIAL_PURPOSE;
    switch (range->type) {
    case MEMORY_CONVENTIONAL:
        return BATON_MEMORY_USABLE;
    case MEMORY_BOOT_SERVICES_CODE:
    case MEMORY_BOOT_SERVICES_DATA:
        return BATON_MEMORY_BOOT_SERVICES;
    case MEMORY_LOADER_CODE:
    case MEMORY_LOADER_DATA:
        return BATON_MEMORY_LOADER;
    case MEMORY_RUNTIME_SERVICES_CODE:
        return BATON_MEMORY_RUNTIME_CODE;
    case MEMORY_RUNTIME_SERVICES_DATA:
        return BATON_MEMORY_RUNTIME_DATA;
    case MEMORY_UNUSABLE:
        return BATON_MEMORY_BAD;
    case MEMORY_ACPI_RECLAIM:
        return BATON_MEMORY_ACPI;
    case MEMORY_ACPI_NVS:
        return BATON_MEMORY_ACPI_NVS;
    case MEMORY_MAPPED_IO:
        return BATON_MEMORY_MMIO;
    case MEMORY_MAPPED_IO_PORTS:
        return BATON_MEMORY_MMIO_PORTS;
    case MEMORY_PERSISTENT:
        return BATON_MEMORY_PERSISTENT;
    case MEMORY_UNACCEPTED:
        return BATON_MEMORY_UNACCEPTED;
    case MEMORY_RESERVED:
    case MEMORY_PAL_CODE:
    default:
        return BATON_MEMORY_RESERVED;
    }
}

struct output {
    struct baton_region *regions;
    size_t capacity;
    size_t count;
    bool has_free;
    bool overflow;
};

static void put(struct output *output, uint64_t start, uint64_t end, uint32_t type)
{
    struct baton_region *last = output->count == 0 ? NULL : &output->regions[output->count - 1];

    if (type == BATON_MEMORY_USABLE || type == BATON_MEMORY_BOOT_SERVICES)
        output->has_free = true;
    if (last != NULL && last->type == type && last->address + last->size == start) {
        last->size += end - start;
        return;
    }
    if (output->count == output->capacity) {
        output->overflow = true;
        return;
    }
    output->regions[output->count++] =
        (struct baton_region){.address = start, .size = end - start, .type = type};
}

/* Puts the beginning of `range` that ends before `limit`; the range loses it. */
static void put_range(struct output *output, struct range *range, uint64_t limit)
{
    uint32_t type = region_type(range);
    uint64_t end = range->end < limit ? range->end : limit;

    /* Page 0 is not mapped at entry and is no kernel's first choice: it is never offered. */
    if (range->start == 0 && (type & BATON_MEMORY_RECLAIMABLE) != 0) {
        type = BATON_MEMORY_RESERVED;
        end = PAGE_SIZE;
    }
    put(output, range->start, end, type);
    range->start = end;
}

size_t handoff_map(struct ranges *it, const struct handoff_holdings *holdings,
                   struct baton_region *regions, size_t capacity)
{
    struct output output = {.regions = regions, .capacity = capacity};
    struct range range;
    bool more = ranges_next(it, &range);

    for (uint32_t i = 0; i <= holdings->count; i++) {
        const struct handoff_holding *held = &holdings->held[i];
        bool end_of_holdings = i == holdings->count;
        uint64_t limit = end_of_holdings ? UINT64_MAX : held->start;

        while (more && range.start < limit) {
            put_range(&output, &range, limit);
            if (range.start == range.end)
                more = ranges_next(it, &range);
        }
        if (end_of_holdings)
            break;
        put(&output, held->start, held->end, held->type);
        while (more && range.start < held->end) {
            range.start = held->end;
            if (range.start >= range.end)
                more = ranges_next(it, &range);
        }
    }
    return output.overflow || !output.has_free ? 0 : output.count;
}
