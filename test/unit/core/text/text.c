/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that a line of text is always terminated, never overflows and says when it was cut. */
#include "core/text/text.h"

#include "unit/fixture/exact.h"

static void puts_strings_characters_and_bytes_in_order(void **state)
{
    char buffer[32];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    assert_string_equal(text.data, "");
    text_put(&text, "ab");
    text_put_char(&text, 'c');
    text_put_bytes(&text, "defg", 3);
    text_put(&text, NULL);
    assert_string_equal(text.data, "abcdef(none)");
    assert_int_equal(text.length, 12);
    assert_false(text.truncated);
}

static void writes_numbers_from_zero_to_the_largest(void **state)
{
    char buffer[80];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    text_put_decimal(&text, 0);
    text_put_char(&text, ' ');
    text_put_decimal(&text, UINT64_MAX);
    text_put_char(&text, ' ');
    text_put_hex(&text, 0);
    text_put_char(&text, ' ');
    text_put_hex(&text, 0x1F0);
    text_put_char(&text, ' ');
    text_put_hex(&text, UINT64_MAX);
    assert_string_equal(text.data, "0 18446744073709551615 0x0 0x1f0 0xffffffffffffffff");
}

static void is_terminated_and_marked_when_it_does_not_fit_at_any_capacity(void **state)
{
    static const char whole[] = "baton: 0x7b";

    (void)state;
    for (size_t capacity = 1; capacity <= sizeof(whole) + 2; capacity++) {
        char *buffer = exact_buffer(capacity);
        struct text text = text_in(buffer, capacity);
        size_t expected = capacity < sizeof(whole) ? capacity - 1 : sizeof(whole) - 1;

        text_put(&text, "baton: ");
        text_put_hex(&text, 123);
        assert_int_equal(text.length, expected);
        assert_int_equal(strlen(buffer), expected);
        assert_memory_equal(buffer, whole, expected);
        assert_int_equal(text.truncated, capacity < sizeof(whole));
        free(buffer);
    }
}

static void a_format_takes_its_values_in_order(void **state)
{
    static const char whole[] = "<one|0x2|3|four?|18446744073709551615|0x0|(none)>";
    char *buffer = exact_buffer(sizeof(whole));
    struct text text = text_in(buffer, sizeof(whole));
    const char *volatile missing = NULL; /* gcc would know */

    (void)state;
    /* More values than registers hold arguments. */
    text_format(&text, "<%s|%lx|%lu|%-s|%lu|%lx|%s>", "one", (uint64_t)2, (uint64_t)3, "four\n",
                UINT64_MAX, (uint64_t)0, missing);
    assert_string_equal(buffer, whole);
    assert_false(text.truncated);
    free(buffer);
}

static void a_string_is_put_as_it_is_unless_it_is_to_be_printable(void **state)
{
    char buffer[32];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    text_format(&text, "%s%-s", "a\033%s", "b\033%s");
    assert_string_equal(buffer, "a\033%sb?%s");
}

static void compares_ascii_letters_only_without_case(void **state)
{
    (void)state;
    assert_true(text_equal("", ""));
    assert_true(text_equal("abc", "abc"));
    assert_false(text_equal("abc", "abd"));
    assert_false(text_equal("abc", "ab"));
    assert_false(text_equal("ab", "abc"));
    assert_false(text_equal("abc", "ABC"));
    assert_true(text_equal_ignoring_case("aBC-[z", "AbC-[Z"));
    assert_false(text_equal_ignoring_case("@", "`"));
    assert_false(text_equal_ignoring_case("[", "{"));
    assert_false(text_equal_ignoring_case("ab", "abc"));
    assert_false(text_equal_ignoring_case("abc", "ab"));
    assert_false(text_equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
    for (int c = -128; c < 128; c++)
        assert_int_equal(text_lower((char)c), c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void measures_strings(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("four"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_strings_characters_and_bytes_in_order),
        cmocka_unit_test(writes_numbers_from_zero_to_the_largest),
        cmocka_unit_test(is_terminated_and_marked_when_it_does_not_fit_at_any_capacity),
        cmocka_unit_test(a_format_takes_its_values_in_order),
        cmocka_unit_test(a_string_is_put_as_it_is_unless_it_is_to_be_printable),
        cmocka_unit_test(compares_ascii_letters_only_without_case),
        cmocka_unit_test(measures_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
