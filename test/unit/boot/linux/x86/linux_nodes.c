/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/linux/x86/linux_nodes.h"

#include "core/base/checked.h"
#include "core/linux/x86/setup_data.h"
#include "core/memory/memory_map.h"
#include "unit/fixture/firmware_fixture.h"

#define ALL_TYPES 9U

static const char rom[] = "an option ROM";
static uint64_t first;

static void add_device(void)
{
    const struct fake_pci device = {.rom = rom, .rom_size = sizeof(rom), .vendor = 1, .device = 2};

    fake_pci(&device);
}

static void add_mac(void)
{
    const struct fake_properties properties = {.version = 0x10000, .data = "p", .size = 1};

    fake_firmware_vendor(u"Apple");
    fake_apple_properties(&properties);
}

static bool gather(uint32_t setup_type_max)
{
    fake_allow_usual();
    first = 77;
    return linux_nodes_gather(firmware, setup_type_max, &first);
}

static uint64_t next_of(uint64_t node)
{
    return *(const uint64_t *)node;
}

static uint32_t type_of(uint64_t node)
{
    return ((const uint32_t *)node)[2];
}

static void nothing_to_tell_costs_nothing(void **state)
{
    const struct fake_pci plain = {.vendor = 1, .device = 2};

    (void)state;
    fake_pci(&plain);
    assert_true(gather(ALL_TYPES));
    assert_int_equal(first, 0);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_calls_of("AllocatePages"), 0);
}

static void roms_come_before_properties_and_the_list_ends(void **state)
{
    (void)state;
    add_device();
    add_mac();
    add_device();
    assert_true(gather(ALL_TYPES));
    assert_int_equal(type_of(first), SETUP_DATA_PCI);
    assert_int_equal(type_of(next_of(first)), SETUP_DATA_PCI);
    assert_int_equal(type_of(next_of(next_of(first))), SETUP_DATA_APPLE_PROPERTIES);
    assert_int_equal(next_of(next_of(next_of(first))), 0);
    assert_int_equal(fake_memory_type(first), MEMORY_LOADER_DATA);
    assert_int_equal(fake_memory_held(), 1);
    assert_true(first <= UINT32_MAX);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void kernel_gets_no_type_that_it_does_not_know(void **state)
{
    (void)state;
    add_device();
    add_mac();
    assert_true(gather(SETUP_DATA_APPLE_PROPERTIES - 1));
    assert_int_equal(type_of(first), SETUP_DATA_PCI);
    assert_int_equal(next_of(first), 0);
    assert_true(gather(SETUP_DATA_PCI - 1));
    assert_int_equal(first, 0);
    assert_true(gather(SETUP_DATA_PCI));
    assert_int_not_equal(first, 0);
}

static void without_memory_the_boot_goes_on(void **state)
{
    (void)state;
    add_device();
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_false(gather(ALL_TYPES));
    assert_int_equal(first, 0);
    assert_int_equal(firmware->leases.count, 0);
}

/* The firmware is asked twice: how much there is, and for it. */
static void rom_that_grows_in_between_is_left_out(void **state)
{
    static const uint8_t grown[8192];
    const struct fake_pci device = {
        .rom = grown, .rom_size = 1, .vendor = 1, .device = 2, .later_rom_size = sizeof(grown)};

    (void)state;
    fake_pci(&device);
    assert_true(gather(ALL_TYPES));
    assert_int_equal(first, 0);
    fake_pci(&(struct fake_pci){.rom = rom, .rom_size = 2, .vendor = 1, .device = 2});
    assert_true(gather(ALL_TYPES));
    assert_int_equal(type_of(first), SETUP_DATA_PCI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_tell_costs_nothing),
        TEST(roms_come_before_properties_and_the_list_ends),
        TEST(kernel_gets_no_type_that_it_does_not_know),
        TEST(without_memory_the_boot_goes_on),
        TEST(rom_that_grows_in_between_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
