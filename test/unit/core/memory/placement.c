/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/placement.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOWHERE 0x123ULL /* an address that is never chosen: no page */

/* Pages in, address in pages out; NOWHERE when nothing fits. */
static uint64_t find(const struct memory_map *map, uint64_t pages, uint64_t alignment,
                     uint64_t first, uint64_t end, bool high)
{
    struct placement_request request = {.size = pages * PAGE_SIZE,
                                        .alignment = alignment * PAGE_SIZE,
                                        .minimum = first * PAGE_SIZE,
                                        .maximum = end * PAGE_SIZE - 1,
                                        .high = high};
    uint64_t address = NOWHERE;

    if (!placement_find(map, &request, &address)) {
        assert_int_equal(address, NOWHERE);
        return NOWHERE;
    }
    assert_int_equal(address % PAGE_SIZE, 0);
    return address / PAGE_SIZE;
}

static void takes_the_lowest_or_the_highest_of_an_unsorted_map(void **state)
{
    struct memory_map map = map_new(4, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0x300, 0x400, WB);
    map_add(&map, MEMORY_BOOT_SERVICES_DATA, 0x200, 0x300, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x150, 0x160, WB);
    map_add(&map, MEMORY_CONVENTIONAL, 0x500, 0x508, WB);
    assert_int_equal(find(&map, 1, 1, 0, 0x1000, false), 0x150);
    assert_int_equal(find(&map, 1, 1, 0, 0x1000, true), 0x507);
    assert_int_equal(find(&map, 0x10, 1, 0, 0x1000, false), 0x150);
    assert_int_equal(find(&map, 0x11, 1, 0, 0x1000, false), 0x300);
    assert_int_equal(find(&map, 0x10, 1, 0, 0x1000, true), 0x3f0);
    assert_int_equal(find(&map, 0x100, 1, 0, 0x1000, true), 0x300);
    assert_int_equal(find(&map, 0x101, 1, 0, 0x1000, true), NOWHERE);
    assert_int_equal(find(&map, 1, 0x100, 0, 0x1000, false), 0x300);
    assert_int_equal(find(&map, 4, 0x20, 0, 0x1000, true), 0x500);
    assert_int_equal(find(&map, 4, 0x400, 0, 0x1000, true), NOWHERE);
    map_free(&map);
}

static void respects_both_limits_to_the_byte(void **state)
{
    struct memory_map map = map_new(1, 48);
    struct placement_request request = {.size = 1, .minimum = 0x105001, .maximum = 0x107fff};
    uint64_t address = NOWHERE;

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0x100, 0x110, WB);
    assert_int_equal(find(&map, 2, 1, 0x105, 0x107, false), 0x105);
    assert_int_equal(find(&map, 2, 1, 0x105, 0x107, true), 0x105);
    assert_int_equal(find(&map, 2, 1, 0x105, 0x106, false), NOWHERE);
    assert_int_equal(find(&map, 1, 1, 0x110, 0x1000, false), NOWHERE);
    assert_int_equal(find(&map, 1, 1, 0, 0x100, true), NOWHERE);
    assert_true(placement_find(&map, &request, &address));
    assert_int_equal(address, 0x106000);
    request.maximum = 0x106ffe; /* one byte short of the page that a byte needs */
    assert_false(placement_find(&map, &request, &address));
    request = (struct placement_request){.size = 1, .minimum = 0x10f000, .maximum = 0x10ffff};
    assert_true(placement_find(&map, &request, &address));
    assert_int_equal(address, 0x10f000);
    request.maximum--;
    assert_false(placement_find(&map, &request, &address));
    request = (struct placement_request){.size = 1, .maximum = 0x107000, .high = true};
    assert_true(placement_find(&map, &request, &address));
    assert_int_equal(address, 0x106000);
    request = (struct placement_request){.size = 1, .minimum = 0x108000, .maximum = 0x107fff};
    assert_false(placement_find(&map, &request, &address));
    request = (struct placement_request){.size = 1, .minimum = 0, .maximum = 0};
    assert_false(placement_find(&map, &request, &address));
    map_free(&map);
}

static void extreme_requests_neither_wrap_nor_match(void **state)
{
    static const struct placement_request requests[] = {
        {.size = 0, .maximum = UINT64_MAX},
        {.size = UINT64_MAX, .maximum = UINT64_MAX},
        {.size = UINT64_MAX - 4095, .maximum = UINT64_MAX},
        {.size = (1ULL << 52) + 1, .maximum = UINT64_MAX},
        {.size = 4096, .minimum = UINT64_MAX, .maximum = UINT64_MAX},
        {.size = 4096, .minimum = 1, .alignment = 1ULL << 63, .maximum = UINT64_MAX},
        {.size = 4096, .minimum = UINT64_MAX - 4095, .maximum = UINT64_MAX, .high = true},
        {.size = 4096, .alignment = 0x3000, .maximum = UINT64_MAX},
        {.size = 4096, .alignment = UINT64_MAX, .maximum = UINT64_MAX},
    };
    struct memory_map map = map_new(3, 48);
    struct placement_request all = {.size = 1ULL << 52, .maximum = UINT64_MAX, .high = true};
    uint64_t address = NOWHERE;

    (void)state;
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0x1000, UINT64_MAX, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, UINT64_MAX & ~0xfffULL, 2, WB);
    map_add_raw(&map, MEMORY_CONVENTIONAL, 0, 1ULL << 40, WB);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_false(placement_find(&map, &requests[i], &address));
        assert_int_equal(address, NOWHERE);
    }
    assert_true(placement_find(&map, &all, &address));
    assert_int_equal(address, 0);
    all.size = 4096;
    assert_true(placement_find(&map, &all, &address));
    assert_true(address == (1ULL << 52) - 4096);
    all.alignment = 1ULL << 63;
    assert_true(placement_find(&map, &all, &address));
    assert_int_equal(address, 0);
    map_free(&map);
}

static void only_conventional_memory_for_everybody_is_free(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 18; type++) {
        struct memory_map map = map_new(1, 48);

        map_add(&map, type, 0x100, 0x110, WB);
        assert_int_equal(find(&map, 1, 1, 0, 0x1000, false),
                         type == MEMORY_CONVENTIONAL ? 0x100 : NOWHERE);
        map.size = 0;
        map_add(&map, type, 0x100, 0x110, WB | SP);
        assert_int_equal(find(&map, 1, 1, 0, 0x1000, false), NOWHERE);
        map_free(&map);
    }
}

static void a_map_that_contradicts_itself_is_not_believed(void **state)
{
    struct memory_map map = map_new(5, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0x100, 0x200, WB);
    map_add(&map, MEMORY_RESERVED, 0x0f0, 0x110, 0);
    map_add(&map, MEMORY_RUNTIME_SERVICES_DATA, 0x114, 0x115, RUNTIME);
    map_add(&map, MEMORY_CONVENTIONAL, 0x1f0, 0x1f8, WB | SP);
    map_add(&map, 0x70000000, 0x1ff, 0x300, WB);
    assert_int_equal(find(&map, 4, 1, 0, 0x1000, false), 0x110);
    assert_int_equal(find(&map, 5, 1, 0, 0x1000, false), 0x115);
    assert_int_equal(find(&map, 7, 1, 0, 0x1000, true), 0x1f8);
    assert_int_equal(find(&map, 8, 1, 0, 0x1000, true), 0x1e8);
    assert_int_equal(find(&map, 0xdb, 1, 0, 0x1000, true), 0x115);
    assert_int_equal(find(&map, 0xdc, 1, 0, 0x1000, true), NOWHERE);
    assert_int_equal(find(&map, 0xdc, 1, 0, 0x1000, false), NOWHERE);
    map.size = 0;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 0x200, WB);
    map_add(&map, MEMORY_RESERVED, 0, 0x200, 0);
    assert_int_equal(find(&map, 1, 1, 0, 0x1000, true), NOWHERE);
    assert_int_equal(find(&map, 1, 1, 0, 0x1000, false), NOWHERE);
    map_free(&map);
}

/* By trying every page; a fit lies in one free descriptor and touches nothing that is not free. */
static uint64_t model(const struct memory_map *map, uint64_t size, uint64_t alignment,
                      uint64_t first, uint64_t end, bool high)
{
    uint64_t best = NOWHERE;

    for (uint64_t page = first; page + size <= end && (high || best == NOWHERE); page++) {
        bool fits = false;
        bool taken = page % alignment != 0;

        for (size_t i = 0; i < memory_map_count(map) && !taken; i++) {
            struct memory_descriptor d = memory_map_at(map, i);
            uint64_t from = d.physical_start / PAGE_SIZE;
            uint64_t to = from + d.page_count;

            if (to < from || to > MEMORY_ADDRESS_LIMIT / PAGE_SIZE || from == to)
                continue;
            if (d.type == MEMORY_CONVENTIONAL && (d.attribute & SP) == 0)
                fits |= page >= from && page + size <= to;
            else
                taken = page < to && page + size > from;
        }
        if (fits && !taken)
            best = page;
    }
    return best;
}

static void random_maps_agree_with_trying_every_page(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (unsigned int round = 0; round < 4000; round++) {
        const uint64_t pages = 1 + next_random(&seed) % 96;
        const size_t count = next_random(&seed) % 24;
        const uint64_t size = 1 + next_random(&seed) % 8;
        const uint64_t alignment = 1ULL << (next_random(&seed) % 4);
        const uint64_t first = next_random(&seed) % pages;
        const uint64_t end = first + 1 + next_random(&seed) % pages;
        struct memory_map map = map_new(count + 2, 48);

        map_fill_random(&map, count, pages, &seed);
        map_add(&map, MEMORY_CONVENTIONAL, pages / 3, pages, WB);
        map_add(&map, MEMORY_CONVENTIONAL, 0, pages / 2, WB);
        for (int high = 0; high < 2; high++)
            assert_int_equal(find(&map, size, alignment, first, end, high != 0),
                             model(&map, size, alignment, first, end, high != 0));
        map_free(&map);
    }
}

static void gives_up_on_a_map_of_nothing_but_contradictions(void **state)
{
    enum { CLAIMS = 5000 };
    struct memory_map map = map_new(CLAIMS + 1, 48);

    (void)state;
    map_add(&map, MEMORY_CONVENTIONAL, 0, 2 * CLAIMS, WB);
    for (uint64_t i = 0; i < CLAIMS; i++)
        map_add(&map, MEMORY_RESERVED, 2 * i, 2 * i + 1, 0);
    /* Every single page is free or claimed as it should be; two in a row are never free. */
    assert_int_equal(find(&map, 1, 1, 0, 2 * CLAIMS, false), 1);
    assert_int_equal(find(&map, 1, 1, 0, 2 * CLAIMS, true), 2 * CLAIMS - 1);
    assert_int_equal(find(&map, 2, 1, 0, 2 * CLAIMS, false), NOWHERE);
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_lowest_or_the_highest_of_an_unsorted_map),
        cmocka_unit_test(respects_both_limits_to_the_byte),
        cmocka_unit_test(extreme_requests_neither_wrap_nor_match),
        cmocka_unit_test(only_conventional_memory_for_everybody_is_free),
        cmocka_unit_test(a_map_that_contradicts_itself_is_not_believed),
        cmocka_unit_test(random_maps_agree_with_trying_every_page),
        cmocka_unit_test(gives_up_on_a_map_of_nothing_but_contradictions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
