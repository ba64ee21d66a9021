/* SPDX-License-Identifier: BSD-2-Clause */
/* Off and on again, into the setup, and into another boot option of the firmware's. */
#include "efi/restart.h"

#include "unit/fixture/firmware_fixture.h"

static void set(const char *name, const void *data, size_t size)
{
    fake_variable_set(fake_vendor_global, name, 7, data, size);
}

static void set_u64(const char *name, uint64_t value)
{
    set(name, &value, sizeof(value));
}

/* What the last reset was asked to be; fails the test when there was none. */
static uint64_t kind_of_reset(void)
{
    for (size_t i = fake_call_count(); i-- > 0;)
        if (strcmp(fake_call_at(i)->service, "ResetSystem") == 0)
            return fake_call_at(i)->a;
    fail_msg("no reset");
    return 0;
}

static void lay_down(void)
{
    fake_allow_usual();
    fake_allow("ResetSystem");
    fake_behaviour.resets_that_return = 100;
}

static void off_and_on_again(void **state)
{
    (void)state;
    lay_down();
    restart(firmware, true);
    assert_int_equal(kind_of_reset(), 2); /* EfiResetShutdown */
    restart(firmware, false);
    assert_int_equal(kind_of_reset(), 0); /* EfiResetCold */
}

static void the_setup_is_asked_for_beside_what_others_ask_for(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    lay_down();
    assert_false(restart_has_setup(firmware));
    set_u64("OsIndicationsSupported", 6);
    assert_false(restart_has_setup(firmware));
    set_u64("OsIndicationsSupported", 7);
    assert_true(restart_has_setup(firmware));
    set_u64("OsIndications", 4);
    restart_into_setup(firmware);
    assert_memory_equal(fake_variable(fake_vendor_global, "OsIndications", &attributes, &size),
                        "\5\0\0\0\0\0\0", 8);
    assert_int_equal(attributes, 7);
    assert_int_equal(fake_calls_of("ResetSystem"), 1);
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    restart_into_setup(firmware);
    assert_int_equal(fake_calls_of("ResetSystem"), 1);
}

/* An EFI_LOAD_OPTION; `size` bytes of it are there. */
static void add_option(const char *name, const uint16_t *description, size_t size)
{
    uint8_t option[200] = {1, 0, 0, 0, 4, 0};
    size_t at = 6;

    do {
        memcpy(option + at, description, 2);
        at += 2;
    } while (*description++ != 0);
    memcpy(option + at, "\x7f\xff\x04", 4);
    set(name, option, size != 0 ? size : at + 4);
}

static const uint16_t *next(void)
{
    uint32_t attributes = 0;
    size_t size = 0;
    const uint16_t *number = fake_variable(fake_vendor_global, "BootNext", &attributes, &size);

    if (number != NULL) {
        assert_int_equal(attributes, 7);
        assert_int_equal(size, 2);
    }
    return number;
}

static void another_boot_option_is_started_once(void **state)
{
    static const uint16_t order[] = {2, 0xBEEF, 0x1A, 3};

    (void)state;
    lay_down();
    restart_into(firmware, "Windows Boot Manager");
    assert_null(next());
    set("BootOrder", order, sizeof(order));
    restart_into(firmware, "Windows Boot Manager"); /* not one of these is there */
    add_option("Boot0002", u"Windows Boot Manager 2", 0);
    add_option("Boot001A", u"Windows Boot Manager", 6 + 40); /* cut in front of its NUL */
    add_option("Boot0004", u"Windows Boot Manager", 0);      /* not in the order */
    restart_into(firmware, "Windows Boot Manager");
    assert_null(next());
    assert_int_equal(fake_calls_of("ResetSystem"), 0);
    add_option("BootBEEF", u"Windows Boot Manager", 0);
    add_option("Boot0003", u"Windows Boot Manager", 0);
    restart_into(firmware, "Windows Boot Manager");
    assert_non_null(next());
    assert_int_equal(*next(), 0xBEEF);
    assert_int_equal(kind_of_reset(), 0);
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    restart_into(firmware, "Windows Boot Manager");
    assert_int_equal(fake_calls_of("ResetSystem"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(off_and_on_again),
        TEST(the_setup_is_asked_for_beside_what_others_ask_for),
        TEST(another_boot_option_is_started_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
