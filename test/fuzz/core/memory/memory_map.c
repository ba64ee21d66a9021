/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map's conversions: sorted ranges, e820, the native hand-off's map, an identity map of
 * ranges, and placement in it, each compared page by page with a model. Input: stride, holdings, a
 * placement, descriptors.
 */
#include "core/base/span.h"
#include "core/linux/x86/e820.h"
#include "core/memory/identity_ranges.h"
#include "core/memory/placement.h"
#include "core/memory/ranges.h"
#include "core/memory/runtime_regions.h"
#include "core/native/handoff_map.h"
#include "fuzz/maps.h"

static uint32_t model[MODEL_PAGES];

static struct ranges begin(const struct memory_map *map, uint64_t **ret_events)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    uint64_t *events = (uint64_t *)(void *)exact(NULL, capacity * sizeof(*events));
    uint64_t *scratch = (uint64_t *)(void *)exact(NULL, capacity * sizeof(*scratch));
    struct ranges it;

    REQUIRE(ranges_begin(&it, map, events, scratch, capacity));
    free(scratch);
    *ret_events = events;
    return it;
}

static void try_ranges(const struct memory_map *map)
{
    uint64_t *events;
    struct ranges it = begin(map, &events);
    struct range range;
    uint64_t end = 0;
    size_t count = 0;
    uint64_t page = 0;

    while (ranges_next(&it, &range)) {
        REQUIRE(range.start % PAGE_SIZE == 0 && range.end % PAGE_SIZE == 0);
        REQUIRE(range.start >= end && range.end > range.start);
        for (; page < MODEL_PAGES && page * PAGE_SIZE < range.start; page++)
            REQUIRE(model[page] == MODEL_NOTHING);
        for (; page < MODEL_PAGES && page * PAGE_SIZE < range.end; page++) {
            REQUIRE(model[page] != MODEL_NOTHING && type_of_rank(model[page]) == range.type);
            REQUIRE(range.specific_purpose == (model[page] >= 5 && model[page] <= 9));
        }
        end = range.end;
        count++;
    }
    for (; page < MODEL_PAGES; page++)
        REQUIRE(model[page] == MODEL_NOTHING);
    REQUIRE(end <= MEMORY_ADDRESS_LIMIT && count <= ranges_max(memory_map_count(map)));
    free(events);
}

static uint32_t e820_of_rank(uint32_t rank, bool soft)
{
    static const uint8_t others[] = {7, 0, 3, 4, 2, 2, 2, 2, 2, 2, 5}; /* from persistent on */

    if (rank == MODEL_NOTHING)
        return 0;
    if (rank <= 9)
        return rank >= 5 && soft ? E820_TYPE_SOFT : E820_TYPE_RAM;
    return others[rank - 10];
}

static void try_e820(const struct memory_map *map, bool soft)
{
    size_t room = e820_extension_max(memory_map_count(map));
    uint8_t *table = exact(NULL, E820_ZERO_PAGE_MAX * E820_ENTRY_SIZE);
    uint8_t *extension = exact(NULL, room * E820_ENTRY_SIZE);
    const struct e820_target target = {table, extension, room, soft};
    struct e820_counts counts = {0};
    uint64_t *events;
    struct ranges it = begin(map, &events);
    enum e820_error error = e820_convert(&it, &target, &counts);
    uint64_t end = 0;
    uint64_t page = 0;
    bool ram = false;

    REQUIRE(error == E820_OK || error == E820_NO_MEMORY); /* there was room for the worst */
    REQUIRE(counts.extension == 0 || counts.table == E820_ZERO_PAGE_MAX);
    REQUIRE(counts.table <= E820_ZERO_PAGE_MAX && counts.extension <= room);
    for (uint32_t i = 0; i < counts.table + counts.extension; i++) {
        const uint8_t *entry = i < E820_ZERO_PAGE_MAX
                                   ? table + (size_t)i * E820_ENTRY_SIZE
                                   : extension + (size_t)(i - E820_ZERO_PAGE_MAX) * E820_ENTRY_SIZE;
        struct span bytes = span_of(entry, E820_ENTRY_SIZE);
        uint64_t start = 0;
        uint64_t length = 0;
        uint32_t type = 0;

        REQUIRE(span_u64(bytes, 0, &start) && span_u64(bytes, 8, &length) &&
                span_u32(bytes, 16, &type));
        REQUIRE(start >= end && length != 0 && (start | length) % PAGE_SIZE == 0);
        for (; page < MODEL_PAGES && page * PAGE_SIZE < start; page++)
            REQUIRE(e820_of_rank(model[page], soft) == 0);
        end = start + length;
        for (; page < MODEL_PAGES && page * PAGE_SIZE < end; page++)
            REQUIRE(e820_of_rank(model[page], soft) == type);
        ram |= type == E820_TYPE_RAM;
    }
    REQUIRE(ram == (error == E820_OK));
    free(table);
    free(extension);
    free(events);
}

static uint32_t handoff_type_of_rank(uint32_t rank)
{
    static const uint32_t types[] = {BATON_MEMORY_USABLE,
                                     BATON_MEMORY_BOOT_SERVICES,
                                     BATON_MEMORY_BOOT_SERVICES,
                                     BATON_MEMORY_LOADER,
                                     BATON_MEMORY_LOADER,
                                     BATON_MEMORY_SPECIAL_PURPOSE,
                                     BATON_MEMORY_SPECIAL_PURPOSE,
                                     BATON_MEMORY_SPECIAL_PURPOSE,
                                     BATON_MEMORY_SPECIAL_PURPOSE,
                                     BATON_MEMORY_SPECIAL_PURPOSE,
                                     BATON_MEMORY_PERSISTENT,
                                     BATON_MEMORY_UNACCEPTED,
                                     BATON_MEMORY_ACPI,
                                     BATON_MEMORY_ACPI_NVS,
                                     BATON_MEMORY_RUNTIME_DATA,
                                     BATON_MEMORY_RUNTIME_CODE,
                                     BATON_MEMORY_RESERVED,
                                     BATON_MEMORY_RESERVED,
                                     BATON_MEMORY_MMIO,
                                     BATON_MEMORY_MMIO_PORTS,
                                     BATON_MEMORY_BAD};

    return types[rank];
}

/* What the kernel must be told of a page; 0: nothing. */
static uint32_t handoff_type_of(const struct handoff_holdings *holdings, uint64_t page)
{
    uint32_t type = model[page] == MODEL_NOTHING ? 0 : handoff_type_of_rank(model[page]);

    for (uint32_t i = 0; i < holdings->count; i++)
        if (holdings->held[i].start <= page * PAGE_SIZE && page * PAGE_SIZE < holdings->held[i].end)
            return holdings->held[i].type;
    return page == 0 && (type & BATON_MEMORY_RECLAIMABLE) != 0 ? BATON_MEMORY_RESERVED : type;
}

static void try_handoff(const struct memory_map *map, const struct handoff_holdings *holdings)
{
    size_t capacity = handoff_regions_max(memory_map_count(map));
    struct baton_region *regions =
        (struct baton_region *)(void *)exact(NULL, capacity * sizeof(*regions));
    uint64_t *events;
    struct ranges it = begin(map, &events);
    size_t count = handoff_map(&it, holdings, regions, capacity);
    uint64_t end = 0;
    uint64_t page = 0;
    bool free_memory = false;

    for (size_t i = 0; i < count; i++) {
        REQUIRE(regions[i].address >= end && regions[i].size != 0);
        REQUIRE((regions[i].address | regions[i].size) % PAGE_SIZE == 0);
        for (; page < MODEL_PAGES && page * PAGE_SIZE < regions[i].address; page++)
            REQUIRE(handoff_type_of(holdings, page) == 0);
        end = regions[i].address + regions[i].size;
        for (; page < MODEL_PAGES && page * PAGE_SIZE < end; page++)
            REQUIRE(handoff_type_of(holdings, page) == regions[i].type);
    }
    for (page = 0; page < MODEL_PAGES; page++) {
        uint32_t type = handoff_type_of(holdings, page);

        free_memory |= type == BATON_MEMORY_USABLE || type == BATON_MEMORY_BOOT_SERVICES;
    }
    REQUIRE(count != 0 || !free_memory);
    free(regions);
    free(events);
}

static struct handoff_holdings take_holdings(struct input *input)
{
    struct handoff_holdings holdings = {0};

    for (uint64_t count = take(input, 1) % 8; count != 0; count--) {
        uint64_t start = take(input, 1) * PAGE_SIZE;
        uint32_t held = holdings.count;
        bool taken = handoff_hold(&holdings, start, take(input, 1) % 32 * PAGE_SIZE,
                                  BATON_MEMORY_KERNEL + (uint32_t)count % 2);

        REQUIRE(holdings.count == held + taken);
    }
    for (uint32_t i = 0; i < holdings.count; i++)
        REQUIRE(holdings.held[i].end > holdings.held[i].start &&
                (i == 0 || holdings.held[i].start >= holdings.held[i - 1].end));
    return holdings;
}

/* Whether a placement at `page` breaks no promise: inside one free descriptor, nothing against it.
 */
static bool may_be_at(const struct memory_map *map, uint64_t page, uint64_t pages)
{
    bool in_one = false;

    for (uint64_t i = 0; i < pages; i++)
        if (page + i >= MODEL_PAGES || model[page + i] != 0)
            return false;
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        in_one |= rank_of(&descriptor) == 0 && describes_page(&descriptor, page) &&
                  describes_page(&descriptor, page + pages - 1);
    }
    return in_one;
}

static struct placement_request take_request(struct input *input)
{
    struct placement_request request = {.size = 1 + take(input, 2)};

    request.alignment = PAGE_SIZE << take(input, 1) % 6 >> 1;
    request.minimum = take(input, 3) % (MODEL_PAGES * PAGE_SIZE);
    request.maximum = take(input, 3) % (MODEL_PAGES * PAGE_SIZE);
    request.high = (take(input, 1) & 1) != 0;
    return request;
}

/* The best address that there is, or none: the descriptors are too few for the search's bound. */
static void try_placement(const struct memory_map *map, const struct placement_request *request)
{
    uint64_t pages = pages_for(request->size);
    uint64_t alignment = request->alignment < PAGE_SIZE ? 1 : request->alignment / PAGE_SIZE;
    uint64_t best = UINT64_MAX;
    uint64_t address = UINT64_MAX;

    for (uint64_t page = 0; page < MODEL_PAGES; page++)
        if (page * PAGE_SIZE >= request->minimum && page % alignment == 0 &&
            (page + pages) * PAGE_SIZE - 1 <= request->maximum && may_be_at(map, page, pages) &&
            (request->high || best == UINT64_MAX))
            best = page * PAGE_SIZE;
    REQUIRE(placement_find(map, request, &address) == (best != UINT64_MAX));
    REQUIRE(address == best);
}

/* What is kept is sound, and it is all unless something was too large or one too many. */
static void try_runtime_regions(const struct memory_map *map)
{
    struct runtime_regions regions;
    size_t left_out = 0;

    runtime_regions_find(map, 0, UINT64_MAX, &regions);
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        left_out += descriptor.page_count > RUNTIME_REGION_SIZE_MAX / PAGE_SIZE - 1;
    }
    for (uint32_t i = 0; i < regions.count; i++) {
        REQUIRE(regions.region[i].start < regions.region[i].end);
        REQUIRE((regions.region[i].start | regions.region[i].end) % PAGE_SIZE == 0);
    }
    REQUIRE(runtime_regions_cover(&regions, 0, map) || left_out != 0 ||
            regions.count == RUNTIME_REGIONS_MAX);
}

/* 48 bits of address. */
#define IDENTITY_LIMIT (1ULL << 48)

/* What a page is to be mapped as: 0 not at all, 1 memory, 3 a device. The types of memory are ten.
 */
static unsigned int identity_of(const struct memory_map *map, uint64_t page)
{
    static const bool memory[16] = {0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0};
    unsigned int highest = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        unsigned int kind = (descriptor.attribute >> 63) != 0 ? 3 : 2;
        uint64_t start;
        uint64_t end;

        if (descriptor.type < 16 && memory[descriptor.type] && (descriptor.attribute & 8) != 0)
            kind = 1;
        if (describes_page(&descriptor, page) &&
            memory_descriptor_bounds(&descriptor, &start, &end) && end <= IDENTITY_LIMIT &&
            kind > highest)
            highest = kind;
    }
    return highest == 2 ? 0 : highest;
}

static void try_identity(const struct memory_map *map)
{
    size_t most = identity_ranges_max(memory_map_count(map));
    uint64_t *events = (uint64_t *)(void *)exact(NULL, most * sizeof(*events));
    uint64_t *scratch = (uint64_t *)(void *)exact(NULL, most * sizeof(*scratch));
    struct address_range *ranges =
        (struct address_range *)(void *)exact(NULL, most * sizeof(*ranges));
    size_t count = identity_ranges(map, IDENTITY_LIMIT, events, scratch, ranges);
    uint64_t end = 0;
    uint64_t page = 0;

    REQUIRE(count <= most);
    for (size_t i = 0; i < count; i++) {
        unsigned int kind = (ranges[i].access & ACCESS_DEVICE) != 0 ? 3 : 1;

        REQUIRE(ranges[i].virtual == ranges[i].physical && ranges[i].virtual >= end);
        REQUIRE(ranges[i].size != 0 && (ranges[i].virtual | ranges[i].size) % PAGE_SIZE == 0);
        for (; page < MODEL_PAGES && page * PAGE_SIZE < ranges[i].virtual; page++)
            REQUIRE(identity_of(map, page) == 0);
        end = ranges[i].virtual + ranges[i].size;
        for (; page < MODEL_PAGES && page * PAGE_SIZE < end; page++)
            REQUIRE(identity_of(map, page) == kind);
    }
    for (; page < MODEL_PAGES; page++)
        REQUIRE(identity_of(map, page) == 0);
    REQUIRE(end <= IDENTITY_LIMIT);
    free(ranges);
    free(scratch);
    free(events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t strides[] = {48, 40, 56, 64, 41};
    struct input input = {data, size};
    uint64_t shape = take(&input, 1);
    struct handoff_holdings holdings = take_holdings(&input);
    struct placement_request request = take_request(&input);
    struct memory_map map = take_map(&input, DESCRIPTORS_MAX, strides[shape % 5]);
    REQUIRE(memory_map_count(&map) * map.descriptor_size == map.size);
    model_of(&map, model);
    try_ranges(&map);
    try_e820(&map, shape >= 128);
    try_handoff(&map, &holdings);
    try_placement(&map, &request);
    try_runtime_regions(&map);
    try_identity(&map);
    free(map.data);
    return 0;
}
