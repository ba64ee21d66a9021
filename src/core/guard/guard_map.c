/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/guard/guard_map.h"

#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/memory/ranges.h"

/* Memory whose use is over when boot services are. */
static bool is_loose(const struct memory_descriptor *descriptor)
{
    return memory_type_is_general(descriptor->type) &&
           (descriptor->attribute &
            (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)) == 0;
}

/* The next descriptor from *index on that has to be kept as it is. */
static bool next_kept(const struct memory_map *map, size_t *index,
                      struct memory_descriptor *ret_descriptor)
{
    while (*index < memory_map_count(map)) {
        *ret_descriptor = memory_map_at(map, (*index)++);
        if (!is_loose(ret_descriptor))
            return true;
    }
    return false;
}

static bool keep_the_same(const struct memory_map *held, const struct memory_map *accepted)
{
    struct memory_descriptor ours;
    struct memory_descriptor theirs;
    size_t i = 0;
    size_t j = 0;
    bool more;

    do {
        more = next_kept(held, &i, &ours);
        if (next_kept(accepted, &j, &theirs) != more)
            return false;
        if (more && (ours.type != theirs.type || ours.physical_start != theirs.physical_start ||
                     ours.page_count != theirs.page_count || ours.attribute != theirs.attribute))
            return false;
    } while (more);
    return true;
}

static bool is_usable(const struct range *range)
{
    return memory_type_is_general(range->type) && !range->specific_purpose;
}

/*
 * Is each byte that is usable in `held` described by `accepted`? With what has to be kept alike in
 * both it is usable there, too: the most restrictive description wins in each.
 */
static bool covers(struct ranges *accepted, struct ranges *held)
{
    struct range wanted;
    struct range there = {0};

    while (ranges_next(held, &wanted)) {
        if (!is_usable(&wanted))
            continue;
        while (wanted.start < wanted.end) {
            while (there.end <= wanted.start)
                if (!ranges_next(accepted, &there))
                    return false;
            if (there.start > wanted.start)
                return false;
            wanted.start = there.end;
        }
    }
    return true;
}

bool guard_map_same(const struct memory_map *held, const struct memory_map *accepted,
                    uint64_t *room, size_t numbers)
{
    size_t ours = 2 * memory_map_count(held);
    size_t theirs = 2 * memory_map_count(accepted);
    struct ranges now;
    struct ranges before;

    if (held->size == accepted->size && held->descriptor_size == accepted->descriptor_size &&
        memcmp(held->data, accepted->data, held->size) == 0)
        return true;
    if (guard_map_room(ours / 2, theirs / 2) > numbers || !keep_the_same(held, accepted))
        return false;
    return ranges_begin(&before, held, room, room + ours + theirs, ours) &&
           ranges_begin(&now, accepted, room + ours, room + ours + theirs, theirs) &&
           covers(&now, &before);
}

static void put(struct memory_map *map, size_t index, const struct memory_descriptor *descriptor)
{
    uint8_t *at = map->data + index * map->descriptor_size;

    memset(at, 0, map->descriptor_size);
    memcpy(at, descriptor, sizeof(*descriptor));
}

/* How careful an operating system has to be with it. */
static uint32_t care(uint32_t type)
{
    if (type == MEMORY_CONVENTIONAL)
        return 0;
    return type >= MEMORY_BOOT_SERVICES_CODE ? 1 : 2;
}

/* Takes `next` into `first`, when they are of one kind and together no more than `limit` pages. */
static bool take_in(struct memory_descriptor *first, const struct memory_descriptor *next,
                    uint64_t limit)
{
    if (!is_loose(first) || !is_loose(next) || first->attribute != next->attribute ||
        first->page_count > limit || next->page_count > limit - first->page_count ||
        first->physical_start + first->page_count * PAGE_SIZE != next->physical_start)
        return false;
    if (care(next->type) > care(first->type))
        first->type = next->type;
    first->page_count += next->page_count;
    return true;
}

/* One pass: what is left of `count` descriptors; ends early when `wanted` are. */
static size_t merge(struct memory_map *map, size_t count, size_t wanted, uint64_t limit)
{
    struct memory_descriptor last = memory_map_at(map, 0);
    size_t left = count;
    size_t kept = 0;

    for (size_t i = 1; i < count; i++) {
        struct memory_descriptor next = memory_map_at(map, i);

        if (left > wanted && take_in(&last, &next, limit)) {
            left--;
            continue;
        }
        put(map, kept++, &last);
        last = next;
    }
    put(map, kept, &last);
    return left;
}

bool guard_map_shrink(struct memory_map *map, uint64_t capacity)
{
    size_t count = memory_map_count(map);
    size_t wanted = map->descriptor_size == 0 ? 0 : (size_t)(capacity / map->descriptor_size);

    for (uint64_t limit = 2; count > wanted && limit < MEMORY_ADDRESS_LIMIT / PAGE_SIZE; limit *= 2)
        count = merge(map, count, wanted, limit);
    map->size = count * map->descriptor_size;
    return count <= wanted;
}
