/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/tree/firmware_tree.h"

#include "core/linux/device_tree.h"
#include "fake/private.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/tree_fixture.h"

static struct linux_tables tables;

static void give_tree(void)
{
    tree_begin();
    tree_node("");
    tree_token(2);
    fake_table(FAKE_TABLE_DEVICE_TREE, (uintptr_t)tree_finished().data);
}

static void a_tree_is_found_by_its_table(void **state)
{
    (void)state;
    give_tree();
    assert_true(firmware_tree(firmware).data == tree_source);
    assert_int_equal(firmware_tree(firmware).size, tree_source_size);
}

static void a_machine_without_one_has_none(void **state)
{
    (void)state;
    assert_int_equal(firmware_tree(firmware).size, 0);
}

/* It would be copied by a size that nobody has said. */
static void what_is_no_tree_is_none(void **state)
{
    (void)state;
    give_tree();
    tree_source[0] = 0;
    assert_int_equal(firmware_tree(firmware).size, 0);
}

/* --- another one in its place --- */

static struct {
    UINT64 revision;
    EFI_STATUS(EFIAPI *fixup)(void *self, VOID *tree, UINTN *size, UINT32 flags);
} protocol;
static UINTN fixup_wants; /* bytes; 0: what it gets is enough */
static EFI_STATUS fixup_status;
static unsigned int fixups;

static EFI_STATUS EFIAPI fix(void *self, VOID *tree, UINTN *size, UINT32 flags)
{
    assert_ptr_equal(self, &protocol);
    assert_int_equal(flags, 1 | 2);
    assert_true(*size % 4096 == 0 && *size >= tree_source_size);
    assert_int_equal(fake_memory_type((uintptr_t)tree), MEMORY_ACPI_RECLAIM);
    fixups++;
    if (*size < fixup_wants) {
        *size = fixup_wants;
        return EFI_BUFFER_TOO_SMALL;
    }
    memset((uint8_t *)tree + *size - 1, 'f', 1);
    return fixup_status;
}

static void machine_with(bool has_fixup)
{
    static const EFI_GUID guid = {
        0xe617d64c, 0xfe08, 0x46da, {0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00}};

    fake_allow_usual();
    fake_allow("InstallConfigurationTable");
    give_tree();
    fixups = 0;
    fixup_wants = 0;
    fixup_status = EFI_SUCCESS;
    protocol.fixup = fix;
    if (has_fixup)
        fake_install((EFI_HANDLE)(uintptr_t)0xf1f1, guid, &protocol);
}

static void nothing_is_left(void)
{
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
    assert_true(fake_table_at(FAKE_TABLE_DEVICE_TREE) == (uintptr_t)tree_source);
}

static void another_tree_takes_the_place_of_the_firmwares(void **state)
{
    uint64_t address;

    (void)state;
    machine_with(false);
    assert_int_equal(firmware_tree_replace(firmware, span_of(tree_source, tree_source_size)), 0);
    address = fake_table_at(FAKE_TABLE_DEVICE_TREE);
    assert_true(address != (uintptr_t)tree_source);
    assert_int_equal(fake_memory_type(address), MEMORY_ACPI_RECLAIM);
    assert_memory_equal((const void *)(uintptr_t)address, tree_source, tree_source_size);
    nothing_is_left();
}

static void a_machine_without_one_gets_none_back(void **state)
{
    (void)state;
    machine_with(false);
    fake_table(FAKE_TABLE_DEVICE_TREE, 0);
    assert_int_equal(firmware_tree_replace(firmware, span_of(tree_source, tree_source_size)), 0);
    assert_int_not_equal(fake_table_at(FAKE_TABLE_DEVICE_TREE), 0);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_DEVICE_TREE), 0);
}

static void the_firmware_adds_what_it_knows(void **state)
{
    const uint8_t *tree;

    (void)state;
    machine_with(true);
    assert_int_equal(firmware_tree_replace(firmware, span_of(tree_source, tree_source_size)), 0);
    assert_int_equal(fixups, 1);
    tree = (const uint8_t *)(uintptr_t)fake_table_at(FAKE_TABLE_DEVICE_TREE);
    assert_int_equal(tree[4095], 'f');
    nothing_is_left();
}

static void the_firmware_gets_the_room_that_it_wants(void **state)
{
    const uint8_t *tree;

    (void)state;
    machine_with(true);
    fixup_wants = 8000;
    assert_int_equal(firmware_tree_replace(firmware, span_of(tree_source, tree_source_size)), 0);
    assert_int_equal(fixups, 2);
    tree = (const uint8_t *)(uintptr_t)fake_table_at(FAKE_TABLE_DEVICE_TREE);
    assert_int_equal(tree[8191], 'f');
    assert_memory_equal(tree, tree_source, tree_source_size);
    nothing_is_left();
}

static void what_the_firmware_does_not_take_is_not_installed(void **state)
{
    static const struct {
        UINTN wants;
        EFI_STATUS status;
        EFI_STATUS expected;
    } cases[] = {
        {0, EFI_DEVICE_ERROR, EFI_DEVICE_ERROR},
        {8000, EFI_DEVICE_ERROR, EFI_DEVICE_ERROR},
        {0, EFI_BUFFER_TOO_SMALL, EFI_BUFFER_TOO_SMALL}, /* and never says how large */
        {3U << 20, EFI_SUCCESS, EFI_BUFFER_TOO_SMALL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(NULL);
        machine_with(true);
        fixup_wants = cases[i].wants;
        fixup_status = cases[i].status;
        assert_true(firmware_tree_replace(firmware, span_of(tree_source, tree_source_size)) ==
                    cases[i].expected);
        assert_true(fixups <= 2);
        assert_int_equal(firmware->leases.count, 0);
        nothing_is_left();
        (void)end(NULL);
    }
    (void)begin(NULL);
}

static void an_empty_table_is_made_for_what_stays_reserved(void **state)
{
    static const uint8_t empty[16];

    (void)state;
    fake_allow_usual();
    fake_allow("InstallConfigurationTable");
    tables = (struct linux_tables){0};
    assert_int_equal(memreserve_install(firmware, &tables), 0);
    assert_memory_equal((const void *)(uintptr_t)fake_table_at(FAKE_TABLE_MEMRESERVE), empty, 16);
}

static void a_table_that_is_there_stays(void **state)
{
    (void)state;
    fake_table(FAKE_TABLE_MEMRESERVE, 0x1230);
    assert_int_equal(memreserve_install(firmware, &tables), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_MEMRESERVE), 0x1230);
}

static void no_memory_is_no_table(void **state)
{
    (void)state;
    fake_allow_usual();
    tables = (struct linux_tables){0};
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_true(memreserve_install(firmware, &tables) == FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_table_at(FAKE_TABLE_MEMRESERVE), 0);
}

static void a_framebuffer_gets_a_table(void **state)
{
    const struct framebuffer screen = {
        .address = 0x7f110000, .width = 800, .height = 600, .pitch = 3200, .bits_per_pixel = 32};
    const uint8_t *info;

    (void)state;
    fake_allow_usual();
    fake_allow("InstallConfigurationTable");
    tables = (struct linux_tables){0};
    assert_int_equal(screen_info_install(firmware, &tables, &screen), 0);
    info = (const uint8_t *)(uintptr_t)fake_table_at(FAKE_TABLE_SCREEN_INFO);
    assert_int_equal(info[0x0f], 0x70);
    assert_memory_equal(info + 0x12, "\x20\x03\x58\x02", 4);
    assert_int_equal(fake_memory_type((uintptr_t)info), MEMORY_ACPI_RECLAIM);
}

static void no_framebuffer_is_no_table(void **state)
{
    (void)state;
    assert_int_equal(screen_info_install(firmware, &tables, &(struct framebuffer){0}), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_SCREEN_INFO), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tree_is_found_by_its_table),
        TEST(a_machine_without_one_has_none),
        TEST(what_is_no_tree_is_none),
        TEST(an_empty_table_is_made_for_what_stays_reserved),
        TEST(a_table_that_is_there_stays),
        TEST(no_memory_is_no_table),
        TEST(another_tree_takes_the_place_of_the_firmwares),
        TEST(a_machine_without_one_gets_none_back),
        TEST(the_firmware_adds_what_it_knows),
        TEST(the_firmware_gets_the_room_that_it_wants),
        TEST(what_the_firmware_does_not_take_is_not_installed),
        TEST(a_framebuffer_gets_a_table),
        TEST(no_framebuffer_is_no_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
