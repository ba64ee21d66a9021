/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/console.h"

#include "unit/fixture/firmware_fixture.h"

#include <stdio.h>

static void lines_end_as_consoles_want_them(void **state)
{
    (void)state;
    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    console_put("one\ntwo");
    assert_string_equal(fake_console_text(), "one\r\ntwo");
    console_close();
}

static void utf_8_is_shown_and_what_is_none_is_masked(void **state)
{
    (void)state;
    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    console_put("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xff \xf0\x9f\x98\x80 \xc3");
    assert_string_equal(fake_console_text(), "gr\xc3\xbc\xc3\x9f \xe2\x82\xac ? ? ?");
    console_close();
}

/* Whatever the length, nothing is lost at the seams of the chunks. */
static void long_texts_come_whole(void **state)
{
    char text[400];

    (void)state;
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        char expected[800];
        size_t at = 0;

        begin(NULL);
        fake_allow("OutputString");
        fake_console();
        for (size_t i = 0; i < length; i++) {
            text[i] = i % 9 == 8 ? '\n' : (char)('a' + i % 26);
            if (text[i] == '\n')
                expected[at++] = '\r';
            expected[at++] = text[i];
        }
        text[length] = '\0';
        expected[at] = '\0';
        console_open(firmware);
        console_put(text);
        assert_string_equal(fake_console_text(), expected);
        console_close();
    }
}

static void closed_console_prints_nothing(void **state)
{
    (void)state;
    fake_console(); /* OutputString is not allowed: a call would fail the test */
    console_put("never opened");
    console_open(firmware);
    console_close();
    console_put("closed");
    assert_int_equal(fake_call_count(), 0);
}

static void machine_without_a_console(void **state)
{
    (void)state;
    console_open(firmware);
    console_put("nobody hears this\n");
    assert_int_equal(fake_call_count(), 0);
}

/* On a console of 40 columns, of which 39 are used. */
static void lay_down_terminal(const struct fake_terminal *terminal)
{
    fake_allow_usual();
    fake_allow("OutputString");
    fake_terminal(terminal);
    console_open(firmware);
}

static const struct fake_terminal narrow = {.columns = 40, .rows = 10, .breaks_lines = true};

#define LONG_TEXT "baton: loading \\letter: not a kernel that Baton knows; give another one\n"

static void lines_end_between_words(void **state)
{
    (void)state;
    lay_down_terminal(&narrow);
    console_put(LONG_TEXT);
    console_put("next");
    assert_string_equal(fake_terminal_row(0), "baton: loading \\letter: not a kernel");
    assert_string_equal(fake_terminal_row(1), "that Baton knows; give another one");
    assert_string_equal(fake_terminal_row(2), "next");
    console_put("\n0123456789 0123456789 0123456789 abcdefg\nanother line\n\nthe end of it");
    assert_string_equal(fake_terminal_row(3), "0123456789 0123456789 0123456789");
    assert_string_equal(fake_terminal_row(4), "abcdefg");
    assert_string_equal(fake_terminal_row(5), "another line");
    assert_string_equal(fake_terminal_row(6), "");
    assert_string_equal(fake_terminal_row(7), "the end of it");
    console_close();
}

/* What stands in the line before counts. */
static void a_line_goes_on_where_it_was_left(void **state)
{
    (void)state;
    lay_down_terminal(&narrow);
    console_put("0123456789 0123456789 ");
    console_put("baton: loading \\letter: not a kernel that Baton knows; give another one");
    assert_string_equal(fake_terminal_row(0), "0123456789 0123456789 baton: loading");
    assert_string_equal(fake_terminal_row(1), "\\letter: not a kernel that Baton knows;");
    assert_string_equal(fake_terminal_row(2), "give another one");
    console_close();
}

/* As it was: the console breaks it, wherever. */
static void a_console_that_does_not_tell_its_width_gets_the_text_as_it_is(void **state)
{
    static const struct fake_terminal terminals[] = {
        {.columns = 40, .rows = 10, .breaks_lines = true, .query_status = FAKE_DEVICE_ERROR},
        {.columns = 40, .rows = 10, .breaks_lines = true, .no_mode = true},
        {.columns = 19, .rows = 10, .breaks_lines = true},
    };

    for (size_t i = 0; i < 3; i++) {
        (void)begin(state);
        lay_down_terminal(&terminals[i]);
        console_put("baton: loading \\letter: not a kernel that Baton knows; give another one");
        assert_true(strncmp(fake_terminal_row(0), "baton: loading \\letter: not a kernel that",
                            terminals[i].columns) == 0);
        console_close();
        (void)end(state);
    }
    (void)begin(state);
}

/* No call for what fits anyway: most lines of a boot do. */
/* What was said first is the record of a failed exit: no warnings of entries may push it out. */
static void the_first_and_the_last_of_what_is_said_are_kept(void **state)
{
    char buffer[64];

    (void)state;
    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    console_keep(buffer, sizeof(buffer));
    console_put("the record of an exit\n");
    for (int i = 0; i < 20; i++) {
        char line[32];

        snprintf(line, sizeof(line), "warning %d\n", i);
        console_put(line);
        assert_int_equal(strncmp(buffer, "the record of an exit\n", 22), 0);
        assert_true(strlen(buffer) < sizeof(buffer));
        assert_non_null(strstr(buffer, line));
    }
    console_draw("a picture");
    assert_null(strstr(buffer, "picture"));
    console_close();
}

static void short_lines_ask_for_nothing(void **state)
{
    (void)state;
    lay_down_terminal(&narrow);
    console_put("baton: a line with sixty-four bytes is taken for a short one...\n");
    assert_int_equal(fake_calls_of("QueryMode"), 0);
    console_put("baton: a line with sixty-five bytes is not a short one any more\n\n");
    assert_int_equal(fake_calls_of("QueryMode"), 1);
    console_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_end_as_consoles_want_them),
        TEST(utf_8_is_shown_and_what_is_none_is_masked),
        TEST(long_texts_come_whole),
        TEST(closed_console_prints_nothing),
        TEST(machine_without_a_console),
        TEST(lines_end_between_words),
        TEST(a_line_goes_on_where_it_was_left),
        TEST(a_console_that_does_not_tell_its_width_gets_the_text_as_it_is),
        TEST(the_first_and_the_last_of_what_is_said_are_kept),
        TEST(short_lines_ask_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
