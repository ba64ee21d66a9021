/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/variable.h"

#include "unit/fixture/firmware_fixture.h"

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

/* Success, and a size that the buffer cannot have held: nobody may read that far. */
static void success_that_claims_more_than_there_is_room_for(void **state)
{
    static const uint64_t claims[] = {17, 4096, 1ULL << 40, UINT64_MAX};

    (void)state;
    fake_variable_set(fake_vendor_global, "Liar", 7, "0123456789", 10);
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        fake_behaviour.claimed_variable_size = claims[i];
        assert_int_equal(read(VARIABLE_GLOBAL, "Liar", 16), FAKE_BUFFER_TOO_SMALL);
        assert_int_equal(size, 77);
        assert_int_equal(attributes, 77);
    }
    fake_behaviour.claimed_variable_size = 16;
    assert_int_equal(read(VARIABLE_GLOBAL, "Liar", 16), 0);
    assert_int_equal(size, 16);
}

static void name_too_long_never_reaches_the_firmware(void **state)
{
    char name[65];

    (void)state;
    memset(name, 'n', 64);
    name[64] = '\0';
    assert_int_equal(read(VARIABLE_GLOBAL, name, 16), FAKE_INVALID_PARAMETER);
    assert_int_equal(
        variable_write(firmware_runtime_services(firmware), VARIABLE_GLOBAL, name, 7, "x", 1),
        FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_call_count(), 0);
    name[63] = '\0';
    assert_int_equal(read(VARIABLE_GLOBAL, name, 16), FAKE_NOT_FOUND);
}

static uint64_t services(void)
{
    return firmware_runtime_services(firmware);
}

static void writes_data_size_and_attributes(void **state)
{
    const void *written;

    (void)state;
    fake_allow("SetVariable");
    assert_int_equal(variable_write(services(), VARIABLE_BATON, "Word", VARIABLE_KEPT, "abc", 3),
                     0);
    written = fake_variable(fake_vendor_baton, "Word", &attributes, &size);
    assert_non_null(written);
    assert_int_equal(size, 3);
    assert_int_equal(attributes, 7);
    assert_memory_equal(written, "abc", 3);
}

static void each_vendor_is_its_own(void **state)
{
    static const struct {
        enum variable_vendor vendor;
        const uint8_t *guid;
    } vendors[] = {{VARIABLE_GLOBAL, fake_vendor_global},
                   {VARIABLE_SHIM, fake_vendor_shim},
                   {VARIABLE_BATON, fake_vendor_baton},
                   {VARIABLE_RANDOM_SEED, fake_vendor_random_seed},
                   {VARIABLE_OVERWRITE, fake_vendor_overwrite},
                   {VARIABLE_SYSTEMD, fake_vendor_systemd}};

    (void)state;
    fake_allow("SetVariable");
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        assert_null(fake_variable(vendors[i].guid, "Word", &attributes, &size));
        assert_int_equal(variable_write(services(), vendors[i].vendor, "Word", 2, "abc", 3), 0);
        assert_non_null(fake_variable(vendors[i].guid, "Word", &attributes, &size));
    }
}

static void deleting_leaves_nothing_and_says_when_there_was_nothing(void **state)
{
    (void)state;
    fake_allow("SetVariable");
    fake_variable_set(fake_vendor_global, "Word", 7, "x", 1);
    assert_int_equal(variable_delete(services(), VARIABLE_GLOBAL, "Word"), 0);
    assert_null(fake_variable(fake_vendor_global, "Word", &attributes, &size));
    assert_int_equal(variable_delete(services(), VARIABLE_GLOBAL, "Word"), FAKE_NOT_FOUND);
}

static void refusal_to_write_is_reported(void **state)
{
    (void)state;
    fake_allow("SetVariable");
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(variable_write(services(), VARIABLE_GLOBAL, "Word", 7, "x", 1),
                     FAKE_OUT_OF_RESOURCES);
    assert_int_equal(variable_delete(services(), VARIABLE_GLOBAL, "Word"), FAKE_OUT_OF_RESOURCES);
}

/* After a failed exit the table can be gone, or empty. */
static void no_services_to_write_with(void **state)
{
    static const uint64_t empty[64];

    (void)state;
    assert_int_equal(variable_write(0, VARIABLE_GLOBAL, "Word", 7, "x", 1), FAKE_UNSUPPORTED);
    assert_int_equal(variable_delete(0, VARIABLE_GLOBAL, "Word"), FAKE_UNSUPPORTED);
    assert_int_equal(variable_write((uintptr_t)empty, VARIABLE_GLOBAL, "Word", 7, "x", 1),
                     FAKE_UNSUPPORTED);
}

static void a_text_is_written_as_utf16(void **state)
{
    char longest[VARIABLE_TEXT_MAX + 1];
    const void *stored;

    (void)state;
    fake_allow("SetVariable");
    assert_int_equal(
        variable_write_text(firmware_runtime_services(firmware), "LoaderInfo", 6, "a\xC3\xA9"), 0);
    stored = fake_variable(fake_vendor_systemd, "LoaderInfo", &attributes, &size);
    assert_memory_equal(stored, u"a\u00e9", 6);
    assert_int_equal(size, 6);
    assert_int_equal(attributes, 6);
    memset(longest, 'x', sizeof(longest));
    longest[VARIABLE_TEXT_MAX] = '\0';
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(variable_write_text(firmware_runtime_services(firmware), "LoaderInfo", 6,
                                             i == 0 ? longest : "\xFF"),
                         FAKE_INVALID_PARAMETER);
    }
    assert_int_equal(fake_calls_of("SetVariable"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_data_size_and_attributes),
        TEST(vendors_are_kept_apart),
        TEST(too_large_is_an_error_and_changes_nothing),
        TEST(success_that_claims_more_than_there_is_room_for),
        TEST(name_too_long_never_reaches_the_firmware),
        TEST(writes_data_size_and_attributes),
        TEST(each_vendor_is_its_own),
        TEST(deleting_leaves_nothing_and_says_when_there_was_nothing),
        TEST(refusal_to_write_is_reported),
        TEST(no_services_to_write_with),
        TEST(a_text_is_written_as_utf16),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
