/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_code.h"

#include "core/memory/memory_map.h"
#include "unit/fixture/exact.h"

#define XP (1ULL << 14)
#define RO (1ULL << 17)

/* An EFI_MEMORY_ATTRIBUTES_TABLE with descriptors of 48 bytes, as edk2 makes it. */
struct table {
    uint32_t version;
    uint32_t count;
    uint32_t descriptor_size;
    uint32_t flags;
    struct {
        struct memory_descriptor descriptor;
        uint64_t padding;
    } entries[RUNTIME_CODE_MAX + 1];
};

static struct table table;

static int begin(void **state)
{
    (void)state;
    memset(&table, 0, sizeof(table));
    table.version = 1;
    table.descriptor_size = 48;
    return 0;
}

static void add(uint32_t type, uint64_t start, uint64_t pages, uint64_t attribute)
{
    table.entries[table.count++].descriptor = (struct memory_descriptor){
        .type = type, .physical_start = start, .page_count = pages, .attribute = attribute};
}

static bool find(struct runtime_code *ret_code)
{
    struct span bytes = exact_copy(&table, 16 + 48ULL * table.count);
    bool found;

    assert_int_equal(runtime_code_table_size(bytes), bytes.size);
    found = runtime_code_find(bytes, ret_code);
    exact_free(bytes);
    return found;
}

static void read_only_code_is_found_and_data_are_not(void **state)
{
    struct runtime_code code;

    (void)state;
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x1000, 1, XP);      /* PE header */
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x2000, 3, RO);      /* .text */
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x5000, 2, XP);      /* .data */
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x7000, 1, RO | XP); /* .rodata */
    add(MEMORY_RUNTIME_SERVICES_DATA, 0x8000, 5, XP);
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x900000000, 1, RO | 1ULL << 63);
    assert_true(find(&code));
    assert_int_equal(code.count, 2);
    assert_int_equal(code.ranges[0].start, 0x2000);
    assert_int_equal(code.ranges[0].end, 0x5000);
    assert_int_equal(code.ranges[1].start, 0x900000000);
    assert_int_equal(code.ranges[1].end, 0x900001000);
}

static void code_that_is_writable_too_can_not_be_mapped(void **state)
{
    struct runtime_code code;

    (void)state;
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x2000, 3, RO);
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x5000, 2, 0);
    assert_false(find(&code));
}

static void a_table_without_code_is_none(void **state)
{
    struct runtime_code code;

    (void)state;
    assert_false(find(&code));
    add(MEMORY_RUNTIME_SERVICES_DATA, 0x2000, 3, XP);
    assert_false(find(&code));
}

static void wild_ranges_are_refused(void **state)
{
    static const uint64_t ranges[][2] = {
        {0x2001, 1},
        {0x2000, 0},
        {0x2000, UINT64_MAX},
        {0x2000, 1ULL << 52},
        {UINT64_MAX & ~0xfffULL, 1},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        struct runtime_code code;

        begin(state);
        add(MEMORY_RUNTIME_SERVICES_CODE, ranges[i][0], ranges[i][1], RO);
        assert_false(find(&code));
    }
}

static void more_ranges_than_there_is_room_for_are_refused(void **state)
{
    struct runtime_code code;

    (void)state;
    for (uint64_t i = 0; i < RUNTIME_CODE_MAX; i++)
        add(MEMORY_RUNTIME_SERVICES_CODE, 0x10000 + i * 0x2000, 1, RO);
    assert_true(find(&code));
    assert_int_equal(code.count, RUNTIME_CODE_MAX);
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x9000000, 1, RO);
    assert_false(find(&code));
}

static void headers_that_can_not_be_true_are_refused(void **state)
{
    struct runtime_code code;

    (void)state;
    add(MEMORY_RUNTIME_SERVICES_CODE, 0x2000, 1, RO);
    for (uint32_t size = 0; size < 40; size++) {
        table.descriptor_size = size;
        assert_int_equal(runtime_code_table_size(span_of(&table, 16)), 0);
    }
    table.descriptor_size = UINT32_MAX;
    assert_int_equal(runtime_code_table_size(span_of(&table, 16)), 0);
    table.descriptor_size = 48;
    table.count = UINT32_MAX;
    assert_int_equal(runtime_code_table_size(span_of(&table, 16)), 0);
    assert_false(runtime_code_find(span_of(&table, sizeof(table)), &code));
    table.count = 1;
    for (size_t size = 0; size < 16 + 40; size++) {
        struct span bytes = exact_copy(&table, size);

        assert_false(runtime_code_find(bytes, &code));
        exact_free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(read_only_code_is_found_and_data_are_not, begin),
        cmocka_unit_test_setup(code_that_is_writable_too_can_not_be_mapped, begin),
        cmocka_unit_test_setup(a_table_without_code_is_none, begin),
        cmocka_unit_test_setup(wild_ranges_are_refused, begin),
        cmocka_unit_test_setup(more_ranges_than_there_is_room_for_are_refused, begin),
        cmocka_unit_test_setup(headers_that_can_not_be_true_are_refused, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
