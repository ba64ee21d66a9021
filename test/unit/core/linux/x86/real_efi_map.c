/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EFI map that Linux gets, of real machines. Each fits as it is; a stride so large that it does
 * not makes a long map of each.
 */
#include "core/linux/x86/efi_map_shrink.h"

#include "unit/fixture/real_maps.h"

#define LIMIT (EFI_MAP_LINUX_PAGES * PAGE_SIZE)

struct outcome {
    enum efi_map_shrink step;
    struct memory_map map; /* the other one, if the step made one */
};

/* With room for `size` bytes from the beginning of a page, as the loader has it. */
static struct memory_map page_map(uint64_t size, uint64_t stride)
{
    struct memory_map map = {.descriptor_size = stride, .descriptor_version = 1};
    void *buffer = NULL;

    assert_int_equal(posix_memalign(&buffer, PAGE_SIZE, size), 0);
    map.data = buffer;
    return map;
}

static struct outcome shrink(const struct memory_map *map)
{
    const size_t count = efi_map_shrink_scratch(memory_map_count(map));
    struct outcome outcome = {.map = page_map(map->size, map->descriptor_size)};
    uint64_t *keys = malloc(2 * count * sizeof(*keys));

    assert_non_null(keys);
    outcome.step = efi_map_shrink(map, keys, keys + count, count, &outcome.map);
    free(keys);
    return outcome;
}

/* The map with that stride. */
static struct memory_map stretch(const struct memory_map *map, uint64_t stride)
{
    const size_t count = memory_map_count(map);
    struct memory_map stretched = page_map(count * stride, stride);

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        map_add_raw(&stretched, descriptor.type, descriptor.physical_start, descriptor.page_count,
                    descriptor.attribute);
    }
    return stretched;
}

static void stays(const struct real_machine *machine, const struct memory_map *map)
{
    struct memory_map aligned = stretch(map, map->descriptor_size);
    struct outcome outcome;

    REAL_REQUIRE(machine, efi_map_fits(&aligned));
    outcome = shrink(&aligned);
    REAL_EQUAL(machine, outcome.step, EFI_MAP_FITS);
    map_free(&outcome.map);
    map_free(&aligned);
}

static void every_map_goes_to_linux_as_it_is(void **state)
{
    (void)state;
    real_each_map(stays);
    real_each_map_before(stays);
}

/* Does the other map say the same of a descriptor, or what `step` allows? */
static bool is_kept(const struct memory_map *other, const struct memory_descriptor *descriptor,
                    enum efi_map_shrink step)
{
    const bool boot =
        descriptor->type >= MEMORY_LOADER_CODE && descriptor->type <= MEMORY_BOOT_SERVICES_DATA;
    const bool free = descriptor->type == MEMORY_CONVENTIONAL;

    for (size_t i = 0; i < memory_map_count(other); i++) {
        struct memory_descriptor found = memory_map_at(other, i);

        if (found.physical_start >= real_end(descriptor) ||
            real_end(&found) <= descriptor->physical_start)
            continue;
        if (found.physical_start > descriptor->physical_start ||
            real_end(&found) < real_end(descriptor) || found.attribute != descriptor->attribute)
            return false;
        if ((descriptor->attribute & RUNTIME) != 0)
            return found.type == descriptor->type && found.page_count == descriptor->page_count;
        return found.type == descriptor->type ||
               (found.type == MEMORY_BOOT_SERVICES_DATA && boot && step >= EFI_MAP_MERGED_BOOT) ||
               (found.type == MEMORY_BOOT_SERVICES_DATA && free && step >= EFI_MAP_ABSORBED_FREE &&
                descriptor->page_count <= EFI_MAP_ABSORBED_PAGES);
    }
    return free && step >= EFI_MAP_LEFT_OUT_FREE;
}

static uint64_t bytes_of(const struct memory_map *map, bool of_free)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        if (of_free == (descriptor.type == MEMORY_CONVENTIONAL))
            bytes += descriptor.page_count * PAGE_SIZE;
    }
    return bytes;
}

static void assert_says_the_same(const struct real_machine *machine, const struct memory_map *map,
                                 const struct outcome *outcome)
{
    const struct memory_map *other = &outcome->map;

    REAL_REQUIRE(machine, efi_map_fits(other));
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        REAL_REQUIRE(machine, is_kept(other, &descriptor, outcome->step));
    }
    for (size_t i = 1; i < memory_map_count(other); i++) {
        struct memory_descriptor before = memory_map_at(other, i - 1);

        REAL_REQUIRE(machine, real_end(&before) <= memory_map_at(other, i).physical_start);
    }
    /* Nothing is described that was not. */
    REAL_REQUIRE(machine, bytes_of(other, true) <= bytes_of(map, true));
    if (outcome->step < EFI_MAP_ABSORBED_FREE)
        REAL_EQUAL(machine, bytes_of(other, false), bytes_of(map, false));
    if (outcome->step < EFI_MAP_LEFT_OUT_FREE)
        REAL_EQUAL(machine, bytes_of(other, true), bytes_of(map, true));
}

/* The map where Linux can map exactly `fit` of its descriptors. */
static void try_with_room_for(const struct real_machine *machine, const struct memory_map *map,
                              size_t fit)
{
    struct memory_map aligned = stretch(map, LIMIT / fit);
    enum efi_map_shrink expected = EFI_MAP_FITS;
    struct outcome outcome;

    assert_int_equal(LIMIT / aligned.descriptor_size, fit);
    if (machine->facts.descriptors > fit) {
        expected = EFI_MAP_MERGED_EQUAL;
        for (size_t i = 0; i < 4 && machine->facts.shrunk[i] > fit; i++)
            expected++;
    }
    outcome = shrink(&aligned);
    REAL_EQUAL(machine, outcome.step, expected);
    if (expected != EFI_MAP_FITS && expected != EFI_MAP_STILL_TOO_LARGE) {
        REAL_EQUAL(machine, memory_map_count(&outcome.map),
                   machine->facts.shrunk[expected - EFI_MAP_MERGED_EQUAL]);
        assert_says_the_same(machine, &aligned, &outcome);
    }
    map_free(&outcome.map);
    map_free(&aligned);
}

static void a_long_map_shrinks_no_more_than_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < REAL_MACHINES; i++) {
        const struct real_machine *machine = real_machines[i];

        struct memory_map map = real_map(machine, 40);

        try_with_room_for(machine, &map, machine->facts.descriptors);
        for (size_t step = 0; step < 4; step++) {
            try_with_room_for(machine, &map, machine->facts.shrunk[step]);
            real_shuffle(&map);
            try_with_room_for(machine, &map, machine->facts.shrunk[step] - 1);
        }
        map_free(&map);
    }
}

static void the_mac_of_198_descriptors_keeps_its_28_runtime_regions(void **state)
{
    static const struct {
        size_t fit;
        enum efi_map_shrink step;
        size_t count;
    } cases[] = {
        {198, EFI_MAP_FITS, 0},
        {197, EFI_MAP_MERGED_BOOT, 87},
        {86, EFI_MAP_LEFT_OUT_FREE, 79},
        {78, EFI_MAP_STILL_TOO_LARGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct memory_map map = real_map(&apple_macmini31, 40);
        struct memory_map aligned = stretch(&map, LIMIT / cases[i].fit);
        struct outcome outcome;
        unsigned int runtime = 0;

        outcome = shrink(&aligned);
        assert_int_equal(outcome.step, cases[i].step);
        if (cases[i].count != 0) {
            assert_int_equal(memory_map_count(&outcome.map), cases[i].count);
            for (size_t d = 0; d < cases[i].count; d++) {
                uint32_t type = memory_map_at(&outcome.map, d).type;

                runtime +=
                    type == MEMORY_RUNTIME_SERVICES_CODE || type == MEMORY_RUNTIME_SERVICES_DATA;
            }
            assert_int_equal(runtime, 28);
        }
        map_free(&outcome.map);
        map_free(&aligned);
        map_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_map_goes_to_linux_as_it_is),
        cmocka_unit_test(a_long_map_shrinks_no_more_than_it_must),
        cmocka_unit_test(the_mac_of_198_descriptors_keeps_its_28_runtime_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
