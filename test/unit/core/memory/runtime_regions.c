/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_regions.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FROM (4ULL << 30)
#define FAR  0x380000000000ULL
#define TO   (1ULL << 47)

static struct memory_map map;
static struct runtime_regions regions;

/* Memory, services and flash below 4 GiB; above it memory, and the registers that a server has. */
static void begin(void)
{
    map = map_new(40, 48);
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0x100000, 0x1000, WB);
    map_add_raw(&map, MEMORY_RUNTIME_SERVICES_CODE, 0x7f000000, 16, WB | RUNTIME);
    map_add_raw(&map, MEMORY_MAPPED_IO, 0xff000000, 0x1000, RUNTIME);
    map_add_raw(&map, MEMORY_CONVENTIONAL, FROM, 0x1000, WB);
    map_add_raw(&map, MEMORY_MAPPED_IO, FAR, 0x10, RUNTIME);
    map_add_raw(&map, MEMORY_MAPPED_IO, FAR + 0x100000, 0x10, 0);
}

static void find(void)
{
    runtime_regions_find(&map, FROM, TO, &regions);
}

static bool cover(void)
{
    return runtime_regions_cover(&regions, FROM, &map);
}

static void only_what_lies_beyond_is_found(void **state)
{
    (void)state;
    begin();
    find();
    assert_int_equal(regions.count, 1);
    assert_true(regions.region[0].start == FAR);
    assert_true(regions.region[0].end == FAR + 0x10000);
    assert_true(cover());
    map_free(&map);
}

static void what_begins_below_and_ends_beyond_is_found_whole(void **state)
{
    (void)state;
    begin();
    map_add_raw(&map, MEMORY_MAPPED_IO, FROM - PAGE_SIZE, 2, RUNTIME);
    find();
    assert_int_equal(regions.count, 2);
    assert_true(regions.region[1].start == FROM - PAGE_SIZE);
    assert_true(regions.region[1].end == FROM + PAGE_SIZE);
    assert_true(cover());
    map_free(&map);
}

/* The last map has more, or somewhere else, or larger. */
static void a_region_that_has_come_later_is_not_covered(void **state)
{
    const uint64_t later[][2] = {
        {FAR - PAGE_SIZE, 1}, {FAR + 0x10000, 1}, {FAR + 0xf000, 2}, {FAR - PAGE_SIZE, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        begin();
        find();
        map_add_raw(&map, MEMORY_RESERVED, later[i][0], later[i][1], 0);
        assert_true(cover());
        map_add_raw(&map, MEMORY_RUNTIME_SERVICES_DATA, later[i][0], later[i][1], RUNTIME);
        assert_false(cover());
        map_free(&map);
    }
}

static void what_cannot_be_mapped_is_left_out_and_not_covered(void **state)
{
    const uint64_t out[][2] = {{TO - PAGE_SIZE, 2}, {FAR + (8ULL << 30), (1 << 18) + 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
        begin();
        map_add_raw(&map, MEMORY_MAPPED_IO, out[i][0], out[i][1] - 1, RUNTIME);
        find();
        assert_int_equal(regions.count, 2);
        assert_true(cover());
        map_add_raw(&map, MEMORY_MAPPED_IO, out[i][0], out[i][1], RUNTIME);
        find();
        assert_int_equal(regions.count, 2);
        assert_false(cover());
        map_free(&map);
    }
}

static void as_many_are_kept_as_there_is_room_for(void **state)
{
    (void)state;
    begin();
    for (unsigned int i = 1; i <= RUNTIME_REGIONS_MAX; i++) {
        find();
        assert_int_equal(regions.count, i);
        assert_true(cover());
        map_add_raw(&map, MEMORY_MAPPED_IO, FAR + i * 0x1000000ULL, 1, RUNTIME);
    }
    find();
    assert_int_equal(regions.count, RUNTIME_REGIONS_MAX);
    assert_false(cover());
    map_free(&map);
}

static void a_descriptor_that_describes_nothing_does_not_count(void **state)
{
    (void)state;
    begin();
    map_add_raw(&map, MEMORY_MAPPED_IO, FAR + 0x1000000, 0, RUNTIME);
    find();
    assert_int_equal(regions.count, 1);
    assert_true(cover());
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_lies_beyond_is_found),
        cmocka_unit_test(what_begins_below_and_ends_beyond_is_found_whole),
        cmocka_unit_test(a_region_that_has_come_later_is_not_covered),
        cmocka_unit_test(what_cannot_be_mapped_is_left_out_and_not_covered),
        cmocka_unit_test(as_many_are_kept_as_there_is_room_for),
        cmocka_unit_test(a_descriptor_that_describes_nothing_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
