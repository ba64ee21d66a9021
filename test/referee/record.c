/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include "core/base/mem.h"

/* UEFI 2.10, appendix D and 7.1 */
#define INVALID_PARAMETER (1ULL << 63 | 2)
#define TPL_APPLICATION_  4

void record_reset(struct record *record)
{
    /* Not all of it: the maps are large, and their sizes say whether they are there. */
    memset(record, 0, offsetof(struct record, map));
    record->map.size = 0;
    record->truth.size = 0;
    record->change_count = 0;
}

struct call *record_call(struct call_list *list, uint32_t service, const void *caller,
                         uint32_t attempt)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct call *call = &list->calls[i];

        if (call->caller == caller && call->service == service && call->attempt == attempt) {
            call->count++;
            return call;
        }
    }
    if (list->count == RECORD_CALLS_MAX) {
        list->dropped++;
        return NULL;
    }
    list->calls[list->count] =
        (struct call){.caller = caller, .service = service, .count = 1, .attempt = attempt};
    return &list->calls[list->count++];
}

void record_look(struct record *record, const struct look *look, const void *map)
{
    if (look->status != 0) {
        record->failed_since = true;
        if (look->capacity != 0 && record->attempts != 0)
            record->too_small++;
        if (look->used > look->capacity)
            record->told = look->used;
        return;
    }
    record->look = *look;
    record->look.told = record->told;
    record->failed_since = false;
    record->gap.count = 0;
    record->gap.dropped = 0;
    /* Firmware has been seen to claim more than there was room for. */
    record->map.size =
        look->used <= look->capacity && look->used <= RECORD_MAP_MAX ? look->used : 0;
    record->map.stride = look->stride;
    memcpy(record->map.data, map, record->map.size);
}

void record_attempt(struct record *record, uint64_t key, uint64_t tpl, uint32_t watchdog)
{
    struct attempt *attempt = &record->last;

    record->attempts++;
    *attempt = (struct attempt){
        .look = record->look, .key = key, .tpl = tpl, .watchdog = watchdog, .status = UINT64_MAX};
    attempt->stale = key != record->look.key || record->failed_since || record->look.capacity == 0;
    record->stale += attempt->stale;
    record->wrong_tpl += tpl != TPL_APPLICATION_;
    for (uint32_t i = 0; i < record->gap.count; i++) {
        const struct call *call = &record->gap.calls[i];

        for (uint32_t times = 0; times < call->count; times++)
            (void)record_call(&record->between, call->service, call->caller, 0);
    }
    record->gap.count = 0;
}

void record_outcome(struct record *record, uint64_t status, uint64_t key_after, bool before)
{
    struct attempt *attempt = &record->last;

    attempt->status = status;
    attempt->key_after = key_after;
    record->left = status == 0;
    if (!record->left) {
        record->odd += status != INVALID_PARAMETER;
        record->unfounded += !attempt->stale && key_after == attempt->key;
    }
    if (record->attempts == 1)
        record->first = *attempt;
    /* Only now is it known whether there was such a group at all. */
    for (uint32_t i = 0; i < record->handlers.count; i++) {
        struct call *call = &record->handlers.calls[i];

        if (call->attempt == record->attempts && !before)
            call->early = false;
    }
}

/* The head of EFI_MEMORY_DESCRIPTOR (UEFI 2.10, 7.2.3); the attributes do not matter here. */
struct descriptor {
    uint32_t type;
    uint32_t padding;
    uint64_t start;
    uint64_t virtual;
    uint64_t pages;
};

static struct descriptor descriptor_at(const struct memory *memory, uint64_t offset)
{
    struct descriptor descriptor;

    memcpy(&descriptor, memory->data + offset, sizeof(descriptor));
    return descriptor;
}

/* Type at `page`, and in *end where that is no longer so. A hole counts as type UINT32_MAX. */
static uint32_t type_at(const struct memory *memory, uint64_t page, uint64_t *end)
{
    for (uint64_t at = 0; at + memory->stride <= memory->size; at += memory->stride) {
        struct descriptor descriptor = descriptor_at(memory, at);
        uint64_t start = descriptor.start >> 12;

        if (page >= start && page - start < descriptor.pages) {
            if (start + descriptor.pages < *end)
                *end = start + descriptor.pages;
            return descriptor.type;
        }
        if (start > page && start < *end)
            *end = start;
    }
    return UINT32_MAX;
}

static void add_change(struct record *record, struct change change)
{
    if (record->change_count++ < RECORD_CHANGES_MAX)
        record->changes[record->change_count - 1] = change;
}

void record_compare(struct record *record)
{
    struct memory *map = &record->map;

    record->change_count = 0;
    if (map->size == 0 || record->truth.size == 0 || map->stride < sizeof(struct descriptor) ||
        record->truth.stride < sizeof(struct descriptor))
        return;
    for (uint64_t at = 0; at + map->stride <= map->size; at += map->stride) {
        struct descriptor descriptor = descriptor_at(map, at);
        uint64_t page = descriptor.start >> 12;
        uint64_t stop = page + descriptor.pages;

        while (page < stop) {
            uint64_t end = stop;
            uint32_t is = type_at(&record->truth, page, &end);

            if (is != descriptor.type)
                add_change(record, (struct change){page << 12, end - page, descriptor.type, is});
            page = end;
        }
    }
}
