/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/guard/guard_map.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Asks with exactly as much room as is needed. */
static bool same(const struct memory_map *held, const struct memory_map *accepted)
{
    size_t numbers = guard_map_room(memory_map_count(held), memory_map_count(accepted));
    uint64_t *room = malloc(numbers * sizeof(*room) + 1);
    bool answer;

    assert_non_null(room);
    answer = guard_map_same(held, accepted, room, numbers);
    free(room);
    return answer;
}

/* A small machine. */
static struct memory_map machine(uint64_t stride)
{
    struct memory_map map = map_new(64, stride);

    map_add(&map, MEMORY_CONVENTIONAL, 0, 0xa0, WB);
    map_add(&map, MEMORY_LOADER_DATA, 0x100, 0x180, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x180, 0x400, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 0x400, 0x480, WB);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 0x480, 0x490, WB | RUNTIME);
    map_add(&map, MEMORY_ACPI_RECLAIM, 0x490, 0x4a0, WB);
    return map;
}

static void equal_maps_are_the_same_without_any_room(void **state)
{
    struct memory_map held = machine(48);
    struct memory_map accepted = machine(48);

    (void)state;
    assert_true(guard_map_same(&held, &accepted, NULL, 0));
    accepted.data[0] = MEMORY_BOOT_SERVICES_DATA;
    assert_false(guard_map_same(&held, &accepted, NULL, 0));
    map_free(&held);
    map_free(&accepted);
}

static void how_general_memory_is_cut_up_does_not_count(void **state)
{
    struct memory_map held = machine(48);
    struct memory_map accepted = map_new(64, 56);

    (void)state;
    map_add(&accepted, MEMORY_RUNTIME_SERVICES_DATA, 0x480, 0x490, WB | RUNTIME);
    map_add(&accepted, MEMORY_BOOT_SERVICES_CODE, 0x1c0, 0x480, WB);
    map_add(&accepted, MEMORY_CONVENTIONAL, 0x0, 0x90, WB);
    map_add(&accepted, MEMORY_LOADER_CODE, 0x90, 0xa0, WB);
    map_add(&accepted, MEMORY_CONVENTIONAL, 0xa0, 0x1c0, WB); /* more than before */
    map_add(&accepted, MEMORY_ACPI_RECLAIM, 0x490, 0x4a0, WB);
    assert_true(same(&held, &accepted));
    assert_true(same(&accepted, &accepted));
    assert_false(same(&accepted, &held)); /* 0xa0 to 0x100 would be used and is nobody's */
    map_free(&held);
    map_free(&accepted);
}

static void memory_that_has_become_the_firmwares_is_seen(void **state)
{
    static const uint32_t types[] = {MEMORY_RESERVED,
                                     MEMORY_RUNTIME_SERVICES_CODE,
                                     MEMORY_ACPI_NVS,
                                     MEMORY_UNUSABLE,
                                     MEMORY_PERSISTENT,
                                     MEMORY_UNACCEPTED,
                                     MEMORY_MAPPED_IO,
                                     0x70000001,
                                     MEMORY_RUNTIME_SERVICES_DATA};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct memory_map held = machine(48);
        struct memory_map accepted = machine(48);

        map_add(&accepted, types[i], 0x300, 0x301, WB);
        assert_false(same(&held, &accepted));
        assert_false(same(&accepted, &held));
        map_free(&held);
        map_free(&accepted);
    }
}

static void a_hole_in_usable_memory_is_seen(void **state)
{
    struct memory_map held = machine(48);
    struct memory_map accepted = map_new(64, 48);

    (void)state;
    map_add(&accepted, MEMORY_CONVENTIONAL, 0, 0xa0, WB);
    map_add(&accepted, MEMORY_LOADER_DATA, 0x100, 0x180, WB);
    map_add(&accepted, MEMORY_CONVENTIONAL, 0x180, 0x2ff, WB);
    map_add(&accepted, MEMORY_CONVENTIONAL, 0x300, 0x480, WB);
    map_add(&accepted, MEMORY_RUNTIME_SERVICES_DATA, 0x480, 0x490, WB | RUNTIME);
    map_add(&accepted, MEMORY_ACPI_RECLAIM, 0x490, 0x4a0, WB);
    assert_false(same(&held, &accepted));
    assert_true(same(&accepted, &held));
    map_free(&held);
    map_free(&accepted);
}

static void what_has_to_be_kept_is_described_alike(void **state)
{
    (void)state;
    for (unsigned int kind = 0; kind < 4; kind++) {
        struct memory_map held = machine(48);
        struct memory_map accepted = machine(48);
        struct memory_descriptor runtime = memory_map_at(&held, 4);

        runtime.type += kind == 0 ? 1 : 0;
        runtime.physical_start += kind == 1 ? PAGE_SIZE : 0;
        runtime.page_count -= kind == 2 ? 1 : 0;
        runtime.attribute ^= kind == 3 ? 1 : 0;
        memcpy(accepted.data + 4 * 48, &runtime, sizeof(runtime));
        assert_false(same(&held, &accepted));
        map_free(&held);
        map_free(&accepted);
    }
}

static void memory_set_aside_counts_as_kept(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        struct memory_map held = machine(48);
        struct memory_map accepted = machine(48);

        map_add(&held, MEMORY_CONVENTIONAL, 0x500, 0x600, WB);
        map_add(&accepted, MEMORY_CONVENTIONAL, 0x500, 0x600, WB | (i == 0 ? SP : RUNTIME));
        assert_false(same(&held, &accepted));
        assert_false(same(&accepted, &held));
        map_free(&held);
        map_free(&accepted);
    }
}

static void without_room_different_maps_are_different(void **state)
{
    struct memory_map held = machine(48);
    struct memory_map accepted = machine(48);
    size_t numbers;
    uint64_t room[64];

    (void)state;
    map_add(&accepted, MEMORY_CONVENTIONAL, 0x500, 0x600, WB);
    numbers = guard_map_room(memory_map_count(&held), memory_map_count(&accepted));
    assert_true(numbers <= 64);
    assert_true(guard_map_same(&held, &accepted, room, numbers));
    assert_false(guard_map_same(&held, &accepted, room, numbers - 1));
    map_free(&held);
    map_free(&accepted);
}

/* --- shrinking --------------------------------------------------------------------------------
 */

/* The page's type in the map: what an operating system may use is MEMORY_CONVENTIONAL here. */
static uint32_t kind_of(const struct memory_map *map, uint64_t page)
{
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t first = descriptor.physical_start / PAGE_SIZE;

        if (page >= first && page - first < descriptor.page_count)
            return memory_type_is_general(descriptor.type) ? MEMORY_CONVENTIONAL : descriptor.type;
    }
    return UINT32_MAX;
}

static void map_that_fits_is_left_alone(void **state)
{
    struct memory_map map = machine(48);
    struct memory_map before = machine(48);

    (void)state;
    assert_true(guard_map_shrink(&map, map.size));
    assert_int_equal(map.size, before.size);
    assert_memory_equal(map.data, before.data, map.size);
    map_free(&map);
    map_free(&before);
}

static void small_neighbours_go_first_and_no_more_than_needed(void **state)
{
    struct memory_map map = map_new(8, 48);
    struct memory_descriptor merged;

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 0x1000, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 0x1000, 0x1001, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x1001, 0x1002, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x2000, 0x2004, WB);
    map_add(&map, MEMORY_LOADER_DATA, 0x2004, 0x2008, WB);
    assert_true(guard_map_shrink(&map, 4 * 48 + 47));
    assert_int_equal(memory_map_count(&map), 4);
    merged = memory_map_at(&map, 1);
    assert_int_equal(merged.type, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(merged.physical_start, 0x1000000);
    assert_int_equal(merged.page_count, 2);
    assert_int_equal(merged.attribute, WB);
    assert_true(guard_map_shrink(&map, 3 * 48));
    merged = memory_map_at(&map, 2);
    assert_int_equal(merged.type, MEMORY_LOADER_DATA);
    assert_int_equal(merged.page_count, 8);
    assert_true(guard_map_shrink(&map, 2 * 48));
    assert_int_equal(memory_map_at(&map, 0).page_count, 0x1002);
    assert_false(guard_map_shrink(&map, 48)); /* there is a hole between the two */
    assert_int_equal(memory_map_count(&map), 2);
    map_free(&map);
}

static void the_more_careful_type_wins(void **state)
{
    static const uint32_t types[][3] = {
        {MEMORY_CONVENTIONAL, MEMORY_BOOT_SERVICES_CODE, MEMORY_BOOT_SERVICES_CODE},
        {MEMORY_BOOT_SERVICES_CODE, MEMORY_CONVENTIONAL, MEMORY_BOOT_SERVICES_CODE},
        {MEMORY_BOOT_SERVICES_DATA, MEMORY_LOADER_CODE, MEMORY_LOADER_CODE},
        {MEMORY_LOADER_DATA, MEMORY_BOOT_SERVICES_DATA, MEMORY_LOADER_DATA},
        {MEMORY_CONVENTIONAL, MEMORY_LOADER_DATA, MEMORY_LOADER_DATA},
        {MEMORY_CONVENTIONAL, MEMORY_CONVENTIONAL, MEMORY_CONVENTIONAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct memory_map map = map_new(2, 40);

        map_add(&map, types[i][0], 1, 2, WB);
        map_add(&map, types[i][1], 2, 3, WB);
        assert_true(guard_map_shrink(&map, 40));
        assert_int_equal(memory_map_at(&map, 0).type, types[i][2]);
        map_free(&map);
    }
}

static void what_is_not_of_one_kind_stays_apart(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t first;
        uint64_t attribute;
    } next[] = {
        {MEMORY_RUNTIME_SERVICES_DATA, 2, WB},
        {MEMORY_RESERVED, 2, WB},
        {MEMORY_ACPI_NVS, 2, WB},
        {MEMORY_PERSISTENT, 2, WB},
        {MEMORY_UNACCEPTED, 2, WB},
        {MEMORY_CONVENTIONAL, 3, WB},
        {MEMORY_CONVENTIONAL, 2, WB | 1},
        {MEMORY_CONVENTIONAL, 2, WB | SP},
        {0x80000001, 2, WB},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
        struct memory_map map = map_new(2, 48);

        map_add(&map, MEMORY_CONVENTIONAL, 1, 2, WB);
        map_add(&map, next[i].type, next[i].first, next[i].first + 1, next[i].attribute);
        assert_false(guard_map_shrink(&map, 48));
        assert_int_equal(memory_map_count(&map), 2);
        map_free(&map);
    }
    struct memory_map map = map_new(2, 48);

    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 1, 2, WB | RUNTIME);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 2, 3, WB | RUNTIME);
    assert_false(guard_map_shrink(&map, 48));
    map_free(&map);
}

static void nonsense_is_left_alone(void **state)
{
    struct memory_map map = map_new(3, 48);

    (void)state;
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0x1000, UINT64_MAX, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0, 2, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0x2000, UINT64_MAX, WB);
    assert_false(guard_map_shrink(&map, 48));
    assert_int_equal(memory_map_count(&map), 3);
    map.size = 0;
    assert_true(guard_map_shrink(&map, 0));
    map.descriptor_size = 0;
    assert_true(guard_map_shrink(&map, 48));
    assert_int_equal(map.size, 0);
    map_free(&map);
}

/* Whatever is merged: each page is what it was, as far as that counts. */
static void random_maps_keep_their_meaning(void **state)
{
    uint64_t seed = 0x1234567;

    (void)state;
    for (unsigned int round = 0; round < 300; round++) {
        struct memory_map before = map_new(200, 48);
        struct memory_map map = map_new(200, 48);
        uint64_t page = 0;
        size_t wanted;
        bool fits;

        for (unsigned int i = 0; i < 200; i++) {
            uint64_t pages = next_random(&seed) % 5 + 1;
            uint32_t type = (uint32_t)(next_random(&seed) % 9);

            page += next_random(&seed) % 10 == 0;
            map_add(&before, type, page, page + pages, next_random(&seed) % 8 == 0 ? WB | SP : WB);
            page += pages;
        }
        memcpy(map.data, before.data, before.size);
        map.size = before.size;
        wanted = next_random(&seed) % 200;
        fits = guard_map_shrink(&map, wanted * 48);
        assert_int_equal(fits, memory_map_count(&map) <= wanted);
        if (memory_map_count(&map) < 200 && fits)
            assert_int_equal(memory_map_count(&map), wanted); /* not one more than needed */
        for (uint64_t at = 0; at < page; at++)
            assert_int_equal(kind_of(&map, at), kind_of(&before, at));
        assert_true(same(&map, &before) && same(&before, &map));
        map_free(&map);
        map_free(&before);
    }
}

int main(void)
{
    const struct CMUnitTest guard_map[] = {
        cmocka_unit_test(equal_maps_are_the_same_without_any_room),
        cmocka_unit_test(how_general_memory_is_cut_up_does_not_count),
        cmocka_unit_test(memory_that_has_become_the_firmwares_is_seen),
        cmocka_unit_test(a_hole_in_usable_memory_is_seen),
        cmocka_unit_test(what_has_to_be_kept_is_described_alike),
        cmocka_unit_test(memory_set_aside_counts_as_kept),
        cmocka_unit_test(without_room_different_maps_are_different),
        cmocka_unit_test(map_that_fits_is_left_alone),
        cmocka_unit_test(small_neighbours_go_first_and_no_more_than_needed),
        cmocka_unit_test(the_more_careful_type_wins),
        cmocka_unit_test(what_is_not_of_one_kind_stays_apart),
        cmocka_unit_test(nonsense_is_left_alone),
        cmocka_unit_test(random_maps_keep_their_meaning),
    };

    return cmocka_run_group_tests(guard_map, NULL, NULL);
}
