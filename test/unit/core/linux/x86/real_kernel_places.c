/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a kernel, its initrd and its tables go on real machines. */
#include "core/linux/x86/linux_placement.h"

#include "core/memory/placement.h"
#include "unit/fixture/real_maps.h"

#define MIB         0x100000ULL
#define INITRD_SIZE (32 * MIB)
#define TABLES_SIZE 0x10000ULL
#define CODE_OFFSET 0x5000ULL /* of the code in the kernel's file */

static const struct bzimage debian = {
    .version = 0x20f,
    .xloadflags = 0x7f,
    .relocatable = true,
    .alignment = 2 * MIB,
    .minimum_alignment = 2 * MIB,
    .preferred_address = 16 * MIB,
    .init_size = 0x3378000,
    .initrd_max = 0x7fffffff,
};

/* The first of the places that is free, as the loader tries them. */
static uint64_t take(const struct memory_map *map, const struct linux_places *places)
{
    for (unsigned int i = 0; i < places->count; i++) {
        const struct linux_place *place = &places->place[i];
        struct placement_request request = {.size = place->size,
                                            .alignment = place->alignment,
                                            .minimum = place->minimum,
                                            .maximum = place->maximum,
                                            .high = place->high};
        uint64_t address;

        if (place->exact)
            request.maximum = place->minimum + place->size - 1;
        if (placement_find(map, &request, &address))
            return address + place->lead;
    }
    return NOWHERE;
}

static uint64_t take_kernel(const struct memory_map *map, uint64_t lead)
{
    struct linux_places places;

    linux_kernel_places(&debian, lead, false, &places);
    return take(map, &places);
}

/* The map when that memory is taken. */
static struct memory_map with(const struct memory_map *map, uint64_t start, uint64_t size)
{
    struct memory_map more = map_new(memory_map_count(map) + 1, map->descriptor_size);

    memcpy(more.data, map->data, map->size);
    more.size = map->size;
    if (start != NOWHERE)
        map_add_raw(&more, MEMORY_LOADER_DATA, start, size / PAGE_SIZE, WB);
    return more;
}

static void kernel_goes_where_known(const struct real_machine *machine,
                                    const struct memory_map *map)
{
    REAL_EQUAL(machine, take_kernel(map, 0), machine->facts.kernel);
    REAL_EQUAL(machine, take_kernel(map, CODE_OFFSET), machine->facts.kernel_behind_file);
}

static void a_kernel_goes_to_its_known_address(void **state)
{
    (void)state;
    real_each_map_before(kernel_goes_where_known);
}

static void kernel_goes_beside_loader(const struct real_machine *machine,
                                      const struct memory_map *map)
{
    REAL_EQUAL(machine, take_kernel(map, 0), machine->facts.kernel_beside_loader);
}

static void a_kernel_goes_beside_another_loaders_kernel(void **state)
{
    (void)state;
    real_each_map(kernel_goes_beside_loader);
}

static void the_preferred_address_is_taken_on_seven(void **state)
{
    static const struct {
        const struct real_machine *machine;
        uint64_t address;
        uint32_t taken_by; /* type of the first descriptor in the way */
        uint64_t taken_at;
    } seven[] = {
        {&ami_amd_2011, 0x4200000, MEMORY_BOOT_SERVICES_DATA, 0x1100000},
        {&ami_intel_2011, 0x2c00000, MEMORY_BOOT_SERVICES_DATA, 0x1100000},
        {&asrock_880g_2011, NOWHERE, MEMORY_BOOT_SERVICES_DATA, 0x1000000}, /* truncated */
        {&hyperv_gen2_4g, 0x4800000, MEMORY_BOOT_SERVICES_DATA, 0x4200000},
        {&ovmf_i440fx_2019, 0x1400000, MEMORY_BOOT_SERVICES_DATA, 0x900000},
        {&ovmf_q35_smm_fc30, 0x1800000, MEMORY_ACPI_NVS, 0x810000},
        {&xen_amd_phoenix_2023, 0x1200000, MEMORY_BOOT_SERVICES_DATA, 0x1000000},
    };
    unsigned int preferred = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(seven) / sizeof(seven[0]); i++) {
        struct memory_map map = real_map_before(seven[i].machine, 48);
        struct memory_descriptor first = {.physical_start = UINT64_MAX};

        REAL_EQUAL(seven[i].machine, take_kernel(&map, 0), seven[i].address);
        for (size_t d = 0; d < memory_map_count(&map); d++) {
            struct memory_descriptor descriptor = memory_map_at(&map, d);

            if (descriptor.type != MEMORY_CONVENTIONAL && real_end(&descriptor) > 16 * MIB &&
                descriptor.physical_start < first.physical_start)
                first = descriptor;
        }
        REAL_EQUAL(seven[i].machine, first.type, seven[i].taken_by);
        REAL_EQUAL(seven[i].machine, first.physical_start, seven[i].taken_at);
        REAL_REQUIRE(seven[i].machine, first.physical_start < 16 * MIB + debian.init_size);
        map_free(&map);
    }
    for (size_t i = 0; i < REAL_MACHINES; i++)
        preferred += real_machines[i]->facts.kernel == 16 * MIB;
    assert_int_equal(preferred, REAL_MACHINES - 7);
}

static void all_three_go_where_known(const struct real_machine *machine,
                                     const struct memory_map *map)
{
    struct memory_map with_kernel = with(map, machine->facts.kernel, debian.init_size);
    struct memory_map with_both = with(&with_kernel, machine->facts.initrd, INITRD_SIZE);
    struct linux_places places;

    linux_initrd_places(&debian, INITRD_SIZE, false, &places);
    REAL_EQUAL(machine, take(&with_kernel, &places), machine->facts.initrd);
    linux_table_places(&debian, TABLES_SIZE, &places);
    REAL_EQUAL(machine, take(&with_both, &places), machine->facts.tables);
    map_free(&with_both);
    map_free(&with_kernel);
}

static void initrd_and_tables_go_to_their_known_addresses(void **state)
{
    (void)state;
    real_each_map_before(all_three_go_where_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_goes_to_its_known_address),
        cmocka_unit_test(a_kernel_goes_beside_another_loaders_kernel),
        cmocka_unit_test(the_preferred_address_is_taken_on_seven),
        cmocka_unit_test(initrd_and_tables_go_to_their_known_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
