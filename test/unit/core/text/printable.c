/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that nothing in the words of others can do more on a console than be seen. */
#include "core/text/printable.h"

#include "core/text/utf.h"
#include "unit/fixture/exact.h"

static void check(const char *string, const char *expected)
{
    struct span bytes = exact_string(string);
    char *buffer = exact_buffer(strlen(expected) + 1);
    struct text text = text_in(buffer, strlen(expected) + 1);

    text_put_printable_bytes(&text, bytes);
    assert_string_equal(buffer, expected);
    assert_false(text.truncated);
    assert_int_equal(text.length, strlen(expected));

    text = text_in(buffer, strlen(expected) + 1);
    text_put_printable(&text, string);
    assert_string_equal(buffer, expected);
    free(buffer);

    buffer = exact_buffer(bytes.size);
    assert_int_equal(printable_copy(bytes, buffer), strlen(expected));
    assert_memory_equal(buffer, expected, strlen(expected));
    memcpy(buffer, string, bytes.size);
    assert_int_equal(printable_copy(span_of(buffer, bytes.size), buffer), strlen(expected));
    assert_memory_equal(buffer, expected, strlen(expected));
    free(buffer);
    exact_free(bytes);
}

static void shows_text_as_it_is(void **state)
{
    static const char *const texts[] = {
        "",
        " !~azAZ09",
        "\xC2\xA0\xC2\xAC\xC2\xAE",             /* around the soft hyphen, behind C1 */
        "\xC3\xA4\xD0\x96\xE5\x86\x85",         /* two and three bytes */
        "\xE2\x80\x8A\xE2\x80\x90\xE2\x80\xA7", /* around the marks of direction: U+200A... */
        "\xE2\x80\xAF\xE2\x81\x9F\xE2\x81\xB0", /* U+202F, U+205F, U+2070 */
        "\xEF\xB7\x8F\xEF\xB7\xB0\xEF\xBB\xBE", /* U+FDCF, U+FDF0, U+FEFE */
        "\xEF\xBF\xAF\xEF\xBF\xBC\xEF\xBF\xBD", /* U+FFEF, U+FFFC, U+FFFD */
        "\xF0\x9F\x90\xA7\xF4\x8F\xBF\xBD",     /* beyond UCS-2, up to U+10FFFD */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        check(texts[i], texts[i]);
        assert_true(printable_is(span_of(texts[i], strlen(texts[i]))));
    }
}

static void shows_a_question_mark_for_what_does_more_than_being_seen(void **state)
{
    static const char *const cases[][2] = {
        {"a\nbaton: all is well", "a?baton: all is well"},
        {"a\r\nb", "a??b"},
        {"\x1B[2J\x1B]0;x\x07", "?[2J?]0;x?"},
        {"\b\v\f\x0E\x0F\x1F\x7F", "???????"},
        {"\xC2\x80\xC2\x85\xC2\x9B\xC2\x9F", "????"}, /* C1: NEL, CSI */
        {"\xC2\xAD", "?"},                            /* soft hyphen */
        {"\xD8\x9C", "?"},                            /* Arabic letter mark */
        {"\xE1\xA0\x8E", "?"},                        /* Mongolian vowel separator */
        {"\xE2\x80\x8B\xE2\x80\x8E\xE2\x80\x8F", "???"},
        {"\xE2\x80\xA8\xE2\x80\xA9", "??"}, /* separators of lines and paragraphs */
        {"\xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA0\xE2\x81\xA6\xE2\x81\xA9\xE2\x81\xAF", "??????"},
        {"\xEF\xB7\x90\xEF\xB7\xAF", "??"}, /* noncharacters */
        {"\xEF\xBB\xBF", "?"},              /* byte order mark */
        {"\xEF\xBF\xB0\xEF\xBF\xB1\xEF\xBF\xBB\xEF\xBF\xBE\xEF\xBF\xBF", "?????"},
        {"\xF0\x9F\xBF\xBE\xF4\x8F\xBF\xBF", "??"},
        {"\xF3\xA0\x80\x80\xF3\xA0\x81\x81\xF3\xA0\xBF\xBF", "???"}, /* tags */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        check(cases[i][0], cases[i][1]);
        assert_false(printable_is(span_of(cases[i][0], strlen(cases[i][0]))));
    }
}

static void shows_one_for_each_byte_that_is_no_utf_8(void **state)
{
    (void)state;
    check("B\xFCro", "B?ro");                    /* Latin-1 */
    check("\xC3", "?");                          /* cut */
    check("\xE2\x80", "??");                     /* cut */
    check("\xC0\xAF\xC1\x8A", "????");           /* overlong: a newline in two bytes */
    check("\xE0\x80\x8A", "???");                /* overlong */
    check("\xED\xA0\x80\xED\xBF\xBF", "??????"); /* surrogates */
    check("\xF4\x90\x80\x80\xF8", "?????");      /* beyond Unicode */
    check("\x80\xBF\xFF\xFE", "????");
    assert_false(printable_is(span_of("B\xFCro", 4)));
}

static void a_tab_is_a_space_and_a_nul_is_shown(void **state)
{
    char to[3];

    (void)state;
    check("\ta\t", " a ");
    assert_true(printable_is(span_of("a\tb", 3)));
    assert_int_equal(printable_copy(span_of("a\0b", 3), to), 3);
    assert_memory_equal(to, "a?b", 3);
    assert_false(printable_is(span_of("a\0b", 3)));
}

static void no_string_is_said_to_be_none(void **state)
{
    char buffer[16];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    text_put_printable(&text, NULL);
    assert_string_equal(buffer, "(none)");
}

static void cuts_between_characters_at_any_capacity(void **state)
{
    static const char whole[] = "a\xC3\xA4\xE5\x86\x85\xF0\x9F\x90\xA7z";
    static const size_t ends[] = {0, 1, 3, 6, 10, 11};

    (void)state;
    for (size_t capacity = 1; capacity <= sizeof(whole) + 1; capacity++) {
        char *buffer = exact_buffer(capacity);
        struct text text = text_in(buffer, capacity);
        size_t expected = 0;

        for (size_t i = 0; i < LENGTH_OF(ends); i++) {
            if (ends[i] < capacity)
                expected = ends[i];
        }
        text_put_printable(&text, whole);
        assert_int_equal(text.length, expected);
        assert_memory_equal(buffer, whole, expected);
        assert_int_equal(buffer[expected], 0);
        assert_int_equal(text.truncated, capacity < sizeof(whole));
        text_put_printable(&text, "!"); /* nothing appears behind a gap */
        assert_int_equal(text.length, capacity == sizeof(whole) + 1 ? expected + 1 : expected);
        free(buffer);
    }
}

/* Every code point that there is: what is shown decodes to itself, or is the question mark. */
static void each_code_point_is_shown_whole_or_not_at_all(void **state)
{
    size_t shown = 0;

    (void)state;
    for (uint32_t code_point = 0x80; code_point <= 0x10FFFF; code_point++) {
        uint8_t bytes[4];
        char to[4];
        size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
        uint32_t left = code_point;
        size_t length;

        for (size_t i = size - 1; i > 0; i--, left >>= 6)
            bytes[i] = (uint8_t)(0x80 | (left & 0x3F));
        bytes[0] = (uint8_t)((size == 2 ? 0xC0 : size == 3 ? 0xE0 : 0xF0) | left);
        length = printable_copy(span_of(bytes, size), to);
        if (length == size && memcmp(bytes, to, size) == 0)
            shown++;
        else
            assert_true(to[0] == '?');
    }
    /* 0x10FF80 in all, less 2048 surrogates and what the table hides above 0x7F. */
    assert_int_equal(shown,
                     0x10FF80 - 2048 - 32 - 1 - 1 - 1 - 5 - 7 - 16 - 32 - 1 - 12 - 4096 - 2 * 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_text_as_it_is),
        cmocka_unit_test(shows_a_question_mark_for_what_does_more_than_being_seen),
        cmocka_unit_test(shows_one_for_each_byte_that_is_no_utf_8),
        cmocka_unit_test(a_tab_is_a_space_and_a_nul_is_shown),
        cmocka_unit_test(no_string_is_said_to_be_none),
        cmocka_unit_test(cuts_between_characters_at_any_capacity),
        cmocka_unit_test(each_code_point_is_shown_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
