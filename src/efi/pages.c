/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/pages.h"

#include "arch/arch.h"
#include "core/base/page.h"
#include "core/memory/placement.h"
#include "efi/map_buffer.h"
#include "efi/services.h"
#include "efi/tables.h"

/* For 256 descriptors of 48 bytes: most machines have fewer, and nobody asks first how many. */
#define MAP_ROOM (3 * PAGE_SIZE + MAP_BUFFER_GUARD)

/* The guard behind the buffer, and room for the descriptors that allocating it adds to the map. */
#define MAP_SLACK (MAP_BUFFER_GUARD + PAGE_SIZE * 2)

/* Where asking with ever more ends: the largest maps seen have some 20,000 descriptors. */
#define MAP_SIZE_MAX (4U << 20)

/* What only a look at the map can fulfil. `high` alone is not: AllocateMaxAddress gives that. */
static bool has_demands(const struct page_request *request)
{
    return request->alignment > PAGE_SIZE || request->minimum > PAGES_LOWEST;
}

/* A map in pages of its own, for one look at it. */
struct map_pages {
    EFI_PHYSICAL_ADDRESS address;
    uint64_t pages; /* 0: there are none */
};

/* EFI_BUFFER_TOO_SMALL: more room may help. What went into the guard page has damaged nothing. */
static EFI_STATUS judge_map(const struct map_buffer *buffer, struct exit_map_answer *answer,
                            struct memory_map *ret_map)
{
    if (answer->guard == EXIT_GUARD_SPILLED)
        answer->guard = EXIT_GUARD_WHOLE;
    switch (map_buffer_judge(buffer, answer, ret_map)) {
    case EXIT_MAP_GOOD:
    case EXIT_MAP_RAGGED:
        return EFI_SUCCESS;
    case EXIT_MAP_REFUSED:
        return answer->status;
    case EXIT_MAP_OVERRUN:
        return EFI_DEVICE_ERROR;
    default:
        return EFI_BUFFER_TOO_SMALL;
    }
}

/* *needed: bytes that the firmware says the map has. */
static EFI_STATUS read_map_into(const struct firmware *firmware, const struct map_buffer *buffer,
                                struct memory_map *ret_map, uint64_t *needed)
{
    struct exit_map_answer answer;

    map_buffer_get(firmware, buffer, &answer);
    *needed = answer.size;
    return judge_map(buffer, &answer, ret_map);
}

static EFI_STATUS read_map_into_pages(struct firmware *firmware, struct map_pages *room,
                                      struct memory_map *ret_map, uint64_t *needed)
{
    struct map_buffer buffer;
    uint64_t place;
    EFI_STATUS status;

    room->address = arch_memory_last();
    status = boot_services(firmware)->AllocatePages(AllocateMaxAddress, EfiLoaderData, room->pages,
                                                    &room->address);
    if (status != EFI_SUCCESS) {
        room->pages = 0;
        return status;
    }
    /* Firmware that gives its lowest pages first has no room for many there. */
    if (room->address < PAGES_LOWEST)
        return EFI_BUFFER_TOO_SMALL;
    place = room->address;
    buffer = map_buffer_take(&place, room->pages * PAGE_SIZE - MAP_BUFFER_GUARD);
    return read_map_into(firmware, &buffer, ret_map, needed);
}

static void free_pages(const struct firmware *firmware, EFI_PHYSICAL_ADDRESS address,
                       uint64_t count)
{
    boot_services(firmware)->FreePages(address, count);
}

static void give_back(struct firmware *firmware, const struct map_pages *room)
{
    if (room->pages != 0)
        free_pages(firmware, room->address, room->pages);
}

/*
 * The whole map: in firmware->map_room where it fits there, else in ret_room, which the caller
 * gives back whatever is returned. Firmware that says of enough that it is too little, or nonsense
 * of what it needs, is asked again with more.
 */
static EFI_STATUS read_map(struct firmware *firmware, struct memory_map *ret_map,
                           struct map_pages *ret_room)
{
    uint64_t pages = pages_for(MAP_ROOM);
    uint64_t needed = 0;
    EFI_STATUS status = EFI_BUFFER_TOO_SMALL;

    ret_room->pages = 0;
    if (firmware->map_room != NULL)
        status = read_map_into(firmware, firmware->map_room, ret_map, &needed);
    while (status == EFI_BUFFER_TOO_SMALL && pages <= 2 * pages_for(MAP_SIZE_MAX)) {
        give_back(firmware, ret_room);
        if (needed <= MAP_SIZE_MAX && pages_for(needed + MAP_SLACK) > pages)
            pages = pages_for(needed + MAP_SLACK);
        ret_room->pages = pages;
        status = read_map_into_pages(firmware, ret_room, ret_map, &needed);
        pages *= 2;
    }
    return status;
}

static EFI_STATUS choose(struct firmware *firmware, const struct placement_request *wanted,
                         uint64_t *ret_address)
{
    struct memory_map map;
    struct map_pages room;
    EFI_STATUS status = read_map(firmware, &map, &room);

    if (status == EFI_SUCCESS && !placement_find(&map, wanted, ret_address))
        status = EFI_OUT_OF_RESOURCES;
    give_back(firmware, &room);
    return status;
}

static EFI_STATUS allocate_chosen(struct firmware *firmware, const struct page_request *request,
                                  uint64_t minimum, uint64_t maximum,
                                  EFI_PHYSICAL_ADDRESS *ret_address)
{
    struct placement_request wanted = {.size = request->count * PAGE_SIZE,
                                       .alignment = request->alignment,
                                       .minimum = minimum,
                                       .maximum = maximum,
                                       .high = request->high};
    uint64_t chosen = minimum;
    EFI_PHYSICAL_ADDRESS address;
    EFI_STATUS status = EFI_SUCCESS;

    if (!request->exact)
        status = choose(firmware, &wanted, &chosen);
    address = chosen;
    if (status == EFI_SUCCESS)
        status = boot_services(firmware)->AllocatePages(
            AllocateAddress, (EFI_MEMORY_TYPE)request->type, request->count, &address);
    if (status == EFI_SUCCESS && address != chosen) {
        free_pages(firmware, address, request->count);
        status = EFI_OUT_OF_RESOURCES;
    }
    if (status == EFI_SUCCESS)
        *ret_address = address;
    return status;
}

/*
 * What the firmware gave is looked at too: it must be where it was wanted. Some firmware gives the
 * lowest pages that are free, from 0 on (rust-hypervisor-firmware): then the place is chosen.
 */
static EFI_STATUS allocate_below(struct firmware *firmware, const struct page_request *request,
                                 uint64_t maximum, EFI_PHYSICAL_ADDRESS *ret_address)
{
    struct page_request highest = *request;
    EFI_PHYSICAL_ADDRESS address = maximum;
    EFI_STATUS status = boot_services(firmware)->AllocatePages(
        AllocateMaxAddress, (EFI_MEMORY_TYPE)request->type, request->count, &address);

    if (status != EFI_SUCCESS)
        return status;
    if (address < PAGES_LOWEST || address > maximum ||
        request->count * PAGE_SIZE - 1 > maximum - address) {
        free_pages(firmware, address, request->count);
        highest.high = true;
        return allocate_chosen(firmware, &highest, PAGES_LOWEST, maximum, ret_address);
    }
    *ret_address = address;
    return EFI_SUCCESS;
}

static void release_pages(struct firmware *firmware, const struct lease *lease)
{
    free_pages(firmware, lease->address, lease->pages);
}

void pages_free(struct firmware *firmware, uint64_t address)
{
    lease_release(firmware, release_pages, address);
}

void pages_forget(struct firmware *firmware, uint64_t address)
{
    lease_forget(firmware, release_pages, address);
}

bool pages_held(const struct firmware *firmware, uint64_t address)
{
    return lease_held(firmware, release_pages, address);
}

efi_status pages_allocate(struct firmware *firmware, const struct page_request *request,
                          uint64_t *ret_address)
{
    uint64_t minimum = request->minimum < PAGES_LOWEST ? PAGES_LOWEST : request->minimum;
    uint64_t maximum = request->maximum == 0 ? arch_memory_last() : request->maximum;
    EFI_PHYSICAL_ADDRESS address = 0;
    EFI_STATUS status;

    if (request->exact)
        minimum = request->minimum;
    if (request->count == 0 || request->count > UINT64_MAX / PAGE_SIZE)
        return EFI_INVALID_PARAMETER;
    if (request->exact || has_demands(request))
        status = allocate_chosen(firmware, request, minimum, maximum, &address);
    else
        status = allocate_below(firmware, request, maximum, &address);
    if (status != EFI_SUCCESS)
        return status;
    if (!lease_record(firmware, release_pages, address, request->count)) {
        free_pages(firmware, address, request->count);
        return EFI_OUT_OF_RESOURCES;
    }
    *ret_address = address;
    return EFI_SUCCESS;
}

efi_status pages_take(struct firmware *firmware, enum memory_type type, uint64_t size,
                      uint64_t *ret_address)
{
    struct page_request wanted = {.type = type, .count = pages_for(size)};

    return pages_allocate(firmware, &wanted, ret_address);
}

/* Does the kernel, or do our last steps, need something in the region? */
static bool is_needed_later(const struct firmware *firmware, uint64_t start, uint64_t end)
{
    uint64_t stack = (uintptr_t)__builtin_frame_address(0);

    return (stack >= start && stack < end) || tables_point_into(firmware, start, end);
}

/* Nobody's by the time the kernel runs? `start` and `end` are the descriptor's. */
static bool will_be_free(const struct firmware *firmware,
                         const struct memory_descriptor *descriptor, uint64_t start, uint64_t end)
{
    if ((descriptor->attribute & (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)) !=
        0)
        return false;
    if (descriptor->type == MEMORY_CONVENTIONAL)
        return true;
    return (descriptor->type == MEMORY_BOOT_SERVICES_CODE ||
            descriptor->type == MEMORY_BOOT_SERVICES_DATA) &&
           !is_needed_later(firmware, start, end);
}

/*
 * Takes [start, ret_reached), as far as the same descriptors describe it and `end` allows. All that
 * describe a page must agree on it; how many they are does not count, some maps list pages twice.
 */
static EFI_STATUS inherit_part(struct firmware *firmware, const struct memory_map *map,
                               uint64_t start, uint64_t end, uint64_t *ret_reached)
{
    size_t count = memory_map_count(map);
    struct page_request part = {.type = MEMORY_LOADER_CODE, .minimum = start, .exact = true};
    bool is_free = false;
    bool is_taken = false;
    uint64_t reached = start;
    uint64_t address;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t from;
        uint64_t to;

        if (!memory_descriptor_bounds(&descriptor, &from, &to) || to <= start || from >= end)
            continue;
        if (!will_be_free(firmware, &descriptor, from, to))
            return EFI_OUT_OF_RESOURCES;
        if (from > start) {
            end = from;
            continue;
        }
        if (to > reached)
            reached = to;
        is_free |= descriptor.type == MEMORY_CONVENTIONAL;
        is_taken |= descriptor.type != MEMORY_CONVENTIONAL;
    }
    if (reached > end)
        reached = end;
    part.count = (reached - start) / PAGE_SIZE;
    if (is_free == is_taken ||
        (is_free && pages_allocate(firmware, &part, &address) != EFI_SUCCESS))
        return EFI_OUT_OF_RESOURCES;
    *ret_reached = reached;
    return EFI_SUCCESS;
}

static EFI_STATUS inherit(struct firmware *firmware, const struct memory_map *map, uint64_t start,
                          uint64_t end)
{
    EFI_STATUS status = EFI_SUCCESS;

    while (start < end && status == EFI_SUCCESS)
        status = inherit_part(firmware, map, start, end, &start);
    return status;
}

efi_status pages_inherit(struct firmware *firmware, uint64_t start, uint64_t end)
{
    struct memory_map map;
    struct map_pages room;
    EFI_STATUS status = read_map(firmware, &map, &room);

    if (status == EFI_SUCCESS)
        status = inherit(firmware, &map, start, end);
    give_back(firmware, &room);
    return status;
}
