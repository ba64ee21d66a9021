/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/console.h"

#include "unit/fixture/firmware_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_end_as_consoles_want_them), TEST(utf_8_is_shown_and_what_is_none_is_masked),
        TEST(long_texts_come_whole),           TEST(closed_console_prints_nothing),
        TEST(machine_without_a_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
