/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/tables.h"

#include "unit/fixture/firmware_fixture.h"

static void nothing_is_zero(void **state)
{
    struct configuration_tables found = tables_find(firmware);

    (void)state;
    assert_int_equal(found.acpi_rsdp, 0);
    assert_int_equal(found.smbios, 0);
    assert_int_equal(found.smbios3, 0);
    assert_int_equal(found.memory_attributes, 0);
    assert_int_equal(fake_call_count(), 0);
}

static void each_goes_to_its_place(void **state)
{
    struct configuration_tables found;

    (void)state;
    fake_table(FAKE_TABLE_SMBIOS, 0x1000);
    fake_table(FAKE_TABLE_SMBIOS3, 0x2000);
    fake_table(FAKE_TABLE_ACPI_20, 0x3000);
    fake_table(FAKE_TABLE_MEMORY_ATTRIBUTES, 0x4000);
    found = tables_find(firmware);
    assert_int_equal(found.smbios, 0x1000);
    assert_int_equal(found.smbios3, 0x2000);
    assert_int_equal(found.acpi_rsdp, 0x3000);
    assert_int_equal(found.memory_attributes, 0x4000);
}

static void acpi_2_wins_in_any_order(void **state)
{
    (void)state;
    fake_table(FAKE_TABLE_ACPI, 0x1000);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0x1000);
    fake_table(FAKE_TABLE_ACPI_20, 0x2000);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0x2000);
    fake_table(FAKE_TABLE_ACPI, 0x3000);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0x2000);
}

static void count_that_cannot_be_is_not_followed(void **state)
{
    (void)state;
    fake_table(FAKE_TABLE_ACPI_20, 0x1000);
    fake_table_count(UINT64_MAX);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0);
    assert_true(tables_point_into(firmware, 0x9000, 0x9001));
}

/* 1024, the last of which counts; 1025 are nobody's. */
static void more_tables_than_there_are(void **state)
{
    (void)state;
    fake_tables_fill(1023);
    fake_table(FAKE_TABLE_ACPI_20, 0x1000);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0x1000);
    assert_true(tables_point_into(firmware, 0x1000, 0x1001));
    assert_false(tables_point_into(firmware, 0xfff, 0x1000));
    assert_false(tables_point_into(firmware, 0x1001, 0x9001));
    fake_tables_fill(1025);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0);
    assert_true(tables_point_into(firmware, 0x9000, 0x9001));
}

/* What is behind the last table is none, and a count without tables is no count. */
static void tables_end_where_the_firmware_says(void **state)
{
    (void)state;
    fake_table_count(1);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0);
    assert_true(tables_point_into(firmware, 0x1000, 0x1001));
    fake_table_count(0);
    assert_false(tables_point_into(firmware, 0x1000, 0x1001));
    fake_table(FAKE_TABLE_SMBIOS, 0x2000);
    fake_table(FAKE_TABLE_ACPI_20, 0x1000);
    fake_table_count(1);
    assert_int_equal(tables_find(firmware).acpi_rsdp, 0);
    assert_int_equal(tables_find(firmware).smbios, 0x2000);
    assert_false(tables_point_into(firmware, 0x1000, 0x1001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_zero),
        TEST(each_goes_to_its_place),
        TEST(acpi_2_wins_in_any_order),
        TEST(count_that_cannot_be_is_not_followed),
        TEST(more_tables_than_there_are),
        TEST(tables_end_where_the_firmware_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
