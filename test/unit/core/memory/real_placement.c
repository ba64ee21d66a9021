/* SPDX-License-Identifier: BSD-2-Clause */
/* Free memory and the end of memory in the maps of real machines. */
#include "core/memory/placement.h"

#include "unit/fixture/real_maps.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void ends_where_known(const struct real_machine *machine, const struct memory_map *map)
{
    REAL_EQUAL(machine, memory_map_end(map), machine->facts.memory_end);
}

static void memory_ends_where_it_is_known_to(void **state)
{
    struct memory_map map = real_map(&hp_superdome2_16s, 48);

    (void)state;
    real_each_map(ends_where_known);
    real_each_map_before(ends_where_known);
    /* Not at the configuration space two TiB further up. */
    assert_true(memory_map_end(&map) == 0xc2000000000);
    map_free(&map);
}

/* Is all of it described as free, and nothing of it as anything else? */
static bool is_free(const struct memory_map *map, uint64_t start, uint64_t end)
{
    bool inside = false;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        if (descriptor.type == MEMORY_CONVENTIONAL)
            inside |= descriptor.physical_start <= start && end <= real_end(&descriptor);
        else if (descriptor.physical_start < end && real_end(&descriptor) > start)
            return false;
    }
    return inside;
}

static void gives_free_memory_only(const struct real_machine *machine, const struct memory_map *map)
{
    static const struct placement_request requests[] = {
        {.size = 4 * KIB, .minimum = MIB, .maximum = UINT64_MAX},
        {.size = 4 * KIB, .maximum = MIB - 1, .high = true},
        {.size = 64 * KIB, .maximum = 4 * GIB - 1, .high = true},
        {.size = 2 * MIB, .alignment = 2 * MIB, .minimum = 16 * MIB, .maximum = 4 * GIB - 1},
        {.size = 32 * MIB, .maximum = 2 * GIB - 1, .high = true},
        {.size = 64 * MIB, .alignment = 16 * MIB, .maximum = UINT64_MAX, .high = true},
        {.size = GIB, .alignment = GIB, .maximum = UINT64_MAX},
    };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        const struct placement_request *request = &requests[i];
        uint64_t address;

        if (!placement_find(map, request, &address))
            continue;
        REAL_REQUIRE(machine, is_free(map, address, address + request->size));
        REAL_REQUIRE(machine, address >= request->minimum);
        REAL_REQUIRE(machine, address + request->size - 1 <= request->maximum);
        if (request->alignment != 0)
            REAL_EQUAL(machine, address % request->alignment, 0);
    }
}

static void what_is_found_is_free(void **state)
{
    (void)state;
    real_each_map(gives_free_memory_only);
    real_each_map_before(gives_free_memory_only);
    real_each_contradiction(gives_free_memory_only);
}

static uint64_t find(const struct memory_map *map, const struct placement_request *request)
{
    uint64_t address;

    return placement_find(map, request, &address) ? address : NOWHERE;
}

/* The lowest free page from 1 MiB on and the highest of all, the simple way: border by border. */
static void gives_the_outermost_pages(const struct real_machine *machine,
                                      const struct memory_map *map)
{
    const struct placement_request low = {.size = PAGE_SIZE, .minimum = MIB, .maximum = UINT64_MAX};
    const struct placement_request high = {.size = PAGE_SIZE, .maximum = UINT64_MAX, .high = true};
    size_t count;
    uint64_t *borders = real_borders(map, &count);
    uint64_t lowest = NOWHERE;
    uint64_t highest = NOWHERE;

    for (size_t i = 1; i < count; i++) {
        if (borders[i - 1] == borders[i] || !is_free(map, borders[i - 1], borders[i]))
            continue;
        if (lowest == NOWHERE && borders[i - 1] >= MIB)
            lowest = borders[i - 1];
        highest = borders[i] - PAGE_SIZE;
    }
    REAL_EQUAL(machine, find(map, &low), lowest);
    REAL_EQUAL(machine, find(map, &high), highest);
    free(borders);
}

static void no_free_page_is_lower_or_higher(void **state)
{
    (void)state;
    real_each_map(gives_the_outermost_pages);
    real_each_map_before(gives_the_outermost_pages);
    real_each_contradiction(gives_the_outermost_pages);
}

static void the_highest_memory_of_the_server_of_12_tib_is_found(void **state)
{
    static const struct placement_request gigabyte = {
        .size = GIB, .alignment = GIB, .maximum = UINT64_MAX, .high = true};
    static const struct placement_request terabyte = {
        .size = 1024 * GIB, .alignment = 1024 * GIB, .maximum = UINT64_MAX};
    struct memory_map map = real_map(&hp_superdome2_16s, 48);

    (void)state;
    assert_true(find(&map, &gigabyte) == 0xc1fc0000000);
    /* The piece that ends at 770 GiB is too small, the other begins at 896 GiB and a page. */
    assert_true(find(&map, &terabyte) == 0x10000000000);
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_ends_where_it_is_known_to),
        cmocka_unit_test(what_is_found_is_free),
        cmocka_unit_test(no_free_page_is_lower_or_higher),
        cmocka_unit_test(the_highest_memory_of_the_server_of_12_tib_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
