/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/identity_ranges.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT    (1ULL << 48)
#define CAPACITY 40

static struct memory_map map;
static struct address_range ranges[2 * CAPACITY];
static size_t count;

static void begin(void)
{
    map = map_new(CAPACITY, 48);
}

static void make(void)
{
    size_t most = identity_ranges_max(memory_map_count(&map));
    uint64_t *events = malloc(most * sizeof(*events) + 1);
    uint64_t *scratch = malloc(most * sizeof(*scratch) + 1);

    count = identity_ranges(&map, LIMIT, events, scratch, ranges);
    assert_true(count <= most);
    free(events);
    free(scratch);
    map_free(&map);
}

/* Range `index` is these pages. */
static void assert_range(size_t index, uint64_t first, uint64_t end, enum memory_access access)
{
    assert_true(index < count);
    assert_int_equal(ranges[index].virtual, first * PAGE_SIZE);
    assert_int_equal(ranges[index].physical, first * PAGE_SIZE);
    assert_int_equal(ranges[index].size, (end - first) * PAGE_SIZE);
    assert_int_equal(ranges[index].access, access);
}

static void neighbours_become_one_in_whatever_order_they_come(void **state)
{
    static const uint32_t types[] = {
        MEMORY_LOADER_CODE,        MEMORY_LOADER_DATA,           MEMORY_BOOT_SERVICES_CODE,
        MEMORY_BOOT_SERVICES_DATA, MEMORY_RUNTIME_SERVICES_CODE, MEMORY_RUNTIME_SERVICES_DATA,
        MEMORY_CONVENTIONAL,       MEMORY_ACPI_RECLAIM,          MEMORY_ACPI_NVS,
        MEMORY_PERSISTENT,
    };

    (void)state;
    begin();
    for (uint64_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        map_add(&map, types[i], 100 - 5 * i, 105 - 5 * i, WB | (i % 2 == 0 ? 0xf : RUNTIME));
    make();
    assert_int_equal(count, 1);
    assert_range(0, 55, 105, ACCESS_WRITE);
}

static void what_is_no_memory_that_can_be_cached_is_left_out(void **state)
{
    (void)state;
    begin();
    map_add(&map, MEMORY_CONVENTIONAL, 1, 10, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 10, 20, 7); /* not EFI_MEMORY_WB */
    map_add(&map, MEMORY_RESERVED, 20, 30, WB);
    map_add(&map, MEMORY_UNUSABLE, 30, 40, WB);
    map_add(&map, MEMORY_UNACCEPTED, 40, 50, WB);
    map_add(&map, MEMORY_MAPPED_IO, 50, 60, WB);
    map_add(&map, 0x80000000, 60, 70, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 70, 80, WB);
    make();
    assert_int_equal(count, 2);
    assert_range(0, 1, 10, ACCESS_WRITE);
    assert_range(1, 70, 80, ACCESS_WRITE);
}

static void what_else_runtime_services_need_is_a_device(void **state)
{
    (void)state;
    begin();
    map_add(&map, MEMORY_MAPPED_IO, 1, 10, 1 | RUNTIME);
    map_add(&map, MEMORY_CONVENTIONAL, 10, 20, WB);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 20, 30, 1 | RUNTIME);
    map_add(&map, MEMORY_RESERVED, 30, 40, WB | RUNTIME);
    make();
    assert_int_equal(count, 3);
    assert_range(0, 1, 10, ACCESS_WRITE | ACCESS_DEVICE);
    assert_range(1, 10, 20, ACCESS_WRITE);
    assert_range(2, 20, 40, ACCESS_WRITE | ACCESS_DEVICE);
}

static void where_descriptors_overlap_the_stricter_wins(void **state)
{
    (void)state;
    begin();
    map_add(&map, MEMORY_CONVENTIONAL, 1, 100, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 50, 60, WB);
    map_add(&map, MEMORY_RESERVED, 10, 20, WB);
    map_add(&map, MEMORY_MAPPED_IO, 15, 30, RUNTIME);
    make();
    assert_int_equal(count, 3);
    assert_range(0, 1, 10, ACCESS_WRITE);
    assert_range(1, 15, 30, ACCESS_WRITE | ACCESS_DEVICE);
    assert_range(2, 30, 100, ACCESS_WRITE);
}

static void what_no_address_reaches_does_not_count(void **state)
{
    (void)state;
    begin();
    map_add_raw(&map, MEMORY_CONVENTIONAL, LIMIT - 2 * PAGE_SIZE, 2, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, LIMIT - 4 * PAGE_SIZE, 5, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, UINT64_MAX - 0xfff, 1, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, PAGE_SIZE, 0, WB);
    make();
    assert_int_equal(count, 1);
    assert_range(0, LIMIT / PAGE_SIZE - 2, LIMIT / PAGE_SIZE, ACCESS_WRITE);
    begin();
    make();
    assert_int_equal(count, 0);
}

static void a_piece_is_covered_by_one_range(void **state)
{
    (void)state;
    begin();
    map_add(&map, MEMORY_CONVENTIONAL, 1, 10, WB);
    map_add(&map, MEMORY_MAPPED_IO, 10, 20, RUNTIME);
    make();
    assert_true(identity_covers(ranges, count, PAGE_SIZE, 10 * PAGE_SIZE));
    assert_true(identity_covers(ranges, count, 12 * PAGE_SIZE, 20 * PAGE_SIZE));
    assert_false(identity_covers(ranges, count, 0, 2 * PAGE_SIZE));
    assert_false(identity_covers(ranges, count, 9 * PAGE_SIZE, 11 * PAGE_SIZE));
    assert_false(identity_covers(ranges, count, 19 * PAGE_SIZE, 21 * PAGE_SIZE));
    assert_false(identity_covers(ranges, 0, PAGE_SIZE, 2 * PAGE_SIZE));
}

/* The last map has more than the one that the ranges are made of. */
static void runtime_services_are_covered_or_not(void **state)
{
    (void)state;
    begin();
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 1, 10, WB | RUNTIME);
    map_add(&map, MEMORY_MAPPED_IO, 10, 20, RUNTIME);
    make();
    begin();
    map_add(&map, MEMORY_RUNTIME_SERVICES_CODE, 2, 5, WB | RUNTIME);
    map_add(&map, MEMORY_MAPPED_IO, 10, 20, RUNTIME);
    map_add(&map, MEMORY_CONVENTIONAL, 100, 200, WB);
    map_add(&map, MEMORY_MAPPED_IO, 50, 50, RUNTIME);
    assert_true(identity_covers_runtime(ranges, count, &map));
    map_add(&map, MEMORY_MAPPED_IO, 19, 21, RUNTIME);
    assert_false(identity_covers_runtime(ranges, count, &map));
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_become_one_in_whatever_order_they_come),
        cmocka_unit_test(what_is_no_memory_that_can_be_cached_is_left_out),
        cmocka_unit_test(what_else_runtime_services_need_is_a_device),
        cmocka_unit_test(where_descriptors_overlap_the_stricter_wins),
        cmocka_unit_test(what_no_address_reaches_does_not_count),
        cmocka_unit_test(a_piece_is_covered_by_one_range),
        cmocka_unit_test(runtime_services_are_covered_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
