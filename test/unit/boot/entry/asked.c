/* SPDX-License-Identifier: BSD-2-Clause */
/* What variables ask for, and that what is for one boot is taken away. */
#include "boot/entry/asked.h"

#include "unit/fixture/firmware_fixture.h"

static struct arena arena;
static struct asked asked;
static bool confidential;

static void ask(const char *name, const void *data, size_t size)
{
    fake_variable_set(fake_vendor_systemd, name, 7, data, size);
}

#define ASK(name, text) ask(name, text, sizeof(text))

static bool is_there(const char *name)
{
    uint32_t attributes;
    size_t size;

    return fake_variable(fake_vendor_systemd, name, &attributes, &size) != NULL;
}

static void read(void)
{
    fake_allow_usual();
    arena = arena_of(firmware);
    asked_read(firmware, &arena, confidential, &asked);
}

static void nothing_is_asked_for(void **state)
{
    (void)state;
    read();
    for (unsigned int i = 0; i < ENTRY_WISHES; i++)
        assert_null(asked.wishes.patterns[i]);
    assert_null(asked.last_booted);
    assert_int_equal(asked.timeout.wait, LOADER_WAIT_UNSET);
    assert_false(asked.forces_menu);
    assert_int_equal(fake_calls_of("SetVariable"), 0);
    assert_int_equal(fake_calls_of("GetVariable"), 6);
}

static void everything_is_asked_for(void **state)
{
    static const uint16_t unterminated[] = {'l', 'a', 's', 't'};

    (void)state;
    ASK("LoaderEntryOneShot", u"shot-*");
    ASK("LoaderEntryPreferred", u"@saved");
    ASK("LoaderEntryDefault", u"d\u00e9faut.conf");
    ASK("LoaderConfigTimeout", u"menu-hidden");
    ask("LoaderEntryLastBooted", unterminated, sizeof(unterminated));
    ASK("LoaderEntrySysFail", u"rescue");
    read();
    assert_string_equal(asked.wishes.patterns[ENTRY_ONE_SHOT], "shot-*");
    assert_string_equal(asked.wishes.patterns[ENTRY_PREFERRED_VARIABLE], "@saved");
    assert_string_equal(asked.wishes.patterns[ENTRY_DEFAULT_VARIABLE], "d\xC3\xA9"
                                                                       "faut.conf");
    assert_null(asked.wishes.patterns[ENTRY_DEFAULT_CONF]);
    assert_null(asked.wishes.patterns[ENTRY_PREFERRED_CONF]);
    assert_null(asked.wishes.patterns[ENTRY_SYS_FAIL]);
    assert_string_equal(asked.last_booted, "last");
    assert_int_equal(asked.timeout.wait, LOADER_WAIT_HIDDEN);
    assert_false(asked.forces_menu);
    /* All but what was for one boot is as it was. */
    assert_false(is_there("LoaderEntryOneShot"));
    assert_int_equal(fake_calls_of("SetVariable"), 1);
}

/* An SMBIOS of a virtual machine with one string. */
static void lay_down_string(const char *string)
{
    static uint8_t table[256];

    memset(table, 0, sizeof(table));
    table[0] = 11;
    table[1] = 5;
    strcpy((char *)table + 5, string);
    fake_smbios(table, sizeof(table));
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
}

static void the_maker_of_a_machine_asks_for_a_timeout(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        (void)begin(state);
        lay_down_string("io.systemd.boot.timeout=9");
        ASK("LoaderConfigTimeout", u"5");
        if (i == 1)
            ASK("LoaderConfigTimeoutOneShot", u"7");
        confidential = i == 2;
        if (i == 3)
            fake_cpuid_set(1, (struct cpuid_answer){0});
        read();
        assert_int_equal(asked.timeout.seconds, i == 0 ? 9 : i == 1 ? 7 : 5);
        assert_int_equal(asked.strings.size != 0, i < 2);
        (void)end(state);
    }
    confidential = false;
    (void)begin(state);
}

static void an_smbios_that_makes_no_sense_says_nothing(void **state)
{
    static uint8_t entry[32] = "_SM_";

    (void)state;
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
    fake_table(FAKE_TABLE_SMBIOS, (uintptr_t)entry);
    read();
    assert_int_equal(asked.strings.size, 0);
    entry[1] = 'X';
    entry[22] = 0xff;
    entry[24] = 0xff;
    read();
    assert_int_equal(asked.strings.size, 0);
}

static void a_timeout_for_one_boot_goes_before_and_forces_the_menu(void **state)
{
    (void)state;
    ASK("LoaderConfigTimeout", u"menu-disabled");
    ASK("LoaderConfigTimeoutOneShot", u"7");
    read();
    assert_int_equal(asked.timeout.wait, LOADER_WAIT_SECONDS);
    assert_int_equal(asked.timeout.seconds, 7);
    assert_true(asked.forces_menu);
    assert_false(is_there("LoaderConfigTimeoutOneShot"));
    assert_true(is_there("LoaderConfigTimeout"));
    read();
    assert_int_equal(asked.timeout.wait, LOADER_WAIT_DISABLED);
    assert_false(asked.forces_menu);
}

static void what_makes_no_sense_asks_for_nothing_and_goes(void **state)
{
    static const uint8_t odd[] = {'a', 0, 'b'};
    static const uint16_t half[] = {0xd800, 0};
    static uint16_t endless[2 * LOADER_PATTERN_MAX];

    (void)state;
    for (size_t i = 0; i < 2 * LOADER_PATTERN_MAX; i++)
        endless[i] = 'x';
    for (unsigned int i = 0; i < 3; i++) {
        const void *data = i == 0 ? (const void *)odd : i == 1 ? half : endless;
        size_t size = i == 0 ? sizeof(odd) : i == 1 ? sizeof(half) : sizeof(endless);

        ask("LoaderEntryOneShot", data, size);
        ask("LoaderEntryDefault", data, size);
        ask("LoaderConfigTimeoutOneShot", data, size);
        ASK("LoaderConfigTimeout", u"5");
        read();
        assert_string_equal(asked.wishes.patterns[ENTRY_ONE_SHOT], "");
        assert_string_equal(asked.wishes.patterns[ENTRY_DEFAULT_VARIABLE], "");
        assert_false(is_there("LoaderEntryOneShot") || is_there("LoaderConfigTimeoutOneShot"));
        assert_int_equal(asked.timeout.seconds, 5);
        assert_false(asked.forces_menu);
    }
}

static void a_failed_update_asks_for_its_entry(void **state)
{
    static uint8_t table[16 + 40] = {[0] = 1, [16 + 16] = 1, [16 + 36] = 1};

    (void)state;
    fake_table(FAKE_TABLE_ESRT, (uintptr_t)table);
    ASK("LoaderEntrySysFail", u"rescue");
    read();
    assert_string_equal(asked.wishes.patterns[ENTRY_SYS_FAIL], "rescue");
    assert_true(is_there("LoaderEntrySysFail"));
}

static void a_store_that_keeps_what_was_for_one_boot_stops_nothing(void **state)
{
    (void)state;
    ASK("LoaderEntryOneShot", u"a");
    fake_behaviour.set_variable_status = FAKE_DEVICE_ERROR;
    read();
    assert_string_equal(asked.wishes.patterns[ENTRY_ONE_SHOT], "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_asked_for),
        TEST(everything_is_asked_for),
        TEST(a_timeout_for_one_boot_goes_before_and_forces_the_menu),
        TEST(the_maker_of_a_machine_asks_for_a_timeout),
        TEST(an_smbios_that_makes_no_sense_says_nothing),
        TEST(what_makes_no_sense_asks_for_nothing_and_goes),
        TEST(a_failed_update_asks_for_its_entry),
        TEST(a_store_that_keeps_what_was_for_one_boot_stops_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
