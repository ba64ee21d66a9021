/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/efi_map_shrink.h"

#include "core/memory/ranges.h"
#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT  262144U /* 64 pages */
#define STRIDE 64U
#define FIT    (LIMIT / STRIDE) /* descriptors that fit */

/* A map whose buffer begins `offset` bytes into a page. */
static struct memory_map page_map(size_t capacity, uint64_t stride, size_t offset,
                                  void **ret_buffer)
{
    struct memory_map map = {.descriptor_size = stride, .descriptor_version = 1};

    assert_int_equal(posix_memalign(ret_buffer, PAGE_SIZE, offset + capacity * stride), 0);
    map.data = (uint8_t *)*ret_buffer + offset;
    return map;
}

/* Replaces `map` by what comes out; the other map lies as this one does, in memory of its size. */
static enum efi_map_shrink shrink(struct memory_map *map)
{
    const size_t count = efi_map_shrink_scratch(memory_map_count(map));
    const size_t offset = (uintptr_t)map->data % PAGE_SIZE;
    uint64_t *keys = malloc(count * sizeof(*keys));
    uint64_t *scratch = malloc(count * sizeof(*scratch));
    uint8_t *before = malloc(map->size);
    struct memory_map other = {.size = 1234};
    enum efi_map_shrink result;
    void *buffer = NULL;

    assert_non_null(keys);
    assert_non_null(scratch);
    assert_non_null(before);
    assert_int_equal(posix_memalign(&buffer, PAGE_SIZE, offset + map->size), 0);
    other.data = (uint8_t *)buffer + offset;
    memcpy(before, map->data, map->size);
    result = efi_map_shrink(map, keys, scratch, count, &other);
    assert_memory_equal(map->data, before, map->size);
    if (result == EFI_MAP_FITS || result == EFI_MAP_STILL_TOO_LARGE) {
        assert_int_equal(other.size, 1234); /* untouched */
    } else {
        assert_true(efi_map_fits(&other));
        assert_int_equal(other.descriptor_size, map->descriptor_size);
        assert_int_equal(other.descriptor_version, map->descriptor_version);
        memcpy(map->data, other.data, other.size);
        map->size = other.size;
    }
    free(keys);
    free(scratch);
    free(before);
    free(buffer);
    return result;
}

static void fill(struct memory_map *map, size_t count)
{
    for (size_t i = count; i-- != 0;)
        map_add(map, i % 2 == 0 ? MEMORY_RESERVED : MEMORY_ACPI_NVS, i, i + 1, WB);
}

static void a_map_that_fits_stays(void **state)
{
    static const struct {
        size_t offset;
        size_t count;
        bool fits;
    } cases[] = {
        {0, 1, true},        {0, FIT, true},         {0, FIT + 1, false},     {64, FIT, false},
        {64, FIT - 1, true}, {4032, FIT - 63, true}, {4032, FIT - 62, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *buffer;
        struct memory_map map = page_map(cases[i].count, STRIDE, cases[i].offset, &buffer);

        fill(&map, cases[i].count);
        assert_int_equal(efi_map_fits(&map), cases[i].fits);
        assert_int_equal(shrink(&map), cases[i].fits ? EFI_MAP_FITS : EFI_MAP_STILL_TOO_LARGE);
        free(buffer);
    }
}

static void without_scratch_there_is_no_other_map(void **state)
{
    void *buffer = NULL;
    struct memory_map map = page_map(FIT + 1, STRIDE, 0, &buffer);
    struct memory_map other = {0};
    uint64_t keys[4];

    (void)state;
    fill(&map, FIT + 1);
    assert_int_equal(efi_map_shrink(&map, keys, keys, 4, &other), EFI_MAP_STILL_TOO_LARGE);
    assert_int_equal(map.size, (FIT + 1) * STRIDE);
    assert_int_equal(memory_map_at(&map, 0).physical_start, FIT * PAGE_SIZE);
    free(buffer);
}

static void equal_neighbours_are_merged_and_nothing_more(void **state)
{
    const uint32_t count = FIT + 2;
    void *buffer = NULL;
    struct memory_map map = page_map(count, STRIDE, 0, &buffer);
    struct memory_descriptor merged;

    (void)state;
    /* Two pairs that merge, in descending order; boot types that would merge in the next step. */
    for (uint64_t i = count; i-- != 0;)
        map_add(&map, i < 4 ? MEMORY_CONVENTIONAL : 1 + i % 4, i, i + 1, i < 2 ? WB : WB | 1);
    assert_int_equal(shrink(&map), EFI_MAP_MERGED_EQUAL);
    assert_int_equal(memory_map_count(&map), FIT);
    merged = memory_map_at(&map, 0);
    assert_int_equal(merged.type, MEMORY_CONVENTIONAL);
    assert_int_equal(merged.physical_start, 0);
    assert_int_equal(merged.page_count, 2);
    assert_int_equal(merged.attribute, WB);
    assert_int_equal(memory_map_at(&map, 1).page_count, 2);
    for (uint64_t i = 2; i < FIT; i++) {
        struct memory_descriptor descriptor = memory_map_at(&map, i);

        assert_int_equal(descriptor.physical_start, (i + 2) * PAGE_SIZE);
        assert_int_equal(descriptor.page_count, 1);
        assert_int_equal(descriptor.type, 1 + (i + 2) % 4);
    }
    free(buffer);
}

static void bytes_behind_the_known_ones_stay_with_their_descriptor(void **state)
{
    (void)state;
    for (uint64_t stride = 41; stride <= 72; stride++) {
        const uint32_t count = (uint32_t)(LIMIT / stride) + 1;
        void *buffer;
        struct memory_map map = page_map(count, stride, 0, &buffer);

        /* A permutation with many cycles, and one descriptor that merges away. */
        for (uint32_t i = 0; i < count; i++) {
            uint64_t page = (uint64_t)i * 7 % count;

            map_add(&map, page % 2 == 0 || page == 1 ? MEMORY_CONVENTIONAL : MEMORY_RESERVED, page,
                    page + 1, WB);
            memset(map.data + map.size - (stride - 40), (int)(page % 251), stride - 40);
        }
        if (count % 7 == 0) {
            free(buffer);
            continue;
        }
        assert_int_equal(shrink(&map), EFI_MAP_MERGED_EQUAL);
        for (size_t i = 0; i < memory_map_count(&map); i++) {
            uint64_t page = memory_map_at(&map, i).physical_start / PAGE_SIZE;

            assert_true(i == 0 || page > memory_map_at(&map, i - 1).physical_start / PAGE_SIZE);
            for (uint64_t byte = 40; byte < stride; byte++)
                assert_int_equal(map.data[i * stride + byte], page % 251);
        }
        free(buffer);
    }
}

/* `count` one-page boot descriptors; each of the types 1 to 4, attributes of code and data. */
static void add_boot_types(struct memory_map *map, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        map_add(map, (uint32_t)(1 + i % 4), i, i + 1, WB | (i % 2 == 0 ? 0x4000 : 0x20000));
}

static void boot_types_become_boot_services_data(void **state)
{
    const uint32_t count = FIT + 100;
    void *buffer = NULL;
    struct memory_map map = page_map(count + 2, STRIDE, 0, &buffer);

    (void)state;
    map_add(&map, MEMORY_LOADER_CODE, count + 10, count + 11, WB);
    map_add(&map, MEMORY_CONVENTIONAL, count, count + 9, WB);
    add_boot_types(&map, 0, count);
    assert_int_equal(shrink(&map), EFI_MAP_MERGED_BOOT);
    assert_int_equal(memory_map_count(&map), 3);
    assert_int_equal(memory_map_at(&map, 0).type, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(memory_map_at(&map, 0).page_count, count);
    assert_int_equal(memory_map_at(&map, 0).attribute, WB);
    assert_int_equal(memory_map_at(&map, 1).type, MEMORY_CONVENTIONAL);
    assert_int_equal(memory_map_at(&map, 1).page_count, 9);
    /* Alone, it keeps its type. */
    assert_int_equal(memory_map_at(&map, 2).type, MEMORY_LOADER_CODE);
    free(buffer);
}

static uint64_t as_linux_needs(uint32_t type, uint64_t attribute)
{
    bool runtime = type == MEMORY_RUNTIME_SERVICES_CODE || type == MEMORY_RUNTIME_SERVICES_DATA;

    return attribute | (runtime ? RUNTIME : 0);
}

static void what_has_another_meaning_is_never_merged(void **state)
{
    static const struct {
        uint32_t left;
        uint64_t left_attribute;
        uint32_t right;
        uint64_t right_attribute;
        uint64_t gap; /* pages between */
    } pairs[] = {
        {MEMORY_RUNTIME_SERVICES_DATA, WB | RUNTIME, MEMORY_RUNTIME_SERVICES_DATA, WB | RUNTIME, 0},
        {MEMORY_RUNTIME_SERVICES_CODE, WB, MEMORY_RUNTIME_SERVICES_CODE, WB, 0},
        {MEMORY_BOOT_SERVICES_DATA, WB | RUNTIME, MEMORY_BOOT_SERVICES_DATA, WB, 0},
        {MEMORY_BOOT_SERVICES_DATA, WB, MEMORY_BOOT_SERVICES_CODE, WB | RUNTIME, 0},
        {MEMORY_BOOT_SERVICES_DATA, WB, MEMORY_LOADER_DATA, WB | SP, 0},
        {MEMORY_LOADER_DATA, WB | SP, MEMORY_LOADER_DATA, WB | SP, 0},
        {MEMORY_LOADER_DATA, WB, MEMORY_LOADER_DATA, WB | 1, 0},              /* cacheability */
        {MEMORY_LOADER_DATA, WB, MEMORY_LOADER_DATA, WB | 0x10000, 0},        /* more reliable */
        {MEMORY_LOADER_DATA, WB, MEMORY_BOOT_SERVICES_DATA, WB | 0x80000, 0}, /* CPU crypto */
        {MEMORY_LOADER_DATA, WB, MEMORY_CONVENTIONAL, WB, 0},
        {MEMORY_CONVENTIONAL, WB, MEMORY_BOOT_SERVICES_DATA, WB, 0},
        {MEMORY_ACPI_RECLAIM, WB, MEMORY_ACPI_NVS, WB, 0},
        {MEMORY_LOADER_DATA, WB, MEMORY_LOADER_DATA, WB, 1},
        {0x70000000, WB, 0x80000000, WB, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        void *buffer;
        struct memory_map map = page_map(FIT + 8, STRIDE, 0, &buffer);
        struct memory_descriptor left;
        struct memory_descriptor right;

        map_add(&map, pairs[i].left, 0, 2, pairs[i].left_attribute);
        map_add(&map, pairs[i].right, 2 + pairs[i].gap, 6, pairs[i].right_attribute);
        add_boot_types(&map, 100, FIT + 6);
        assert_int_equal(shrink(&map), EFI_MAP_MERGED_BOOT);
        assert_int_equal(memory_map_count(&map), 3);
        left = memory_map_at(&map, 0);
        right = memory_map_at(&map, 1);
        assert_int_equal(left.type, pairs[i].left);
        assert_int_equal(left.attribute, as_linux_needs(pairs[i].left, pairs[i].left_attribute));
        assert_int_equal(left.page_count, 2);
        assert_int_equal(right.type, pairs[i].right);
        assert_int_equal(right.attribute, as_linux_needs(pairs[i].right, pairs[i].right_attribute));
        free(buffer);
    }
}

static void overlapping_and_absurd_descriptors_do_no_harm(void **state)
{
    void *buffer = NULL;
    struct memory_map map = page_map(FIT + 10, STRIDE, 0, &buffer);

    (void)state;
    map_add_raw(&map, MEMORY_LOADER_DATA, UINT64_MAX & ~0xfffULL, 2, WB);
    map_add_raw(&map, MEMORY_LOADER_DATA, 0, 0, WB);
    map_add_raw(&map, MEMORY_LOADER_DATA, 0x1000, UINT64_MAX, WB);
    map_add(&map, MEMORY_LOADER_DATA, 1, 10, WB);
    map_add(&map, MEMORY_LOADER_DATA, 5, 12, WB);
    map_add(&map, MEMORY_LOADER_DATA, 1, 10, WB);
    add_boot_types(&map, 100, FIT + 4);
    assert_int_equal(shrink(&map), EFI_MAP_MERGED_BOOT);
    assert_int_equal(memory_map_count(&map), 4);
    assert_int_equal(memory_map_at(&map, 0).page_count, 9);
    assert_int_equal(memory_map_at(&map, 1).page_count, 9);
    assert_int_equal(memory_map_at(&map, 2).page_count, 7);
    free(buffer);
}

static void free_memory_is_left_out_only_when_that_helps(void **state)
{
    void *buffer = NULL;
    struct memory_map map = page_map(4 * (size_t)FIT, STRIDE, 0, &buffer);

    (void)state;
    /* Free pages between reserved ones: nothing merges. */
    for (uint32_t i = 0; i < 2 * FIT; i++)
        map_add(&map, i % 2 == 0 ? MEMORY_CONVENTIONAL : MEMORY_RESERVED, i, i + 1, WB);
    assert_int_equal(shrink(&map), EFI_MAP_LEFT_OUT_FREE);
    assert_int_equal(memory_map_count(&map), FIT);
    for (uint32_t i = 0; i < FIT; i++) {
        assert_int_equal(memory_map_at(&map, i).type, MEMORY_RESERVED);
        assert_int_equal(memory_map_at(&map, i).physical_start, (2 * i + 1) * PAGE_SIZE);
    }
    /* What only looks free stays. */
    map.size = 0;
    map_add(&map, MEMORY_CONVENTIONAL, 4 * FIT, 4 * FIT + 1, WB | SP);
    map_add(&map, MEMORY_CONVENTIONAL, 4 * FIT + 2, 4 * FIT + 3, WB | RUNTIME);
    for (uint32_t i = 0; i < 2 * FIT - 4; i++)
        map_add(&map, i % 2 == 0 ? MEMORY_CONVENTIONAL : MEMORY_RESERVED, i, i + 1, WB);
    assert_int_equal(shrink(&map), EFI_MAP_LEFT_OUT_FREE);
    assert_int_equal(memory_map_count(&map), FIT);
    assert_int_equal(memory_map_at(&map, FIT - 2).attribute, WB | SP);
    assert_int_equal(memory_map_at(&map, FIT - 1).attribute, WB | RUNTIME);
    map.size = 0;
    for (uint32_t i = 0; i < 2 * FIT + 1; i++)
        map_add(&map, i % 2 != 0 ? MEMORY_CONVENTIONAL : MEMORY_RESERVED, i, i + 1, WB);
    assert_int_equal(shrink(&map), EFI_MAP_STILL_TOO_LARGE);
    assert_int_equal(memory_map_count(&map), 2 * FIT + 1);
    free(buffer);
}

static void runtime_regions_get_their_attribute_and_nothing_else_changes(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t attribute;
    } regions[] = {
        {MEMORY_BOOT_SERVICES_DATA, WB}, {MEMORY_RUNTIME_SERVICES_CODE, WB | RUNTIME},
        {MEMORY_BOOT_SERVICES_DATA, WB}, {MEMORY_BOOT_SERVICES_DATA, WB},
        {MEMORY_RESERVED, WB},           {MEMORY_CONVENTIONAL, WB | SP},
        {MEMORY_RESERVED, WB | RUNTIME}, {MEMORY_RUNTIME_SERVICES_DATA, WB},
    };
    const size_t count = sizeof(regions) / sizeof(regions[0]);

    (void)state;
    for (size_t sound = 0; sound < 2; sound++) {
        void *buffer;
        struct memory_map map = page_map(count, STRIDE, 0, &buffer);

        for (size_t i = 0; i < count - sound; i++)
            map_add(&map, regions[i].type, i, i + 1, regions[i].attribute);
        assert_int_equal(shrink(&map), sound == 0 ? EFI_MAP_REPAIRED : EFI_MAP_FITS);
        assert_int_equal(memory_map_count(&map), count - sound);
        for (size_t i = 0; i < count - sound; i++) {
            struct memory_descriptor descriptor = memory_map_at(&map, i);

            assert_int_equal(descriptor.type, regions[i].type);
            assert_int_equal(descriptor.physical_start, i * PAGE_SIZE);
            assert_int_equal(descriptor.page_count, 1);
            assert_int_equal(descriptor.attribute,
                             as_linux_needs(regions[i].type, regions[i].attribute));
        }
        free(buffer);
    }
}

static void little_free_regions_become_part_of_boot_services_memory(void **state)
{
    void *buffer = NULL;
    struct memory_map map = page_map(4 * (size_t)FIT, STRIDE, 0, &buffer);
    const uint64_t large = EFI_MAP_ABSORBED_PAGES + 1;

    (void)state;
    /* Too many single pages of boot services, each between free ones. */
    for (uint32_t i = 0; i < 2 * FIT + 2; i++)
        map_add(&map, i % 2 == 0 ? MEMORY_CONVENTIONAL : MEMORY_BOOT_SERVICES_CODE, i, i + 1, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 2 * FIT + 2, 2 * FIT + 2 + large, WB);
    map_add(&map, MEMORY_LOADER_DATA, 3 * FIT, 3 * FIT + 1, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 3 * FIT + 1, 3 * FIT + large, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 4 * FIT, 4 * FIT + 1, WB | SP);
    assert_int_equal(shrink(&map), EFI_MAP_ABSORBED_FREE);
    assert_int_equal(memory_map_count(&map), 3);
    assert_int_equal(memory_map_at(&map, 0).type, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(memory_map_at(&map, 0).physical_start, PAGE_SIZE);
    assert_int_equal(memory_map_at(&map, 0).page_count, 2 * FIT + 1);
    assert_int_equal(memory_map_at(&map, 1).type, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(memory_map_at(&map, 1).page_count, large);
    assert_int_equal(memory_map_at(&map, 2).attribute, WB | SP);
    free(buffer);
}

static void descriptors_that_describe_nothing_are_left_out(void **state)
{
    static const struct {
        uint64_t start;
        uint64_t pages;
    } nothings[] = {{0, 0}, {0x2000000, 0}, {UINT64_MAX & ~0xfffULL, 2}, {0, UINT64_MAX}};

    (void)state;
    for (size_t i = 0; i < sizeof(nothings) / sizeof(nothings[0]); i++) {
        void *buffer;
        struct memory_map map = page_map(3, STRIDE, 0, &buffer);

        map_add(&map, MEMORY_RESERVED, 5, 6, WB);
        map_add_raw(&map, MEMORY_RESERVED, nothings[i].start, nothings[i].pages, WB);
        map_add(&map, MEMORY_RESERVED, 4, 5, WB);
        assert_int_equal(shrink(&map), EFI_MAP_REPAIRED);
        assert_int_equal(memory_map_count(&map), 2);
        assert_int_equal(memory_map_at(&map, 0).physical_start, 4 * PAGE_SIZE);
        assert_int_equal(memory_map_at(&map, 1).physical_start, 5 * PAGE_SIZE);
        free(buffer);
    }
}

/* General memory by the ranges of a map: what may be merged is never more or less memory. */
static uint64_t pages_of(const struct memory_map *map, bool conventional)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    uint64_t *events = malloc(capacity * sizeof(*events) + 1);
    uint64_t *scratch = malloc(capacity * sizeof(*scratch) + 1);
    struct ranges it;
    struct range range;
    uint64_t pages = 0;

    assert_non_null(events);
    assert_non_null(scratch);
    assert_true(ranges_begin(&it, map, events, scratch, capacity));
    while (ranges_next(&it, &range))
        if (conventional ? range.type == MEMORY_CONVENTIONAL
                         : memory_type_is_general(range.type) && !range.specific_purpose)
            pages += (range.end - range.start) / PAGE_SIZE;
    free(events);
    free(scratch);
    return pages;
}

static void random_maps_keep_their_memory(void **state)
{
    uint64_t seed = 11;
    unsigned int seen[EFI_MAP_STILL_TOO_LARGE + 1] = {0};

    (void)state;
    for (unsigned int round = 0; round < 60; round++) {
        const size_t wild = 1 + next_random(&seed) % 3000;
        const size_t orderly = next_random(&seed) % 3 * FIT;
        void *buffer;
        struct memory_map map = page_map(orderly + wild + FIT, STRIDE, 0, &buffer);
        uint64_t general;
        uint64_t conventional;
        enum efi_map_shrink result;

        add_boot_types(&map, 0, orderly);
        map_fill_random(&map, wild, 60000, &seed);
        for (size_t i = 0; i < FIT; i++)
            map_add(&map, MEMORY_CONVENTIONAL, 100000 + 2 * i, 100001 + 2 * i + round % 2, WB);
        general = pages_of(&map, false);
        conventional = pages_of(&map, true);
        result = shrink(&map);
        seen[result]++;
        assert_true(efi_map_fits(&map) == (result != EFI_MAP_STILL_TOO_LARGE));
        assert_true(pages_of(&map, false) <= general);
        if (result == EFI_MAP_ABSORBED_FREE) /* free memory becomes other general memory */
            assert_true(pages_of(&map, false) - pages_of(&map, true) >= general - conventional);
        else
            assert_int_equal(pages_of(&map, false) - pages_of(&map, true), general - conventional);
        if (result < EFI_MAP_LEFT_OUT_FREE || result == EFI_MAP_STILL_TOO_LARGE)
            assert_int_equal(pages_of(&map, true), conventional);
        free(buffer);
    }
    /* The maps above are of every kind that has something to lose. */
    assert_int_equal(seen[EFI_MAP_FITS], 0);
    assert_true(seen[EFI_MAP_MERGED_EQUAL] != 0);
    assert_true(seen[EFI_MAP_MERGED_BOOT] != 0);
    assert_true(seen[EFI_MAP_LEFT_OUT_FREE] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_that_fits_stays),
        cmocka_unit_test(without_scratch_there_is_no_other_map),
        cmocka_unit_test(equal_neighbours_are_merged_and_nothing_more),
        cmocka_unit_test(bytes_behind_the_known_ones_stay_with_their_descriptor),
        cmocka_unit_test(boot_types_become_boot_services_data),
        cmocka_unit_test(what_has_another_meaning_is_never_merged),
        cmocka_unit_test(overlapping_and_absurd_descriptors_do_no_harm),
        cmocka_unit_test(free_memory_is_left_out_only_when_that_helps),
        cmocka_unit_test(runtime_regions_get_their_attribute_and_nothing_else_changes),
        cmocka_unit_test(descriptors_that_describe_nothing_are_left_out),
        cmocka_unit_test(little_free_regions_become_part_of_boot_services_memory),
        cmocka_unit_test(random_maps_keep_their_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
