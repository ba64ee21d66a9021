/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of the memory maps of real machines. */
#include "core/memory/ranges.h"

#include "unit/fixture/real_maps.h"

struct walk {
    struct range *range;
    size_t count;
};

/* All ranges of a map; to be freed. Each array is exactly as large as ranges.h says. */
static struct walk walk_map(const struct memory_map *map)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    uint64_t *events = malloc(capacity * sizeof(*events));
    uint64_t *scratch = malloc(capacity * sizeof(*scratch));
    struct walk walk = {.range = calloc(ranges_max(memory_map_count(map)), sizeof(struct range))};
    struct range range;
    struct ranges it;

    assert_non_null(events);
    assert_non_null(scratch);
    assert_non_null(walk.range);
    assert_true(ranges_begin(&it, map, events, scratch, capacity));
    free(scratch);
    while (ranges_next(&it, &range)) {
        assert_true(walk.count < ranges_max(memory_map_count(map)));
        walk.range[walk.count++] = range;
    }
    free(events);
    return walk;
}

/* How much stands against giving a type away (ranges.h), for the types that real maps have. */
static unsigned int rank_of(uint32_t type)
{
    static const uint32_t order[] = {
        MEMORY_CONVENTIONAL,
        MEMORY_BOOT_SERVICES_DATA,
        MEMORY_BOOT_SERVICES_CODE,
        MEMORY_LOADER_DATA,
        MEMORY_LOADER_CODE,
        MEMORY_ACPI_RECLAIM,
        MEMORY_ACPI_NVS,
        MEMORY_RUNTIME_SERVICES_DATA,
        MEMORY_RUNTIME_SERVICES_CODE,
        MEMORY_RESERVED,
        MEMORY_MAPPED_IO,
    };
    unsigned int rank = 0;

    while (order[rank] != type) {
        rank++;
        assert_true(rank < sizeof(order) / sizeof(order[0]));
    }
    return rank + 1;
}

/* What [start, end), in which nothing begins or ends, is: look at every descriptor. */
static bool describe(const struct memory_map *map, uint64_t start, uint64_t end, uint32_t *ret_type)
{
    unsigned int best = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        if (descriptor.physical_start >= end || real_end(&descriptor) <= start ||
            rank_of(descriptor.type) <= best)
            continue;
        best = rank_of(descriptor.type);
        *ret_type = descriptor.type;
    }
    return best != 0;
}

/* The same ranges the simple way: from border to border. */
static struct walk model(const struct memory_map *map)
{
    size_t count;
    uint64_t *borders = real_borders(map, &count);
    struct walk walk = {.range = calloc(count, sizeof(struct range))};

    assert_non_null(walk.range);
    for (size_t i = 1; i < count; i++) {
        struct range *last = walk.count == 0 ? NULL : &walk.range[walk.count - 1];
        uint32_t type = 0;

        if (borders[i - 1] == borders[i] || !describe(map, borders[i - 1], borders[i], &type))
            continue;
        if (last != NULL && last->end == borders[i - 1] && last->type == type)
            last->end = borders[i];
        else
            walk.range[walk.count++] = (struct range){
                .start = borders[i - 1], .end = borders[i], .type = (enum memory_type)type};
    }
    free(borders);
    return walk;
}

static void agrees(const struct real_machine *machine, const struct memory_map *map)
{
    struct walk expected = model(map);
    struct walk walk = walk_map(map);

    REAL_EQUAL(machine, walk.count, expected.count);
    for (size_t i = 0; i < walk.count; i++) {
        REAL_EQUAL(machine, walk.range[i].start, expected.range[i].start);
        REAL_EQUAL(machine, walk.range[i].end, expected.range[i].end);
        REAL_EQUAL(machine, walk.range[i].type, expected.range[i].type);
        REAL_REQUIRE(machine, !walk.range[i].specific_purpose);
    }
    free(expected.range);
    free(walk.range);
}

static void every_page_of_every_map_is_what_its_descriptor_says(void **state)
{
    (void)state;
    real_each_map(agrees);
}

static void where_two_maps_contradict_each_other_the_more_restrictive_wins(void **state)
{
    (void)state;
    real_each_contradiction(agrees);
}

static void has_as_many_as_known(const struct real_machine *machine, const struct memory_map *map)
{
    struct walk walk = walk_map(map);

    REAL_EQUAL(machine, walk.count, machine->facts.ranges);
    free(walk.range);
}

static void every_map_has_its_known_number_of_ranges(void **state)
{
    (void)state;
    real_each_map(has_as_many_as_known);
}

/* No real map is in more disorder than this: memory first, then reserved space and MMIO. */
static void the_23_unsorted_maps_come_out_sorted(void **state)
{
    unsigned int unsorted = 0;

    (void)state;
    for (size_t i = 0; i < REAL_MACHINES; i++) {
        const struct real_machine *machine = real_machines[i];
        struct memory_map map = real_map(machine, 48);
        struct walk walk = walk_map(&map);
        unsigned int steps_back = 0;

        for (size_t d = 1; d < memory_map_count(&map); d++)
            steps_back +=
                memory_map_at(&map, d).physical_start < memory_map_at(&map, d - 1).physical_start;
        REAL_EQUAL(machine, steps_back, machine->facts.unsorted ? 1 : 0);
        unsorted += steps_back;
        for (size_t r = 1; r < walk.count; r++)
            REAL_REQUIRE(machine, walk.range[r - 1].end <= walk.range[r].start);
        free(walk.range);
        map_free(&map);
    }
    assert_int_equal(REAL_MACHINES, 30);
    assert_int_equal(unsorted, 23);
}

static void the_mac_of_198_descriptors_has_193_ranges(void **state)
{
    struct memory_map map = real_map(&apple_macmini31, 48);
    struct walk walk = walk_map(&map);

    (void)state;
    assert_int_equal(memory_map_count(&map), 198);
    assert_int_equal(walk.count, 193);
    /* The firmware reserved a hole in the middle of memory and described it behind all memory. */
    assert_int_equal(walk.range[7].type, MEMORY_LOADER_DATA);
    assert_int_equal(walk.range[7].end, 0x40000000);
    assert_int_equal(walk.range[8].type, MEMORY_RESERVED);
    assert_int_equal(walk.range[8].end, 0x50000000);
    assert_int_equal(walk.range[9].type, MEMORY_CONVENTIONAL);
    /* Six MMIO descriptors of the flash chip touch: they are one range, the last. */
    assert_int_equal(walk.range[192].type, MEMORY_MAPPED_IO);
    assert_int_equal(walk.range[192].start, 0xffc00000);
    assert_int_equal(walk.range[192].end, 0x100000000);
    free(walk.range);
    map_free(&map);
}

static void the_server_of_12_tib_keeps_all_its_memory(void **state)
{
    static const struct range high[] = {
        {0xff000000, 0xff200000, MEMORY_MAPPED_IO, false},
        {0x100000000, 0x100001000, MEMORY_ACPI_NVS, false},
        {0x100001000, 0xc080000000, MEMORY_CONVENTIONAL, false},
        {0xe000000000, 0xe000001000, MEMORY_ACPI_NVS, false},
        {0xe000001000, 0xc2000000000, MEMORY_CONVENTIONAL, false},
        {0xfdfe0000000, 0xfe000000000, MEMORY_MAPPED_IO, false},
    };
    struct memory_map map = real_map(&hp_superdome2_16s, 48);
    struct walk walk = walk_map(&map);
    size_t at = 0;

    (void)state;
    assert_int_equal(memory_map_count(&map), 70);
    assert_int_equal(walk.count, 70);
    while (walk.range[at].start != high[0].start) {
        at++;
        assert_true(at + 6 < walk.count);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(walk.range[at + i].start, high[i].start);
        assert_int_equal(walk.range[at + i].end, high[i].end);
        assert_int_equal(walk.range[at + i].type, high[i].type);
    }
    /* Configuration space above all memory, 512 MiB each. */
    assert_int_equal(walk.count - at - 6, 16);
    assert_int_equal(walk.range[walk.count - 1].end, 0xfe800000000);
    free(walk.range);
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_of_every_map_is_what_its_descriptor_says),
        cmocka_unit_test(where_two_maps_contradict_each_other_the_more_restrictive_wins),
        cmocka_unit_test(every_map_has_its_known_number_of_ranges),
        cmocka_unit_test(the_23_unsorted_maps_come_out_sorted),
        cmocka_unit_test(the_mac_of_198_descriptors_has_193_ranges),
        cmocka_unit_test(the_server_of_12_tib_keeps_all_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
