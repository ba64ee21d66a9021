/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map of include/baton-handoff.h, of real machines. */
#include "core/native/handoff_map.h"

#include "unit/fixture/real_maps.h"

struct result {
    struct baton_region *regions; /* exactly as many as there can be */
    size_t count;
};

static struct result convert(const struct memory_map *map, const struct handoff_holdings *holdings)
{
    size_t events = ranges_events_max(memory_map_count(map));
    size_t capacity = handoff_regions_max(memory_map_count(map));
    uint64_t *buffer = malloc(2 * events * sizeof(*buffer));
    struct result result = {.regions = malloc(capacity * sizeof(struct baton_region))};
    struct ranges walk;

    assert_non_null(buffer);
    assert_non_null(result.regions);
    assert_true(ranges_begin(&walk, map, buffer, buffer + events, events));
    result.count = handoff_map(&walk, holdings, result.regions, capacity);
    free(buffer);
    assert_true(result.count != 0 && result.count <= capacity);
    return result;
}

static uint64_t end_of(const struct baton_region *region)
{
    return region->address + region->size;
}

/* What include/baton-handoff.h promises of each map. */
static void assert_sound(const struct real_machine *machine, const struct result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct baton_region *region = &result->regions[i];

        REAL_REQUIRE(machine, region->size != 0);
        REAL_EQUAL(machine, (region->address | region->size) % PAGE_SIZE, 0);
        REAL_EQUAL(machine, region->reserved, 0);
        if (i != 0)
            REAL_REQUIRE(machine, end_of(region - 1) < region->address ||
                                      (end_of(region - 1) == region->address &&
                                       region[-1].type != region->type));
    }
    /* No descriptor of these machines keeps page 0 from a kernel; the hand-off does. */
    REAL_EQUAL(machine, result->regions[0].address, 0);
    REAL_EQUAL(machine, result->regions[0].size, PAGE_SIZE);
    REAL_EQUAL(machine, result->regions[0].type, BATON_MEMORY_RESERVED);
}

static uint64_t bytes_of(const struct result *result, uint32_t type)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < result->count; i++)
        bytes += result->regions[i].type == type ? result->regions[i].size : 0;
    return bytes;
}

static uint64_t reclaimable_bytes(const struct result *result)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < result->count; i++)
        bytes +=
            (result->regions[i].type & BATON_MEMORY_RECLAIMABLE) != 0 ? result->regions[i].size : 0;
    return bytes;
}

/* What a kernel may have is what nobody claims for anything else, all of it but page 0. */
static void offers_what_is_free(const struct real_machine *machine, const struct memory_map *map)
{
    const struct handoff_holdings none = {0};
    struct result result = convert(map, &none);

    for (size_t i = 0; i < result.count; i++) {
        const struct baton_region *region = &result.regions[i];

        REAL_REQUIRE(machine, (region->type & BATON_MEMORY_RECLAIMABLE) == 0 ||
                                  !real_is_kept(map, region->address, end_of(region)));
    }
    assert_sound(machine, &result);
    REAL_EQUAL(machine, reclaimable_bytes(&result), real_general_bytes(map) - PAGE_SIZE);
    free(result.regions);
}

static void a_kernel_may_have_all_that_nobody_claims(void **state)
{
    (void)state;
    real_each_map(offers_what_is_free);
    real_each_map_before(offers_what_is_free);
    real_each_contradiction(offers_what_is_free);
}

static uint32_t region_type(uint32_t type)
{
    static const uint32_t types[] = {
        [MEMORY_RESERVED] = BATON_MEMORY_RESERVED,
        [MEMORY_LOADER_CODE] = BATON_MEMORY_LOADER,
        [MEMORY_LOADER_DATA] = BATON_MEMORY_LOADER,
        [MEMORY_BOOT_SERVICES_CODE] = BATON_MEMORY_BOOT_SERVICES,
        [MEMORY_BOOT_SERVICES_DATA] = BATON_MEMORY_BOOT_SERVICES,
        [MEMORY_RUNTIME_SERVICES_CODE] = BATON_MEMORY_RUNTIME_CODE,
        [MEMORY_RUNTIME_SERVICES_DATA] = BATON_MEMORY_RUNTIME_DATA,
        [MEMORY_CONVENTIONAL] = BATON_MEMORY_USABLE,
        [MEMORY_ACPI_RECLAIM] = BATON_MEMORY_ACPI,
        [MEMORY_ACPI_NVS] = BATON_MEMORY_ACPI_NVS,
        [MEMORY_MAPPED_IO] = BATON_MEMORY_MMIO,
    };

    return types[type];
}

/* Each descriptor lies in one region of its type, but for page 0, and nothing else is described. */
static void says_what_is_where(const struct real_machine *machine, const struct memory_map *map)
{
    const struct handoff_holdings none = {0};
    struct result result = convert(map, &none);
    uint64_t described = 0;
    uint64_t handed_over = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t start = descriptor.physical_start == 0 ? PAGE_SIZE : descriptor.physical_start;
        size_t at = 0;

        while (at < result.count && end_of(&result.regions[at]) <= start)
            at++;
        described += descriptor.page_count * PAGE_SIZE;
        if (start == real_end(&descriptor))
            continue;
        REAL_REQUIRE(machine, at < result.count && result.regions[at].address <= start);
        REAL_REQUIRE(machine, end_of(&result.regions[at]) >= real_end(&descriptor));
        REAL_EQUAL(machine, result.regions[at].type, region_type(descriptor.type));
    }
    for (size_t i = 0; i < result.count; i++)
        handed_over += result.regions[i].size;
    REAL_EQUAL(machine, handed_over, described);
    free(result.regions);
}

static void every_descriptor_is_in_a_region_of_its_type(void **state)
{
    (void)state;
    real_each_map(says_what_is_where);
    real_each_map_before(says_what_is_where);
}

static void has_as_many_as_known(const struct real_machine *machine, const struct memory_map *map)
{
    const struct handoff_holdings none = {0};
    struct result result = convert(map, &none);

    REAL_EQUAL(machine, result.count, machine->facts.regions);
    free(result.regions);
}

static void every_map_has_its_known_number_of_regions(void **state)
{
    (void)state;
    real_each_map(has_as_many_as_known);
}

/* With a kernel, a module and the hand-off where a Linux kernel's things would go. */
static void tells_baton_apart(const struct real_machine *machine, const struct memory_map *map)
{
    static const struct {
        uint64_t size;
        uint32_t type;
    } things[] = {{0x3378000, BATON_MEMORY_KERNEL},
                  {0x2000000, BATON_MEMORY_MODULE},
                  {0x10000, BATON_MEMORY_HANDOFF}};
    const uint64_t at[] = {machine->facts.kernel, machine->facts.initrd, machine->facts.tables};
    struct handoff_holdings holdings = {0};
    uint64_t kept = 0;
    struct result result;

    for (size_t i = 0; i < 3; i++) {
        if (at[i] == NOWHERE)
            continue;
        assert_true(handoff_hold(&holdings, at[i], things[i].size, things[i].type));
        if ((things[i].type & BATON_MEMORY_RECLAIMABLE) == 0)
            kept += things[i].size;
    }
    result = convert(map, &holdings);
    assert_sound(machine, &result);
    for (size_t i = 0; i < 3; i++)
        REAL_EQUAL(machine, bytes_of(&result, things[i].type),
                   at[i] == NOWHERE ? 0 : things[i].size);
    REAL_EQUAL(machine, reclaimable_bytes(&result), machine->facts.usable - PAGE_SIZE - kept);
    free(result.regions);
}

static void what_baton_holds_is_told_apart(void **state)
{
    (void)state;
    real_each_map_before(tells_baton_apart);
}

static void the_mac_of_198_descriptors_has_85_regions(void **state)
{
    const struct handoff_holdings none = {0};
    struct memory_map map = real_map(&apple_macmini31, 48);
    struct result result = convert(&map, &none);

    (void)state;
    assert_int_equal(result.count, 85);
    /* Boot services and runtime services take turns in the last 28 MiB. */
    assert_int_equal(bytes_of(&result, BATON_MEMORY_RUNTIME_CODE), 0x27000);
    assert_int_equal(bytes_of(&result, BATON_MEMORY_RUNTIME_DATA), 0x20000);
    assert_int_equal(bytes_of(&result, BATON_MEMORY_BOOT_SERVICES), 0x50cf000);
    assert_int_equal(bytes_of(&result, BATON_MEMORY_ACPI), 0x13000);
    assert_int_equal(bytes_of(&result, BATON_MEMORY_ACPI_NVS), 0x21c000);
    free(result.regions);
    map_free(&map);
}

static void the_server_of_12_tib_is_offered_as_a_whole(void **state)
{
    const struct handoff_holdings none = {0};
    struct memory_map map = real_map(&hp_superdome2_16s, 48);
    struct result result = convert(&map, &none);

    (void)state;
    assert_int_equal(result.count, 70);
    assert_true(reclaimable_bytes(&result) == 0xbfff8b8c000);
    assert_true(bytes_of(&result, BATON_MEMORY_USABLE) == 0xbffee5c0000);
    assert_true(bytes_of(&result, BATON_MEMORY_MMIO) == 0x230204000);
    free(result.regions);
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_may_have_all_that_nobody_claims),
        cmocka_unit_test(every_descriptor_is_in_a_region_of_its_type),
        cmocka_unit_test(every_map_has_its_known_number_of_regions),
        cmocka_unit_test(what_baton_holds_is_told_apart),
        cmocka_unit_test(the_mac_of_198_descriptors_has_85_regions),
        cmocka_unit_test(the_server_of_12_tib_is_offered_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
