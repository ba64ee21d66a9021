/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/handoff_map.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct handoff_holdings holdings;

static int forget(void **state)
{
    (void)state;
    memset(&holdings, 0, sizeof(holdings));
    return 0;
}

static bool hold(uint64_t first_page, uint64_t end_page, uint32_t type)
{
    return handoff_hold(&holdings, first_page * PAGE_SIZE, (end_page - first_page) * PAGE_SIZE,
                        type);
}

struct result {
    size_t count;
    struct baton_region *regions; /* exactly `capacity` of them */
};

static struct result convert(const struct memory_map *map, size_t capacity)
{
    size_t events = ranges_events_max(memory_map_count(map));
    uint64_t *buffer = malloc(2 * events * sizeof(*buffer) + 1);
    struct result result = {.regions = malloc(capacity * sizeof(struct baton_region) + 1)};
    struct ranges walk;

    assert_non_null(buffer);
    assert_non_null(result.regions);
    assert_true(ranges_begin(&walk, map, buffer, buffer + events, events));
    result.count = handoff_map(&walk, &holdings, result.regions, capacity);
    free(buffer);
    return result;
}

struct expected {
    uint64_t first_page;
    uint64_t end_page;
    uint32_t type;
};

static void assert_regions(const struct memory_map *map, const struct expected *expected,
                           size_t count)
{
    struct result result = convert(map, count);

    assert_int_equal(result.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(result.regions[i].address, expected[i].first_page * PAGE_SIZE);
        assert_int_equal(result.regions[i].size,
                         (expected[i].end_page - expected[i].first_page) * PAGE_SIZE);
        assert_int_equal(result.regions[i].type, expected[i].type);
        assert_int_equal(result.regions[i].reserved, 0);
    }
    free(result.regions);
}

static void every_type_has_its_owner(void **state)
{
    static const uint32_t types[] = {
        [MEMORY_RESERVED] = BATON_MEMORY_RESERVED,
        [MEMORY_LOADER_CODE] = BATON_MEMORY_LOADER,
        [MEMORY_LOADER_DATA] = BATON_MEMORY_LOADER,
        [MEMORY_BOOT_SERVICES_CODE] = BATON_MEMORY_BOOT_SERVICES,
        [MEMORY_BOOT_SERVICES_DATA] = BATON_MEMORY_BOOT_SERVICES,
        [MEMORY_RUNTIME_SERVICES_CODE] = BATON_MEMORY_RUNTIME_CODE,
        [MEMORY_RUNTIME_SERVICES_DATA] = BATON_MEMORY_RUNTIME_DATA,
        [MEMORY_CONVENTIONAL] = BATON_MEMORY_USABLE,
        [MEMORY_UNUSABLE] = BATON_MEMORY_BAD,
        [MEMORY_ACPI_RECLAIM] = BATON_MEMORY_ACPI,
        [MEMORY_ACPI_NVS] = BATON_MEMORY_ACPI_NVS,
        [MEMORY_MAPPED_IO] = BATON_MEMORY_MMIO,
        [MEMORY_MAPPED_IO_PORTS] = BATON_MEMORY_MMIO_PORTS,
        [MEMORY_PAL_CODE] = BATON_MEMORY_RESERVED,
        [MEMORY_PERSISTENT] = BATON_MEMORY_PERSISTENT,
        [MEMORY_UNACCEPTED] = BATON_MEMORY_UNACCEPTED,
        [16] = BATON_MEMORY_RESERVED, /* of a later UEFI */
    };

    (void)state;
    for (uint32_t type = 0; type <= 16; type++) {
        struct memory_map map = map_new(2, 48);
        const struct expected expected[] = {{1, 2, BATON_MEMORY_USABLE}, {3, 4, types[type]}};

        map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB);
        map_add(&map, type, 3, 4, WB);
        assert_regions(&map, expected, 2);
        map_free(&map);
    }
}

static void memory_for_a_special_purpose_is_not_offered(void **state)
{
    struct memory_map map = map_new(2, 48);
    const struct expected expected[] = {{1, 2, BATON_MEMORY_USABLE},
                                        {2, 9, BATON_MEMORY_SPECIAL_PURPOSE}};

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 2, 9, WB | SP);
    map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB);
    assert_regions(&map, expected, 2);
    map_free(&map);
}

static void page_0_is_never_offered(void **state)
{
    struct memory_map map = map_new(2, 48);
    const struct expected first[] = {{0, 1, BATON_MEMORY_RESERVED}, {1, 8, BATON_MEMORY_USABLE}};
    const struct expected second[] = {{0, 3, BATON_MEMORY_RUNTIME_DATA},
                                      {3, 8, BATON_MEMORY_USABLE}};

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 8, WB);
    assert_regions(&map, first, 2);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 0, 3, WB);
    assert_regions(&map, second, 2);
    map_free(&map);
}

static void what_baton_holds_is_told_apart(void **state)
{
    struct memory_map map = map_new(3, 48);
    const struct expected expected[] = {
        {1, 10, BATON_MEMORY_USABLE},   {10, 12, BATON_MEMORY_LOADER},
        {12, 14, BATON_MEMORY_KERNEL},  {14, 15, BATON_MEMORY_STACK},
        {15, 20, BATON_MEMORY_LOADER},  {20, 30, BATON_MEMORY_BOOT_SERVICES},
        {40, 44, BATON_MEMORY_HANDOFF},
    };

    (void)state;
    map_add(&map, MEMORY_LOADER_DATA, 10, 20, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 1, 10, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 20, 30, WB);
    assert_true(hold(40, 44, BATON_MEMORY_HANDOFF)); /* where the map says nothing */
    assert_true(hold(14, 15, BATON_MEMORY_STACK));
    assert_true(hold(12, 14, BATON_MEMORY_KERNEL));
    assert_regions(&map, expected, 7);
    map_free(&map);
}

static void a_holding_covers_whatever_the_map_says_there(void **state)
{
    struct memory_map map = map_new(4, 48);
    const struct expected expected[] = {
        {1, 3, BATON_MEMORY_USABLE}, {3, 9, BATON_MEMORY_MODULE}, {9, 12, BATON_MEMORY_USABLE}};

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 1, 4, WB);
    map_add(&map, MEMORY_LOADER_DATA, 4, 5, WB);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 6, 7, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 8, 12, WB);
    assert_true(hold(3, 9, BATON_MEMORY_MODULE));
    assert_regions(&map, expected, 3);
    map_free(&map);
}

static void neighbours_of_one_type_are_one(void **state)
{
    struct memory_map map = map_new(2, 48);
    const struct expected expected[] = {{1, 6, BATON_MEMORY_BOOT_SERVICES},
                                        {6, 9, BATON_MEMORY_MODULE}};

    (void)state;
    map_add(&map, MEMORY_BOOT_SERVICES_CODE, 1, 3, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 3, 6, WB);
    assert_true(hold(6, 7, BATON_MEMORY_MODULE));
    assert_true(hold(7, 9, BATON_MEMORY_MODULE));
    assert_regions(&map, expected, 2);
    map_free(&map);
}

static void a_map_without_free_memory_is_refused(void **state)
{
    struct memory_map map = map_new(2, 48);
    struct result result;

    (void)state;
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 1, 9, WB);
    map_add(&map, MEMORY_LOADER_DATA, 20, 29, WB);
    result = convert(&map, 10);
    assert_int_equal(result.count, 0);
    free(result.regions);
    map_free(&map);
}

static void a_table_that_is_too_small_is_not_overrun(void **state)
{
    struct memory_map map = map_new(3, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 3, 4, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 5, 6, WB);
    for (size_t capacity = 0; capacity <= 3; capacity++) {
        struct result result = convert(&map, capacity);

        assert_int_equal(result.count, capacity == 3 ? 3 : 0);
        free(result.regions);
    }
    map_free(&map);
}

static void holdings_that_can_not_be_are_refused(void **state)
{
    (void)state;
    assert_true(hold(10, 20, 1));
    assert_false(hold(10, 20, 1));
    assert_false(hold(9, 11, 1));
    assert_false(hold(19, 21, 1));
    assert_false(hold(12, 13, 1));
    assert_false(hold(5, 25, 1));
    assert_false(hold(5, 5, 1));
    assert_false(handoff_hold(&holdings, 0x1001, 0x1000, 1));
    assert_false(handoff_hold(&holdings, 0x1000, 0x1001, 1));
    assert_false(handoff_hold(&holdings, UINT64_MAX - 0xfff, 0x1000, 1));
    assert_int_equal(holdings.count, 1);
    assert_true(hold(20, 21, 2));
    assert_true(hold(9, 10, 3));
    assert_int_equal(holdings.held[0].type, 3);
    assert_int_equal(holdings.held[1].type, 1);
    assert_int_equal(holdings.held[2].type, 2);
    for (uint64_t i = 3; i < HANDOFF_HOLDINGS_MAX; i++)
        assert_true(hold(100 + i, 101 + i, 1));
    assert_false(hold(1000, 1001, 1));
    assert_int_equal(holdings.count, HANDOFF_HOLDINGS_MAX);
}

#define MODEL_PAGES 64U

/* Page by page: what the holdings say, else what the ranges say, but page 0. */
static void model(const struct memory_map *map, uint32_t *types)
{
    size_t events = ranges_events_max(memory_map_count(map));
    uint64_t buffer[2 * 2 * 24];
    struct ranges walk;
    struct range range;

    memset(types, 0, MODEL_PAGES * sizeof(*types));
    assert_true(ranges_begin(&walk, map, buffer, buffer + events, events));
    while (ranges_next(&walk, &range)) {
        struct memory_map alone = map_new(2, 48);
        struct result result;

        /* The type of a range is proven above: here it only matters where. */
        map_add(&alone, MEMORY_CONVENTIONAL, 1, 2, WB);
        map_add(&alone, range.type, 4, 5, range.specific_purpose ? WB | SP : WB);
        uint32_t count = holdings.count;
        holdings.count = 0;
        result = convert(&alone, 2);
        holdings.count = count;
        assert_int_equal(result.count, 2);
        for (uint64_t page = range.start / PAGE_SIZE; page < range.end / PAGE_SIZE; page++) {
            if (page < MODEL_PAGES)
                types[page] = result.regions[1].type;
        }
        free(result.regions);
        map_free(&alone);
    }
    if ((types[0] & BATON_MEMORY_RECLAIMABLE) != 0)
        types[0] = BATON_MEMORY_RESERVED;
    for (uint32_t i = 0; i < holdings.count; i++) {
        for (uint64_t page = holdings.held[i].start / PAGE_SIZE;
             page < holdings.held[i].end / PAGE_SIZE; page++)
            types[page] = holdings.held[i].type;
    }
}

static void assert_like_model(const struct result *result, const uint32_t *types)
{
    uint32_t page = 0;

    for (size_t i = 0; i < result->count; i++) {
        const struct baton_region *region = &result->regions[i];

        if (region->address >= MODEL_PAGES * PAGE_SIZE)
            break;
        for (; page < region->address / PAGE_SIZE; page++)
            assert_int_equal(types[page], 0);
        for (; page < MODEL_PAGES && page < (region->address + region->size) / PAGE_SIZE; page++)
            assert_int_equal(types[page], region->type);
        if (i > 0)
            assert_true(region[-1].address + region[-1].size < region->address ||
                        (region[-1].address + region[-1].size == region->address &&
                         region[-1].type != region->type));
    }
    for (; page < MODEL_PAGES; page++)
        assert_int_equal(types[page], 0);
}

static void any_map_comes_out_as_the_model_has_it(void **state)
{
    uint64_t seed = 0x5eed;

    for (int round = 0; round < 3000; round++) {
        struct memory_map map = map_new(24, 48);
        uint32_t types[MODEL_PAGES];
        struct result result;

        forget(state);
        map_fill_random(&map, 1 + next_random(&seed) % 22, MODEL_PAGES, &seed);
        map_add(&map, MEMORY_CONVENTIONAL, 4000, 4001, WB); /* there is always free memory */
        for (int i = 0; i < 6; i++) {
            uint64_t first = next_random(&seed) % (MODEL_PAGES - 1);
            uint64_t length = 1 + next_random(&seed) % 5;

            if (first + length <= MODEL_PAGES)
                (void)hold(first, first + length, 0x102 + (uint32_t)(next_random(&seed) % 4));
        }
        model(&map, types);
        result = convert(&map, handoff_regions_max(memory_map_count(&map)));
        assert_int_not_equal(result.count, 0);
        assert_like_model(&result, types);
        free(result.regions);
        map_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_type_has_its_owner, forget),
        cmocka_unit_test_setup(memory_for_a_special_purpose_is_not_offered, forget),
        cmocka_unit_test_setup(page_0_is_never_offered, forget),
        cmocka_unit_test_setup(what_baton_holds_is_told_apart, forget),
        cmocka_unit_test_setup(a_holding_covers_whatever_the_map_says_there, forget),
        cmocka_unit_test_setup(neighbours_of_one_type_are_one, forget),
        cmocka_unit_test_setup(a_map_without_free_memory_is_refused, forget),
        cmocka_unit_test_setup(a_table_that_is_too_small_is_not_overrun, forget),
        cmocka_unit_test_setup(holdings_that_can_not_be_are_refused, forget),
        cmocka_unit_test_setup(any_map_comes_out_as_the_model_has_it, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
