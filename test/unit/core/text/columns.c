/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/columns.h"

#include "unit/fixture/exact.h"

static void check(const char *string, uint32_t columns, const char *lines)
{
    struct span all = exact_string(string);
    struct span rest = all;
    char *buffer = exact_buffer(2 * strlen(string) + 1);
    size_t at = 0;

    while (rest.size > 0) {
        size_t size = columns_wrap(rest, columns);

        assert_true(size > 0 && size <= rest.size);
        memcpy(buffer + at, rest.data, size);
        at += size;
        buffer[at++] = '|';
        rest = span_of(rest.data + size, rest.size - size);
    }
    buffer[at] = '\0';
    assert_string_equal(buffer, lines);
    free(buffer);
    exact_free(all);
}

static void lines_end_between_words(void **state)
{
    (void)state;
    check("", 5, "");
    check("one two three", 80, "one two three|");
    check("one two three", 8, "one two |three|");
    check("one two three", 7, "one two |three|");
    check("one two three", 6, "one |two |three|");
    check("one two three", 5, "one |two |three|");
    check("one  two", 3, "one  |two|"); /* blanks hang over the edge */
    check("one\ntwo three", 9, "one\n|two three|");
    check("\n\n", 9, "\n|\n|");
}

static void a_word_that_is_too_long_is_cut(void **state)
{
    (void)state;
    check("abcdefgh", 3, "abc|def|gh|");
    check("a bcdefgh", 4, "a |bcde|fgh|");
    check("ab", 1, "a|b|");
    check("ab", 0, "a|b|"); /* at least one character */
}

static void wide_characters_take_two_cells(void **state)
{
    static const struct {
        const char *text;
        uint32_t columns;
    } table[] = {
        {"abc", 3},
        {"gr\xC3\xBC\xC3\x9F", 4},
        {"\xE6\xBC\xA2\xE5\xAD\x97", 4}, /* two ideographs */
        {"\xED\x95\x9C", 2},             /* Hangul */
        {"\xEF\xBC\xA1", 2},             /* a fullwidth letter */
        {"\xEF\xBD\xB1", 1},             /* a halfwidth one */
        {"\xF0\x9F\x98\x80", 1},         /* is shown as a question mark */
        {"\xFF\xC3", 2},                 /* no UTF-8: each byte */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct span text = exact_string(table[i].text);

        assert_int_equal(columns_of(text), table[i].columns);
        exact_free(text);
    }
    check("\xE6\xBC\xA2\xE5\xAD\x97", 3, "\xE6\xBC\xA2|\xE5\xAD\x97|");
    check("\xE6\xBC\xA2", 1, "\xE6\xBC\xA2|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_between_words),
        cmocka_unit_test(a_word_that_is_too_long_is_cut),
        cmocka_unit_test(wide_characters_take_two_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
