/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets are those of struct pci_setup_rom, counted from the node's start. */
#include "efi/linux/x86/option_roms.h"

#include "core/base/store.h"
#include "unit/fixture/firmware_fixture.h"

#define ROM_OFFSET 64U

static _Alignas(8) uint8_t memory[4096];
static const uint8_t rom[24] = "an option ROM's 24 bytes";

static struct fake_pci graphics(void)
{
    return (struct fake_pci){.rom = rom,
                             .rom_size = sizeof(rom),
                             .vendor = 0x1002,
                             .device = 0x9874,
                             .location = {1, 0x40, 0x1f, 7}};
}

static struct setup_nodes gather(uint64_t capacity)
{
    struct setup_nodes nodes = {.memory = memory, .capacity = capacity};

    memset(memory, 0xee, sizeof(memory));
    fake_allow_usual();
    option_roms_add(firmware, &nodes);
    return nodes;
}

static void assert_number(unsigned int offset, uint64_t value, size_t size)
{
    uint8_t expected[8];

    store_u64(expected, value);
    assert_memory_equal(memory + offset, expected, size);
}

static void machine_without_devices_has_no_nodes(void **state)
{
    (void)state;
    assert_int_equal(gather(sizeof(memory)).used, 0);
}

static void node_says_whose_rom_it_is(void **state)
{
    struct fake_pci device = graphics();

    (void)state;
    fake_pci(&device);
    assert_int_equal(gather(sizeof(memory)).used, 88);
    assert_number(0, 0, 8);             /* next */
    assert_number(8, 3, 4);             /* SETUP_PCI */
    assert_number(12, 64 - 16 + 24, 4); /* len */
    assert_number(16, 0x1002, 2);       /* vendor */
    assert_number(18, 0x9874, 2);       /* devid */
    assert_number(20, 0, 4);            /* padding */
    assert_number(24, 24, 8);           /* pcilen */
    assert_number(32, 1, 8);            /* segment */
    assert_number(40, 0x40, 8);         /* bus */
    assert_number(48, 0x1f, 8);         /* device */
    assert_number(56, 7, 8);            /* function */
    assert_memory_equal(memory + ROM_OFFSET, rom, sizeof(rom));
}

static void devices_without_a_usable_rom_are_passed_over(void **state)
{
    struct fake_pci empty = graphics();
    struct fake_pci absent = graphics();
    struct fake_pci huge = graphics();
    struct fake_pci pointer = graphics();

    (void)state;
    empty.rom_size = 0;
    absent.rom = NULL;
    huge.rom_size = (16 << 20) + 1;
    pointer.rom_size = 0xffffffff7f001234; /* old firmware: a function's address */
    fake_pci(&empty);
    fake_pci(&absent);
    fake_pci(&huge);
    fake_pci(&pointer);
    assert_int_equal(gather(sizeof(memory)).used, 0);
    assert_int_equal(fake_calls_of("Pci.Read"), 0);
}

static void largest_rom_is_16_mib(void **state)
{
    struct fake_pci device = graphics();
    struct setup_nodes counted = {.capacity = UINT64_MAX};

    (void)state;
    device.rom_size = 16 << 20;
    fake_pci(&device);
    fake_allow_usual();
    option_roms_add(firmware, &counted);
    assert_int_equal(counted.used, 64 + (16 << 20));
}

static void device_that_does_not_say_who_or_where_it_is(void **state)
{
    struct fake_pci nobody = graphics();
    struct fake_pci nowhere = graphics();
    struct fake_pci sound = graphics();

    (void)state;
    nobody.read_status = FAKE_DEVICE_ERROR;
    nowhere.location_status = FAKE_UNSUPPORTED;
    sound.device = 0x1234;
    fake_pci(&nobody);
    fake_pci(&nowhere);
    fake_pci(&sound);
    assert_int_equal(gather(sizeof(memory)).used, 88);
    assert_number(18, 0x1234, 2);
}

static void nodes_are_in_the_order_of_the_firmware(void **state)
{
    struct fake_pci first = graphics();
    struct fake_pci second = graphics();

    (void)state;
    first.device = 1;
    second.device = 2;
    fake_pci(&first);
    fake_pci(&second);
    assert_int_equal(gather(sizeof(memory)).used, 176);
    assert_number(18, 1, 2);
    assert_number(88 + 18, 2, 2);
    assert_number(0, (uintptr_t)memory + 88, 8);
    assert_number(88, 0, 8);
}

static void what_has_no_room_is_left_out(void **state)
{
    struct fake_pci device = graphics();

    (void)state;
    fake_pci(&device);
    assert_int_equal(gather(87).used, 0);
    for (size_t i = 0; i < sizeof(memory); i++)
        assert_int_equal(memory[i], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(machine_without_devices_has_no_nodes),
        TEST(node_says_whose_rom_it_is),
        TEST(devices_without_a_usable_rom_are_passed_over),
        TEST(largest_rom_is_16_mib),
        TEST(device_that_does_not_say_who_or_where_it_is),
        TEST(nodes_are_in_the_order_of_the_firmware),
        TEST(what_has_no_room_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
