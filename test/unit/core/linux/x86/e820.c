/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/e820.h"

#include "core/base/span.h"
#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What one conversion gave, and the exact-sized memory it was given. */
struct result {
    enum e820_error error;
    struct e820_counts counts;
    uint8_t *table;
    uint8_t *extension;
};

static struct result convert(const struct memory_map *map, size_t extension_capacity,
                             bool soft_reserve)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    uint64_t *events = malloc(capacity * sizeof(*events) + 1);
    uint64_t *scratch = malloc(capacity * sizeof(*scratch) + 1);
    struct result result = {.table = malloc(128 * 20), .counts = {77, 78}};
    struct e820_target target = {.extension_capacity = extension_capacity,
                                 .soft_reserve = soft_reserve};
    struct ranges walk;

    assert_non_null(events);
    assert_non_null(scratch);
    if (extension_capacity != 0)
        result.extension = malloc(extension_capacity * 20);
    target.table = result.table;
    target.extension = result.extension;
    assert_true(ranges_begin(&walk, map, events, scratch, capacity));
    result.error = e820_convert(&walk, &target, &result.counts);
    free(events);
    free(scratch);
    return result;
}

static void result_free(struct result *result)
{
    free(result->table);
    free(result->extension);
}

struct entry {
    uint64_t start;
    uint64_t size;
    uint32_t type;
};

static struct entry entry_of(const struct result *result, size_t index)
{
    struct span bytes = index < 128 ? span_of(result->table + index * 20, 20)
                                    : span_of(result->extension + (index - 128) * 20, 20);
    struct entry entry = {0};

    assert_true(span_u64(bytes, 0, &entry.start) && span_u64(bytes, 8, &entry.size) &&
                span_u32(bytes, 16, &entry.type));
    return entry;
}

static void each_type_becomes_what_the_stub_makes_of_it(void **state)
{
    static const struct {
        uint32_t efi;
        uint64_t attribute;
        uint32_t e820; /* 0: not listed */
    } cases[] = {
        {0, 0, 2},           {1, 0, 1},           {2, 0, 1},           {3, 0, 1},
        {4, 0, 1},           {5, RUNTIME, 2},     {6, RUNTIME, 2},     {7, 0, 1},
        {8, 0, 5},           {9, 0, 3},           {10, 0, 4},          {11, RUNTIME, 2},
        {12, 0, 2},          {13, 0, 2},          {14, 0, 7},          {15, 0, 0},
        {16, 0, 2},          {0x70000000, 0, 2},  {0xffffffff, 0, 2},  {1, SP, 0xefffffff},
        {2, SP, 0xefffffff}, {3, SP, 0xefffffff}, {4, SP, 0xefffffff}, {7, SP, 0xefffffff},
        {9, SP, 3},          {14, SP, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct memory_map map = map_new(2, 48);
        struct result result;

        map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB);
        map_add(&map, cases[i].efi, 4, 6, cases[i].attribute);
        result = convert(&map, 0, true);
        assert_int_equal(result.error, E820_OK);
        assert_int_equal(result.counts.table, cases[i].e820 == 0 ? 1 : 2);
        if (cases[i].e820 != 0) {
            assert_int_equal(entry_of(&result, 1).start, 0x4000);
            assert_int_equal(entry_of(&result, 1).size, 0x2000);
            assert_int_equal(entry_of(&result, 1).type, cases[i].e820);
        }
        result_free(&result);
        map_free(&map);
    }
}

static void specific_purpose_memory_is_plain_when_the_user_says_so(void **state)
{
    struct memory_map map = map_new(1, 48);
    struct result result;

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB | SP);
    result = convert(&map, 0, false);
    assert_int_equal(result.error, E820_OK);
    assert_int_equal(entry_of(&result, 0).type, 1);
    result_free(&result);
    result = convert(&map, 0, true);
    assert_int_equal(result.error, E820_NO_MEMORY);
    result_free(&result);
    map_free(&map);
}

static void entries_of_one_type_that_touch_are_one(void **state)
{
    struct memory_map map = map_new(8, 48);
    struct result result;

    (void)state;
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 0, 1, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 1, 0x9f, WB);
    map_add(&map, MEMORY_RESERVED, 0x9f, 0xa0, WB);
    map_add(&map, MEMORY_RUNTIME_SERVICES_CODE, 0xa0, 0xa1, WB);
    map_add(&map, MEMORY_LOADER_CODE, 0x100, 0x200, WB);
    map_add(&map, MEMORY_UNACCEPTED, 0x200, 0x300, WB);
    map_add(&map, MEMORY_LOADER_DATA, 0x300, 0x400, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x401, 0x402, WB);
    result = convert(&map, 0, true);
    assert_int_equal(result.counts.table, 5);
    assert_int_equal(result.counts.extension, 0);
    assert_int_equal(entry_of(&result, 0).start, 0);
    assert_int_equal(entry_of(&result, 0).size, 0x9f000);
    assert_int_equal(entry_of(&result, 1).start, 0x9f000);
    assert_int_equal(entry_of(&result, 1).size, 0x2000);
    /* What is unaccepted is a hole, not a bridge. */
    assert_int_equal(entry_of(&result, 2).size, 0x100000);
    assert_int_equal(entry_of(&result, 3).start, 0x300000);
    assert_int_equal(entry_of(&result, 4).start, 0x401000);
    result_free(&result);
    map_free(&map);
}

/* `count` entries that cannot be merged, handed over in descending order. */
static struct memory_map alternating(size_t count)
{
    struct memory_map map = map_new(count, 48);

    for (size_t i = count; i-- != 0;)
        map_add(&map, i % 2 == 0 ? MEMORY_CONVENTIONAL : MEMORY_RESERVED, i, i + 1, WB);
    return map;
}

static void entry_129_goes_into_the_extension(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 400; count++) {
        struct memory_map map = alternating(count);
        struct result result = convert(&map, count > 128 ? count - 128 : 0, true);

        assert_int_equal(result.error, E820_OK);
        assert_int_equal(result.counts.table, count < 128 ? count : 128);
        assert_int_equal(result.counts.extension, count < 128 ? 0 : count - 128);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(entry_of(&result, i).start, i * PAGE_SIZE);
            assert_int_equal(entry_of(&result, i).size, PAGE_SIZE);
            assert_int_equal(entry_of(&result, i).type, i % 2 == 0 ? 1 : 2);
        }
        result_free(&result);
        map_free(&map);
    }
}

static void too_small_an_extension_is_said_and_never_overrun(void **state)
{
    struct memory_map map = alternating(300);

    (void)state;
    for (size_t capacity = 0; capacity < 172; capacity++) {
        struct result result = convert(&map, capacity, true);

        assert_int_equal(result.error, E820_TRUNCATED);
        assert_int_equal(result.counts.table, 128);
        assert_int_equal(result.counts.extension, capacity);
        assert_int_equal(entry_of(&result, 127 + capacity).start, (127 + capacity) * PAGE_SIZE);
        result_free(&result);
    }
    map_free(&map);
}

static void extension_max_covers_the_worst_map(void **state)
{
    (void)state;
    assert_int_equal(e820_extension_max(0), 0);
    assert_int_equal(e820_extension_max(64), 0);
    assert_int_equal(e820_extension_max(65), 2);
    /* Reserved pages inside one large piece of memory: two borders each. */
    for (size_t count = 2; count < 300; count++) {
        struct memory_map map = map_new(count, 48);
        struct result result;

        map_add(&map, MEMORY_CONVENTIONAL, 0, 2 * count, WB);
        for (size_t i = 1; i < count; i++)
            map_add(&map, MEMORY_RESERVED, 2 * i - 1, 2 * i, WB);
        result = convert(&map, e820_extension_max(count), true);
        assert_int_equal(result.error, E820_OK);
        assert_int_equal(result.counts.table + result.counts.extension, 2 * count - 1);
        result_free(&result);
        map_free(&map);
    }
}

static void a_map_without_memory_is_refused(void **state)
{
    struct memory_map map = map_new(300, 48);
    struct result result;

    (void)state;
    result = convert(&map, 0, true);
    assert_int_equal(result.error, E820_NO_MEMORY);
    result_free(&result);
    for (size_t i = 0; i < 300; i++)
        map_add(&map, i % 2 == 0 ? MEMORY_RESERVED : MEMORY_ACPI_NVS, i, i + 1, WB);
    result = convert(&map, 0, true);
    assert_int_equal(result.error, E820_NO_MEMORY);
    /* Untouched on failure. */
    assert_int_equal(result.counts.table, 77);
    assert_int_equal(result.counts.extension, 78);
    result_free(&result);
    map_free(&map);
}

static void random_maps_give_ascending_disjoint_entries(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (unsigned int round = 0; round < 500; round++) {
        const size_t count = next_random(&seed) % 200;
        struct memory_map map = map_new(count, 48);
        struct result result;
        uint64_t end = 0;
        uint32_t type = 0;

        map_fill_random(&map, count, 1000, &seed);
        result = convert(&map, e820_extension_max(count), true);
        if (result.error == E820_OK) {
            for (size_t i = 0; i < result.counts.table + result.counts.extension; i++) {
                struct entry entry = entry_of(&result, i);

                assert_true(entry.size != 0 && entry.start >= end);
                assert_true(entry.start != end || entry.type != type || i == 0);
                end = entry.start + entry.size;
                type = entry.type;
            }
        } else {
            assert_int_equal(result.error, E820_NO_MEMORY);
        }
        result_free(&result);
        map_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_becomes_what_the_stub_makes_of_it),
        cmocka_unit_test(specific_purpose_memory_is_plain_when_the_user_says_so),
        cmocka_unit_test(entries_of_one_type_that_touch_are_one),
        cmocka_unit_test(entry_129_goes_into_the_extension),
        cmocka_unit_test(too_small_an_extension_is_said_and_never_overrun),
        cmocka_unit_test(extension_max_covers_the_worst_map),
        cmocka_unit_test(a_map_without_memory_is_refused),
        cmocka_unit_test(random_maps_give_ascending_disjoint_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
