/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/ranges.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define RANGES_MAX 2048

struct walk {
    struct range range[RANGES_MAX];
    size_t count;
};

/* All ranges of a map; the arrays are exactly as large as ranges_events_max() says. */
static void walk_map(const struct memory_map *map, struct walk *ret_walk)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    uint64_t *events = malloc(capacity * sizeof(*events) + 1);
    uint64_t *scratch = malloc(capacity * sizeof(*scratch) + 1);
    struct ranges it;

    assert_non_null(events);
    assert_non_null(scratch);
    ret_walk->count = 0;
    assert_true(ranges_begin(&it, map, events, scratch, capacity));
    free(scratch);
    while (ranges_next(&it, &ret_walk->range[ret_walk->count])) {
        ret_walk->count++;
        assert_true(ret_walk->count < RANGES_MAX);
    }
    assert_false(ranges_next(&it, &ret_walk->range[ret_walk->count]));
    assert_true(ret_walk->count <= ranges_max(memory_map_count(map)));
    free(events);
}

struct expected {
    uint64_t first; /* pages */
    uint64_t end;
    uint32_t type;
    bool special;
};

static void assert_ranges(const struct memory_map *map, const struct expected *expected,
                          size_t count)
{
    static struct walk walk;

    walk_map(map, &walk);
    assert_int_equal(walk.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(walk.range[i].start, expected[i].first * PAGE_SIZE);
        assert_int_equal(walk.range[i].end, expected[i].end * PAGE_SIZE);
        assert_int_equal(walk.range[i].type, expected[i].type);
        assert_int_equal(walk.range[i].specific_purpose, expected[i].special);
    }
}

#define ASSERT_RANGES(map, ...)                                                                    \
    do {                                                                                           \
        const struct expected expected[] = {__VA_ARGS__};                                          \
        assert_ranges(map, expected, sizeof(expected) / sizeof(expected[0]));                      \
    } while (0)

static void an_empty_map_has_no_ranges(void **state)
{
    struct memory_map map = map_new(0, 48);

    (void)state;
    assert_ranges(&map, NULL, 0);
    map.descriptor_size = 0;
    assert_ranges(&map, NULL, 0);
    map_free(&map);
}

static void sorts_and_merges_what_touches(void **state)
{
    struct memory_map map = map_new(5, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 30, 40, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 10, 20, WB);
    map_add(&map, MEMORY_LOADER_DATA, 40, 41, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 20, 30, WB | 0x4000);
    map_add(&map, MEMORY_CONVENTIONAL, 50, 60, WB);
    ASSERT_RANGES(&map, {10, 40, MEMORY_CONVENTIONAL, false}, {40, 41, MEMORY_LOADER_DATA, false},
                  {50, 60, MEMORY_CONVENTIONAL, false});
    map_free(&map);
}

static void the_more_restrictive_description_wins(void **state)
{
    /* The ranking of ranges.h, from least to most. */
    static const struct {
        uint32_t type;
        uint64_t attribute;
    } rank[] = {
        {MEMORY_CONVENTIONAL, 0},
        {MEMORY_BOOT_SERVICES_DATA, 0},
        {MEMORY_BOOT_SERVICES_CODE, 0},
        {MEMORY_LOADER_DATA, 0},
        {MEMORY_LOADER_CODE, 0},
        {MEMORY_CONVENTIONAL, SP},
        {MEMORY_BOOT_SERVICES_DATA, SP},
        {MEMORY_BOOT_SERVICES_CODE, SP},
        {MEMORY_LOADER_DATA, SP},
        {MEMORY_LOADER_CODE, SP},
        {MEMORY_PERSISTENT, 0},
        {MEMORY_UNACCEPTED, 0},
        {MEMORY_ACPI_RECLAIM, 0},
        {MEMORY_ACPI_NVS, 0},
        {MEMORY_RUNTIME_SERVICES_DATA, 0},
        {MEMORY_RUNTIME_SERVICES_CODE, 0},
        {MEMORY_PAL_CODE, 0},
        {MEMORY_RESERVED, 0},
        {MEMORY_MAPPED_IO, 0},
        {MEMORY_MAPPED_IO_PORTS, 0},
        {MEMORY_UNUSABLE, 0},
    };
    const size_t count = sizeof(rank) / sizeof(rank[0]);

    (void)state;
    for (size_t low = 0; low < count; low++) {
        for (size_t high = low + 1; high < count; high++) {
            struct memory_map map = map_new(2, 40);
            bool low_special = rank[low].attribute == SP;
            bool high_special = rank[high].attribute == SP;

            map_add(&map, rank[low].type, 2, 8, rank[low].attribute);
            map_add(&map, rank[high].type, 4, 6, rank[high].attribute);
            ASSERT_RANGES(&map, {2, 4, rank[low].type, low_special},
                          {4, 6, rank[high].type, high_special},
                          {6, 8, rank[low].type, low_special});
            map.size = 0;
            map_add(&map, rank[high].type, 2, 8, rank[high].attribute);
            map_add(&map, rank[low].type, 4, 10, rank[low].attribute);
            ASSERT_RANGES(&map, {2, 8, rank[high].type, high_special},
                          {8, 10, rank[low].type, low_special});
            map_free(&map);
        }
    }
}

static void unknown_types_are_reserved(void **state)
{
    static const uint32_t types[] = {16,         17,         31,         32,        255,
                                     0x6fffffff, 0x70000000, 0x80000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct memory_map map = map_new(2, 48);

        map_add(&map, types[i], 1, 2, WB | SP | RUNTIME);
        map_add(&map, MEMORY_RESERVED, 2, 3, 0);
        ASSERT_RANGES(&map, {1, 3, MEMORY_RESERVED, false});
        map_free(&map);
    }
}

static void boot_services_memory_kept_for_runtime_is_runtime_data(void **state)
{
    struct memory_map map = map_new(5, 48);

    (void)state;
    map_add(&map, MEMORY_BOOT_SERVICES_CODE, 1, 2, WB | RUNTIME);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 2, 3, WB | RUNTIME | SP);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 3, 4, WB);
    /* The bit means nothing on memory that is free or ours. */
    map_add(&map, MEMORY_CONVENTIONAL, 4, 5, WB | RUNTIME);
    map_add(&map, MEMORY_LOADER_DATA, 5, 6, WB | RUNTIME);
    ASSERT_RANGES(&map, {1, 4, MEMORY_RUNTIME_SERVICES_DATA, false},
                  {4, 5, MEMORY_CONVENTIONAL, false}, {5, 6, MEMORY_LOADER_DATA, false});
    map_free(&map);
}

static void duplicates_and_nested_descriptors_count_once(void **state)
{
    struct memory_map map = map_new(6, 48);

    (void)state;
    for (int i = 0; i < 3; i++)
        map_add(&map, MEMORY_CONVENTIONAL, 10, 20, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 12, 14, WB);
    map_add(&map, MEMORY_RESERVED, 13, 15, WB);
    map_add(&map, MEMORY_RESERVED, 13, 15, WB);
    ASSERT_RANGES(&map, {10, 13, MEMORY_CONVENTIONAL, false}, {13, 15, MEMORY_RESERVED, false},
                  {15, 20, MEMORY_CONVENTIONAL, false});
    map_free(&map);
}

static void descriptors_of_nothing_do_not_count(void **state)
{
    struct memory_map map = map_new(6, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 160, WB);
    map_add_raw(&map, MEMORY_RESERVED, 0, 0, 0);
    map_add_raw(&map, MEMORY_RESERVED, 0x5000, 0, 0);
    map_add_raw(&map, MEMORY_UNUSABLE, 0x1000, UINT64_MAX, 0);
    map_add_raw(&map, MEMORY_UNUSABLE, 0x1000, 1ULL << 52, 0);
    map_add_raw(&map, MEMORY_CONVENTIONAL, 1ULL << 52, 1, 0);
    ASSERT_RANGES(&map, {0, 160, MEMORY_CONVENTIONAL, false});
    map_free(&map);
}

static void memory_up_to_the_last_page_works(void **state)
{
    struct memory_map map = map_new(2, 48);
    const uint64_t last = MEMORY_ADDRESS_LIMIT / PAGE_SIZE;

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, last, WB);
    map_add(&map, MEMORY_MAPPED_IO, last - 1, last, 0);
    ASSERT_RANGES(&map, {0, last - 1, MEMORY_CONVENTIONAL, false},
                  {last - 1, last, MEMORY_MAPPED_IO, false});
    map_free(&map);
}

static void too_small_a_capacity_is_refused(void **state)
{
    struct memory_map map = map_new(2, 48);
    uint64_t events[4];
    uint64_t scratch[4];
    struct ranges it;

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 1, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 5, 6, WB);
    for (size_t capacity = 0; capacity < 4; capacity++)
        assert_false(ranges_begin(&it, &map, events, scratch, capacity));
    assert_true(ranges_begin(&it, &map, events, scratch, 4));
    map_free(&map);
}

/* The rank of a page in the simplest possible way: look at every descriptor. */
static unsigned int rank_of_page(const struct memory_map *map, uint64_t page,
                                 struct range *ret_range)
{
    static const uint8_t order[] = {7, 4, 3, 2, 1, 14, 15, 9, 10, 6, 5, 13, 0, 11, 12, 8};
    unsigned int best = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor d = memory_map_at(map, i);
        bool special = (d.attribute & SP) != 0;
        unsigned int rank;

        if (d.page_count > MEMORY_ADDRESS_LIMIT / PAGE_SIZE ||
            d.physical_start / PAGE_SIZE + d.page_count > MEMORY_ADDRESS_LIMIT / PAGE_SIZE ||
            page < d.physical_start / PAGE_SIZE ||
            page >= d.physical_start / PAGE_SIZE + d.page_count)
            continue;
        if (d.type > 15)
            d.type = 0;
        if ((d.type == 3 || d.type == 4) && (d.attribute & RUNTIME) != 0)
            d.type = 6;
        for (rank = 0; order[rank] != d.type; rank++)
            ;
        /* Specific-purpose memory ranks between general memory and the rest. */
        special = special && rank < 5;
        rank = rank < 5 ? rank + (special ? 5 : 0) : rank + 5;
        if (rank + 1 > best) {
            best = rank + 1;
            ret_range->type = (enum memory_type)d.type;
            ret_range->specific_purpose = special;
        }
    }
    return best;
}

static void random_maps_agree_with_a_page_by_page_model(void **state)
{
    static struct walk walk;
    uint64_t seed = 42;

    (void)state;
    for (unsigned int round = 0; round < 1500; round++) {
        const uint64_t pages = 1 + next_random(&seed) % 96;
        const size_t count = next_random(&seed) % 64;
        struct memory_map map = map_new(count, 40 + 8 * (round % 4));
        size_t at = 0;

        map_fill_random(&map, count, pages, &seed);
        walk_map(&map, &walk);
        for (size_t i = 1; i < walk.count; i++)
            assert_false(walk.range[i - 1].end > walk.range[i].start ||
                         (walk.range[i - 1].end == walk.range[i].start &&
                          walk.range[i - 1].type == walk.range[i].type &&
                          walk.range[i - 1].specific_purpose == walk.range[i].specific_purpose));
        for (uint64_t page = 0; page < pages; page++) {
            struct range model = {0};
            bool described = rank_of_page(&map, page, &model) != 0;

            while (at < walk.count && walk.range[at].end <= page * PAGE_SIZE)
                at++;
            assert_int_equal(described,
                             at < walk.count && walk.range[at].start <= page * PAGE_SIZE);
            if (described) {
                assert_int_equal(walk.range[at].type, model.type);
                assert_int_equal(walk.range[at].specific_purpose, model.specific_purpose);
            }
        }
        map_free(&map);
    }
}

/* Pages 2 to 8 of a map in which page 4 has that type and attributes. */
static bool can_be_inherited(uint32_t type, uint64_t attribute, uint64_t first, uint64_t end)
{
    uint64_t events[16];
    uint64_t scratch[16];
    struct memory_map map = map_new(8, 48);
    struct ranges it;
    bool can;

    map_add(&map, MEMORY_CONVENTIONAL, 0, 2, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 2, 4, WB);
    map_add(&map, type, 4, 5, attribute);
    map_add(&map, MEMORY_LOADER_CODE, 5, 7, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_CODE, 7, 8, WB);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 8, 9, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 10, 12, WB);
    assert_true(ranges_begin(&it, &map, events, scratch, 16));
    can = ranges_can_be_inherited(&it, first * PAGE_SIZE, end * PAGE_SIZE);
    map_free(&map);
    return can;
}

static void a_kernel_inherits_general_memory_and_nothing_else(void **state)
{
    (void)state;
    assert_true(can_be_inherited(MEMORY_CONVENTIONAL, WB, 0, 8));
    assert_true(can_be_inherited(MEMORY_CONVENTIONAL, WB, 3, 6));
    assert_true(can_be_inherited(MEMORY_CONVENTIONAL, WB, 4, 4));
    assert_false(can_be_inherited(MEMORY_CONVENTIONAL, WB, 3, 9));
    assert_false(can_be_inherited(MEMORY_CONVENTIONAL, WB, 9, 11));
    assert_false(can_be_inherited(MEMORY_CONVENTIONAL, WB, 11, 13));
    assert_true(can_be_inherited(MEMORY_RUNTIME_SERVICES_DATA, WB, 5, 8));
    assert_false(can_be_inherited(MEMORY_RUNTIME_SERVICES_DATA, WB, 2, 8));
    assert_false(can_be_inherited(MEMORY_LOADER_DATA, WB, 2, 8));
    assert_false(can_be_inherited(MEMORY_CONVENTIONAL, WB | SP, 2, 8));
    assert_false(can_be_inherited(MEMORY_BOOT_SERVICES_DATA, WB | RUNTIME, 2, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_no_ranges),
        cmocka_unit_test(sorts_and_merges_what_touches),
        cmocka_unit_test(the_more_restrictive_description_wins),
        cmocka_unit_test(unknown_types_are_reserved),
        cmocka_unit_test(boot_services_memory_kept_for_runtime_is_runtime_data),
        cmocka_unit_test(duplicates_and_nested_descriptors_count_once),
        cmocka_unit_test(descriptors_of_nothing_do_not_count),
        cmocka_unit_test(memory_up_to_the_last_page_works),
        cmocka_unit_test(too_small_a_capacity_is_refused),
        cmocka_unit_test(random_maps_agree_with_a_page_by_page_model),
        cmocka_unit_test(a_kernel_inherits_general_memory_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
