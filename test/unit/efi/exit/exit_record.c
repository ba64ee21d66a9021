/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/exit/exit_record.h"

#include "efi/console.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NAME "BatonExitRecord"

static struct firmware *firmware;
static char text[EXIT_RECORD_SIZE];

static int begin(void **state)
{
    (void)state;
    firmware = fake_begin();
    fake_allow("GetVariable");
    fake_allow("SetVariable");
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static uint64_t services(void)
{
    return firmware_runtime_services(firmware);
}

static void nothing_after_a_good_boot(void **state)
{
    (void)state;
    strcpy(text, "as before");
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
    assert_string_equal(text, "as before");
}

static void what_was_written_is_read_and_cleared(void **state)
{
    (void)state;
    assert_int_equal(exit_record_write(services(), EXIT_RECORD, "entry: a\nstuck\n"), 0);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_string_equal(text, "entry: a\nstuck\n");
    assert_int_equal(exit_record_clear(services(), EXIT_RECORD), 0);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
}

static void record_and_marker_are_two_variables(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    assert_int_equal(exit_record_write(services(), EXIT_RECORD, "entry: record\n"), 0);
    assert_int_equal(exit_record_read(firmware, EXIT_MARKER, text), FAKE_NOT_FOUND);
    assert_int_equal(exit_record_write(services(), EXIT_MARKER, "entry: marker\n"), 0);
    assert_int_equal(exit_record_clear(services(), EXIT_RECORD), 0);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
    assert_int_equal(exit_record_read(firmware, EXIT_MARKER, text), 0);
    assert_string_equal(text, "entry: marker\n");
    assert_non_null(fake_variable(fake_vendor_baton, "BatonExitMarker", &attributes, &size));
    assert_int_equal(attributes, 7);
}

static void clearing_what_is_not_there_is_one_harmless_call(void **state)
{
    (void)state;
    assert_int_equal(exit_record_clear(services(), EXIT_MARKER), FAKE_NOT_FOUND);
    assert_int_equal(fake_calls_of("SetVariable"), 1);
}

static void both_begin_with_the_entry_and_the_time(void **state)
{
    char buffer[256];
    struct text record = text_in(buffer, sizeof(buffer));

    (void)state;
    fake_allow("GetTime");
    exit_record_begin(&record, services(), "debian");
    assert_memory_equal(buffer, "entry: debian\ntime: ", 20);
    assert_true(exit_record_is_about(buffer, "debian"));
}

static void variable_of_that_name_by_another_vendor_is_not_ours(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_global, NAME, 7, "entry: x\n", 9);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
}

/* Anybody who may write variables may have written this one, escape sequences and all. */
static void bytes_that_are_no_text_are_masked(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_baton, NAME, 7, "entry: a\0b\x1b[2J\xff\r\n~", 18);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_string_equal(text, "entry: a?b?[2J??\n~");
}

static void full_size_fits(void **state)
{
    char full[EXIT_RECORD_SIZE - 1];

    (void)state;
    memset(full, 'x', sizeof(full));
    memcpy(full, "entry: ", 7);
    fake_variable_set(fake_vendor_baton, NAME, 7, full, sizeof(full));
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_int_equal(strlen(text), EXIT_RECORD_SIZE - 1);
}

static bool is_there(const char *name)
{
    uint32_t attributes;
    size_t size;

    return fake_variable(fake_vendor_baton, name, &attributes, &size) != NULL;
}

/* What Baton has not written: gone after it was read, whatever it says. */
static void assert_not_believed(uint32_t attributes, const void *data, size_t size)
{
    fake_variable_set(fake_vendor_baton, NAME, attributes, data, size);
    fake_variable_set(fake_vendor_baton, "BatonExitMarker", attributes, data, size);
    strcpy(text, "as before");
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
    assert_int_equal(exit_record_read(firmware, EXIT_MARKER, text), FAKE_NOT_FOUND);
    assert_string_equal(text, "as before");
    assert_false(is_there(NAME));
    assert_false(is_there("BatonExitMarker"));
}

static void larger_variable_is_not_ours(void **state)
{
    static char large[8192];

    (void)state;
    memset(large, 'x', sizeof(large));
    memcpy(large, "entry: ", 7);
    assert_not_believed(7, large, EXIT_RECORD_SIZE);
    assert_not_believed(7, large, sizeof(large));
}

static void variable_with_other_attributes_is_not_ours(void **state)
{
    static const uint32_t others[] = {2, 3, 6, 7 | 8, 7 | 0x20, 7 | 0x40};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_not_believed(others[i], "entry: a\n", 9);
}

static void variable_that_begins_otherwise_is_not_ours(void **state)
{
    (void)state;
    assert_not_believed(7, "x", 1);
    assert_not_believed(7, "entry:a\n", 8);
    assert_not_believed(7, "told\n", 5);
    assert_not_believed(7, "told\nbaton: all is well\n", 24);
    assert_not_believed(7, "\nentry: a\n", 10);
}

/* An owner whom the firmware protects, or a store that takes nothing. */
static void what_is_not_ours_and_stays_is_not_believed_either(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_baton, NAME, 3, "entry: a\n", 9);
    fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), FAKE_NOT_FOUND);
    assert_true(is_there(NAME));
}

static void small_store_gets_a_quarter(void **state)
{
    (void)state;
    char record[1001];

    memset(record, 'r', sizeof(record) - 1);
    memcpy(record, "entry: ", 7);
    record[1000] = '\0';
    fake_behaviour.variable_size_max = 300;
    assert_int_equal(exit_record_write(services(), EXIT_RECORD, record), 0);
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_int_equal(strlen(text), 250);
}

static void refusal_is_reported_and_tries_are_bounded(void **state)
{
    (void)state;
    char record[1001];

    memset(record, 'r', sizeof(record) - 1);
    record[1000] = '\0';
    fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
    assert_int_equal(exit_record_write(services(), EXIT_RECORD, record), FAKE_ACCESS_DENIED);
    assert_in_range(fake_calls_of("SetVariable"), 1, 4);
}

/* Of the marker as of the record: nothing is called that is not there. */
static void firmware_without_the_services_keeps_nothing(void **state)
{
    static const uint64_t no_service[32]; /* a table of services that are all NULL */
    const uint64_t tables[] = {0, (uintptr_t)no_service};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char buffer[64];
        struct text record = text_in(buffer, sizeof(buffer));

        exit_record_begin(&record, tables[i], "debian");
        assert_string_equal(buffer, "entry: debian\n");
        assert_int_equal(exit_record_write(tables[i], EXIT_MARKER, buffer), FAKE_UNSUPPORTED);
        assert_int_equal(exit_record_write(tables[i], EXIT_RECORD, buffer), FAKE_UNSUPPORTED);
        assert_int_equal(exit_record_clear(tables[i], EXIT_MARKER), FAKE_UNSUPPORTED);
    }
    assert_int_equal(fake_call_count(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void a_record_is_about_the_entry_it_names_and_no_other(void **state)
{
    static const char record[] = "entry: debian\ntime: now\ngave up\n";

    (void)state;
    assert_true(exit_record_is_about(record, "debian"));
    assert_false(exit_record_is_about(record, "debia"));
    assert_false(exit_record_is_about(record, "debian-6"));
    assert_false(exit_record_is_about(record, ""));
    assert_false(exit_record_is_about("", "debian"));
    assert_false(exit_record_is_about("entry: debian", "debian")); /* cut short: says nothing */
    assert_false(exit_record_is_about("about entry: debian\n", "debian"));
}

static void a_name_that_had_to_be_changed_for_the_record_is_still_found(void **state)
{
    char buffer[256];
    struct text record = text_in(buffer, sizeof(buffer));
    char name[200];

    (void)state;
    exit_record_put_entry(&record, "a\nb\xc3\xa9");
    assert_string_equal(buffer, "entry: a?b??\n");
    assert_true(exit_record_is_about(buffer, "a\nb\xc3\xa9"));

    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    record = text_in(buffer, sizeof(buffer));
    exit_record_put_entry(&record, name);
    assert_true(exit_record_is_about(buffer, name));
}

static void a_record_that_was_shown_says_so_and_still_tells_its_story(void **state)
{
    (void)state;
    assert_true(exit_record_settle(firmware, EXIT_RECORD, "entry: a\nstuck\n"));
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_string_equal(text, "told\nentry: a\nstuck\n");
    assert_true(exit_record_is_told(text));
    assert_true(exit_record_is_about(text, "a"));
}

static void a_fresh_record_was_not_shown(void **state)
{
    char buffer[256];
    struct text record = text_in(buffer, sizeof(buffer));

    (void)state;
    fake_allow("GetTime");
    exit_record_begin(&record, firmware_runtime_services(firmware), "told");
    assert_false(exit_record_is_told(buffer));
    assert_false(exit_record_is_told(""));
}

static void a_full_record_that_was_shown_loses_its_end_only(void **state)
{
    char full[EXIT_RECORD_SIZE];

    (void)state;
    memset(full, 'x', sizeof(full));
    memcpy(full, "entry: ", 7);
    full[sizeof(full) - 1] = '\0';
    assert_true(exit_record_settle(firmware, EXIT_RECORD, full));
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_int_equal(strlen(text), EXIT_RECORD_SIZE - 1);
    assert_true(exit_record_is_told(text));
}

/* What could not be marked or removed would put the same entry last at every start. */
static void what_cannot_be_settled_is_said_so(void **state)
{
    static const char record[] = "entry: a\n";

    (void)state;
    for (unsigned int variable = 0; variable < EXIT_VARIABLES; variable++) {
        assert_int_equal(exit_record_write(services(), variable, record), 0);
        fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
        assert_false(exit_record_settle(firmware, variable, record));
        fake_behaviour.set_variable_status = 0;
        fake_behaviour.set_variable_forgets = true;
        assert_false(exit_record_settle(firmware, variable, record));
        fake_behaviour.set_variable_forgets = false;
        assert_true(exit_record_settle(firmware, variable, record));
    }
    assert_int_equal(exit_record_read(firmware, EXIT_RECORD, text), 0);
    assert_string_equal(text, "told\nentry: a\n");
    assert_false(is_there("BatonExitMarker"));
}

static void a_store_with_little_room_is_settled_too(void **state)
{
    char record[1001];

    (void)state;
    memset(record, 'r', sizeof(record) - 1);
    memcpy(record, "entry: ", 7);
    record[1000] = '\0';
    assert_int_equal(exit_record_write(services(), EXIT_RECORD, record), 0);
    fake_behaviour.variable_size_max = 300;
    assert_true(exit_record_settle(firmware, EXIT_RECORD, record));
}

static const char *shown(const char *record)
{
    fake_console();
    fake_allow_usual();
    fake_allow("OutputString");
    console_open(firmware);
    exit_record_show(record);
    console_close();
    return fake_console_text();
}

static void every_line_of_a_record_is_behind_a_bar(void **state)
{
    (void)state;
    assert_string_equal(shown("entry: a\nbaton: leaving boot services\n"),
                        "    | entry: a\r\n    | baton: leaving boot services\r\n");
}

static void a_record_without_an_end_ends_its_line(void **state)
{
    (void)state;
    assert_string_equal(shown("entry: a"), "    | entry: a\r\n");
}

/* Consoles have 80 columns or more: one that broke a line would begin the next without the bar. */
static void a_long_line_is_broken_by_baton(void **state)
{
    char record[2 * 72 + 20];
    const char *at;

    (void)state;
    memset(record, ' ', sizeof(record));
    strcpy(record + 2 * 72, "baton: all is well\n");
    at = shown(record);
    for (unsigned int line = 0; line < 3; line++) {
        size_t length = strcspn(at, "\r");

        assert_memory_equal(at, "    | ", 6);
        assert_true(length <= 78);
        assert_memory_equal(at + length, "\r\n", 2);
        at += length + 2;
    }
    assert_string_equal(at, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_after_a_good_boot),
        TEST(what_was_written_is_read_and_cleared),
        TEST(record_and_marker_are_two_variables),
        TEST(clearing_what_is_not_there_is_one_harmless_call),
        TEST(both_begin_with_the_entry_and_the_time),
        TEST(variable_of_that_name_by_another_vendor_is_not_ours),
        TEST(bytes_that_are_no_text_are_masked),
        TEST(full_size_fits),
        TEST(larger_variable_is_not_ours),
        TEST(variable_with_other_attributes_is_not_ours),
        TEST(variable_that_begins_otherwise_is_not_ours),
        TEST(what_is_not_ours_and_stays_is_not_believed_either),
        TEST(what_cannot_be_settled_is_said_so),
        TEST(a_store_with_little_room_is_settled_too),
        TEST(every_line_of_a_record_is_behind_a_bar),
        TEST(a_record_without_an_end_ends_its_line),
        TEST(a_long_line_is_broken_by_baton),
        TEST(small_store_gets_a_quarter),
        TEST(refusal_is_reported_and_tries_are_bounded),
        TEST(firmware_without_the_services_keeps_nothing),
        TEST(a_record_is_about_the_entry_it_names_and_no_other),
        TEST(a_name_that_had_to_be_changed_for_the_record_is_still_found),
        TEST(a_record_that_was_shown_says_so_and_still_tells_its_story),
        TEST(a_fresh_record_was_not_shown),
        TEST(a_full_record_that_was_shown_loses_its_end_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
