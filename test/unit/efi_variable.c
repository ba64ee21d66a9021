/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/variable.h"

#include "firmware_bench.h"

static uint8_t data[16];
static size_t size;
static uint32_t attributes;

static efi_status read(enum variable_vendor vendor, const char *name, size_t capacity)
{
    size = 77;
    attributes = 77;
    fake_allow("GetVariable");
    return variable_read(firmware, vendor, name, data, capacity, &size, &attributes);
}

static void reads_data_size_and_attributes(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, "\x01", 1);
    assert_int_equal(read(VARIABLE_GLOBAL, "SecureBoot", 16), 0);
    assert_int_equal(size, 1);
    assert_int_equal(attributes, 6);
    assert_int_equal(data[0], 1);
}

static void vendors_are_kept_apart(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_shim, "MokSBStateRT", 6, "\x01", 1);
    assert_int_equal(read(VARIABLE_GLOBAL, "MokSBStateRT", 16), FAKE_NOT_FOUND);
    assert_int_equal(read(VARIABLE_SHIM, "MokSBStateRT", 16), 0);
}

static void too_large_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_global, "Big", 7, "0123456789", 10);
    assert_int_equal(read(VARIABLE_GLOBAL, "Big", 9), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(size, 77);
    assert_int_equal(attributes, 77);
    assert_int_equal(read(VARIABLE_GLOBAL, "Big", 10), 0);
    assert_int_equal(size, 10);
}

static void name_too_long_never_reaches_the_firmware(void **state)
{
    char name[65];

    (void)state;
    memset(name, 'n', 64);
    name[64] = '\0';
    assert_int_equal(read(VARIABLE_GLOBAL, name, 16), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_call_count(), 0);
    name[63] = '\0';
    assert_int_equal(read(VARIABLE_GLOBAL, name, 16), FAKE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_data_size_and_attributes),
        TEST(vendors_are_kept_apart),
        TEST(too_large_is_an_error_and_changes_nothing),
        TEST(name_too_long_never_reaches_the_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
