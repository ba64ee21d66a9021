/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/memory_map.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_names_each_way_to_be_wrong(void **state)
{
    static const struct {
        uint64_t size;
        uint64_t stride;
        uint64_t capacity;
        enum memory_map_error expected;
    } cases[] = {
        {480, 48, 480, MEMORY_MAP_OK},
        {480, 40, 4096, MEMORY_MAP_OK},
        {560, 56, 4096, MEMORY_MAP_OK},
        {64, 64, 4096, MEMORY_MAP_OK},
        {480, 48, 479, MEMORY_MAP_OVERRUN},
        {UINT64_MAX, 48, 4096, MEMORY_MAP_OVERRUN},
        {480, 39, 4096, MEMORY_MAP_DESCRIPTOR_TOO_SMALL},
        {480, 0, 4096, MEMORY_MAP_DESCRIPTOR_TOO_SMALL},
        {0, 0, 4096, MEMORY_MAP_DESCRIPTOR_TOO_SMALL},
        {0, 48, 4096, MEMORY_MAP_EMPTY},
        {481, 48, 4096, MEMORY_MAP_RAGGED},
        {40, 48, 4096, MEMORY_MAP_RAGGED},
        {480, UINT64_MAX, 4096, MEMORY_MAP_RAGGED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct memory_map map = {.size = cases[i].size, .descriptor_size = cases[i].stride};

        assert_int_equal(memory_map_check(&map, cases[i].capacity), cases[i].expected);
    }
}

static void count_is_of_whole_descriptors_only(void **state)
{
    struct memory_map map = {.size = 100, .descriptor_size = 48};

    (void)state;
    assert_int_equal(memory_map_count(&map), 2);
    map.descriptor_size = 40;
    assert_int_equal(memory_map_count(&map), 2);
    map.descriptor_size = 39;
    assert_int_equal(memory_map_count(&map), 0);
    map.descriptor_size = 0;
    assert_int_equal(memory_map_count(&map), 0);
    map.descriptor_size = UINT64_MAX;
    assert_int_equal(memory_map_count(&map), 0);
}

static void at_reads_unaligned_descriptors_of_any_stride(void **state)
{
    (void)state;
    for (uint64_t stride = 40; stride <= 65; stride++) {
        struct memory_map map = map_new(3, stride);
        struct memory_descriptor descriptor;

        for (uint32_t i = 0; i < 3; i++)
            map_add(&map, i, i, i + 5, WB);
        descriptor = memory_map_at(&map, 2);
        assert_int_equal(descriptor.type, 2);
        assert_int_equal(descriptor.physical_start, 2 * PAGE_SIZE);
        assert_int_equal(descriptor.page_count, 5);
        assert_int_equal(descriptor.attribute, WB);
        map_free(&map);
    }
}

static void bounds_refuse_what_no_machine_has(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t start;
        uint64_t pages;
        bool expected;
        uint64_t expected_start;
        uint64_t expected_end;
    } cases[] = {
        {7, 0, 1, true, 0, 0x1000},
        {7, 0, 1ULL << 40, true, 0, 1ULL << 52},
        {7, (1ULL << 52) - 4096, 1, true, (1ULL << 52) - 4096, 1ULL << 52},
        {7, 0, 0, false, 0, 0},
        {0, 0x1000, 0, false, 0, 0},
        {0, 0x1234, 0, false, 0, 0},
        {7, 1ULL << 52, 1, false, 0, 0},
        {7, (1ULL << 52) - 4096, 2, false, 0, 0},
        {7, 0, (1ULL << 40) + 1, false, 0, 0},
        {7, 0x1000, UINT64_MAX, false, 0, 0},
        {0, 0x1000, 1ULL << 52, false, 0, 0},
        {0, UINT64_MAX, UINT64_MAX, false, 0, 0},
        {11, UINT64_MAX & ~0xfffULL, 1, false, 0, 0},
        /* No page boundary: memory to use shrinks, everything else grows. */
        {7, 0x1800, 2, true, 0x2000, 0x3000},
        {7, 0x1800, 1, false, 0, 0},
        {4, 0x1fff, 2, true, 0x2000, 0x3000},
        {7, 0x1001, 2, true, 0x2000, 0x3000},
        {0, 0x1000, 1, true, 0x1000, 0x2000},
        {0, 0x1001, 1, true, 0x1000, 0x3000},
        {0, 0x1800, 2, true, 0x1000, 0x4000},
        {14, 0x1801, 1, true, 0x1000, 0x3000},
        {11, (1ULL << 52) - 0x1800, 1, true, (1ULL << 52) - 0x2000, 1ULL << 52},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct memory_descriptor descriptor = {
            .type = cases[i].type, .physical_start = cases[i].start, .page_count = cases[i].pages};
        uint64_t start = 1;
        uint64_t end = 2;

        assert_int_equal(memory_descriptor_bounds(&descriptor, &start, &end), cases[i].expected);
        /* Untouched on failure. */
        assert_int_equal(start, cases[i].expected ? cases[i].expected_start : 1);
        assert_int_equal(end, cases[i].expected ? cases[i].expected_end : 2);
    }
}

static void general_memory_is_what_a_kernel_gets(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 20; type++)
        assert_int_equal(memory_type_is_general(type),
                         type == 1 || type == 2 || type == 3 || type == 4 || type == 7);
    assert_false(memory_type_is_general(0x70000007));
    assert_false(memory_type_is_general(UINT32_MAX));
}

static void memory_ends_where_the_highest_of_it_does(void **state)
{
    static const struct {
        uint32_t type;
        bool counts;
    } cases[] = {
        {MEMORY_RESERVED, false},    {MEMORY_LOADER_CODE, true},
        {MEMORY_LOADER_DATA, true},  {MEMORY_BOOT_SERVICES_CODE, true},
        {MEMORY_CONVENTIONAL, true}, {MEMORY_BOOT_SERVICES_DATA, true},
        {MEMORY_ACPI_RECLAIM, true}, {MEMORY_RUNTIME_SERVICES_CODE, true},
        {MEMORY_ACPI_NVS, true},     {MEMORY_RUNTIME_SERVICES_DATA, true},
        {MEMORY_UNUSABLE, false},    {MEMORY_MAPPED_IO, false},
        {MEMORY_PERSISTENT, true},   {MEMORY_MAPPED_IO_PORTS, false},
        {MEMORY_UNACCEPTED, true},   {MEMORY_PAL_CODE, false},
        {0x70000000U, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct memory_map map = map_new(5, 48);

        assert_int_equal(memory_map_end(&map), 0);
        map_add(&map, MEMORY_CONVENTIONAL, 5, 10, WB);
        map_add(&map, cases[i].type, 20, 30, WB);
        map_add(&map, MEMORY_CONVENTIONAL, 2, 4, WB);
        map_add(&map, cases[i].type, 40, 40, WB); /* describes nothing */
        map_add_raw(&map, cases[i].type, UINT64_MAX & ~(PAGE_SIZE - 1), 2, WB);
        assert_int_equal(memory_map_end(&map), (cases[i].counts ? 30 : 10) * PAGE_SIZE);
        map_free(&map);
    }
}

static void a_start_that_is_no_pages_is_noticed(void **state)
{
    struct memory_descriptor descriptors[] = {{.physical_start = 0x1000, .page_count = 1},
                                              {.physical_start = 0x5000, .page_count = 1}};
    const struct memory_map map = {
        .data = (uint8_t *)descriptors, .size = sizeof(descriptors), .descriptor_size = 40};

    (void)state;
    assert_true(memory_map_is_aligned(&map));
    descriptors[1].physical_start = 0x5008;
    assert_false(memory_map_is_aligned(&map));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_is_no_pages_is_noticed),
        cmocka_unit_test(check_names_each_way_to_be_wrong),
        cmocka_unit_test(count_is_of_whole_descriptors_only),
        cmocka_unit_test(at_reads_unaligned_descriptors_of_any_stride),
        cmocka_unit_test(bounds_refuse_what_no_machine_has),
        cmocka_unit_test(general_memory_is_what_a_kernel_gets),
        cmocka_unit_test(memory_ends_where_the_highest_of_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
