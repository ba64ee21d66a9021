/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/memory_overwrite.h"

#include "unit/fixture/firmware_fixture.h"

#define NAME "MemoryOverwriteRequestControl"

static efi_status request(void)
{
    fake_allow("GetVariable");
    fake_allow("SetVariable");
    return memory_overwrite_request(firmware);
}

static void assert_requested(void)
{
    uint32_t attributes;
    size_t size;
    const uint8_t *value = fake_variable(fake_vendor_overwrite, NAME, &attributes, &size);

    assert_non_null(value);
    assert_int_equal(size, 1);
    assert_int_equal(value[0], 1);
    assert_int_equal(attributes, 7);
}

static void firmware_without_it_is_not_asked(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_global, NAME, 7, "", 1); /* somebody else's */
    assert_int_equal(request(), FAKE_NOT_FOUND);
    assert_int_equal(fake_calls_of("SetVariable"), 0);
}

static void firmware_that_has_it_is_asked(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_overwrite, NAME, 7, "\0", 1);
    assert_int_equal(request(), 0);
    assert_requested();
}

/* Bit 4 forbids the firmware to notice an orderly end; Linux's stub clears it as well. */
static void other_bits_are_cleared(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_overwrite, NAME, 7, "\x10", 1);
    assert_int_equal(request(), 0);
    assert_requested();
}

static void one_of_another_size_exists_too(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_overwrite, NAME, 7, "\0\0\0", 4);
    assert_int_equal(request(), 0);
    assert_requested();
}

static void refusal_is_reported(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_overwrite, NAME, 7, "\0", 1);
    fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
    assert_int_equal(request(), FAKE_ACCESS_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(firmware_without_it_is_not_asked),
        TEST(firmware_that_has_it_is_asked),
        TEST(other_bits_are_cleared),
        TEST(one_of_another_size_exists_too),
        TEST(refusal_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
