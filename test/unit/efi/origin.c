/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/origin.h"

#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/partition.h"

static struct origin origin;

static void read(void)
{
    fake_allow("HandleProtocol");
    memset(&origin, 0xee, sizeof(origin));
    origin_read(firmware, &origin);
}

static void says_who_made_the_firmware_and_where_baton_was(void **state)
{
    (void)state;
    fake_volume();
    fake_volume_path(partition_path);
    fake_firmware_vendor(u"EDK II");
    fake_firmware_revision(0x10000);
    read();
    assert_string_equal(origin.firmware, "EDK II 1.00");
    assert_string_equal(origin.specification, "UEFI 2.70");
    assert_string_equal(origin.partition, PARTITION_GUID);
    fake_firmware_vendor(u"\u00e4");
    fake_firmware_revision(0x0002000f);
    read();
    assert_string_equal(origin.firmware, "\xC3\xA4 2.15");
}

static void a_firmware_without_a_sound_name_has_its_version(void **state)
{
    static uint16_t endless[4096];

    (void)state;
    fake_volume();
    fake_firmware_vendor(NULL);
    read();
    assert_string_equal(origin.firmware, " 0.00");
    fake_firmware_vendor((const uint16_t[]){0xd800, 'a', 0});
    read();
    assert_string_equal(origin.firmware, " 0.00");
    for (size_t i = 0; i < 4096; i++)
        endless[i] = 'x';
    fake_firmware_vendor(endless);
    read();
    assert_int_equal(strlen(origin.firmware), 105);
}

/* No device, none with a path, a path without a partition, a disk without a GPT. */
static void where_there_is_no_partition_there_is_no_guid(void **state)
{
    static const uint8_t only_end[] = {0x7f, 0xff, 4, 0};
    uint8_t other[sizeof(partition_path)];

    (void)state;
    fake_volume();
    read();
    assert_string_equal(origin.partition, "");
    fake_volume_path(only_end);
    read();
    assert_string_equal(origin.partition, "");
    memcpy(other, partition_path, sizeof(other));
    other[PARTITION_NODE + 41] = 1; /* an MBR's */
    fake_volume_path(other);
    read();
    assert_string_equal(origin.partition, "");
    memcpy(other, partition_path, sizeof(other));
    other[PARTITION_NODE + 2] = 41;
    other[PARTITION_NODE + 41] = 0x7f;
    fake_volume_path(other);
    read();
    assert_string_equal(origin.partition, "");
    fake_image_device_absent();
    read();
    assert_string_equal(origin.partition, "");
}

static void a_failed_update_of_the_system_firmware_is_seen(void **state)
{
    static uint8_t table[16 + 3 * 40];

    (void)state;
    assert_false(firmware_update_failed(firmware));
    fake_table(FAKE_TABLE_ESRT, (uintptr_t)table);
    assert_false(firmware_update_failed(firmware));
    table[0] = 2;
    table[16 + 16] = 2; /* a device's firmware */
    table[16 + 36] = 1;
    table[16 + 40 + 16] = 1;
    assert_false(firmware_update_failed(firmware));
    table[16 + 40 + 37] = 1;
    assert_true(firmware_update_failed(firmware));
    table[0] = 1;
    assert_false(firmware_update_failed(firmware));
}

static void an_endless_table_of_firmware_ends(void **state)
{
    static uint8_t table[16 + 128 * 40];

    (void)state;
    memset(table, 0xff, 8);
    fake_table(FAKE_TABLE_ESRT, (uintptr_t)table);
    assert_false(firmware_update_failed(firmware));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_who_made_the_firmware_and_where_baton_was),
        TEST(a_firmware_without_a_sound_name_has_its_version),
        TEST(where_there_is_no_partition_there_is_no_guid),
        TEST(a_failed_update_of_the_system_firmware_is_seen),
        TEST(an_endless_table_of_firmware_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
