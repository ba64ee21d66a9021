/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/tree/firmware_tree.h"

#include "core/linux/device_tree.h"
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
        TEST(a_tree_is_found_by_its_table), TEST(a_machine_without_one_has_none),
        TEST(what_is_no_tree_is_none),      TEST(an_empty_table_is_made_for_what_stays_reserved),
        TEST(a_table_that_is_there_stays),  TEST(no_memory_is_no_table),
        TEST(a_framebuffer_gets_a_table),   TEST(no_framebuffer_is_no_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
