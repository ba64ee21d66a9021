/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that files are split into keys and values as people and editors write them. */
#include "core/text/lines.h"

#include "unit/fixture/exact.h"

struct expected {
    uint32_t line;
    const char *key;
    const char *value;
};

static void check(const char *file, const struct expected *expected, size_t count)
{
    struct span text = exact_string(file);
    struct lines lines = lines_of(text);
    struct span key;
    struct span value;

    for (size_t i = 0; i < count; i++) {
        assert_true(lines_next(&lines, &key, &value));
        assert_int_equal(lines.number, expected[i].line);
        assert_true(value_equals(key, expected[i].key));
        assert_true(value_equals(value, expected[i].value));
    }
    assert_false(lines_next(&lines, &key, &value));
    assert_false(lines_next(&lines, &key, &value));
    exact_free(text);
}

static void splits_lines_with_any_blanks_and_ends(void **state)
{
    static const struct expected expected[] = {
        {1, "title", "Debian  GNU/Linux"}, {3, "linux", "/vmlinuz"}, {5, "initrd", ""},
        {6, "options", "a b # c"},         {8, "last", "line"},
    };

    (void)state;
    check("title   Debian  GNU/Linux\n"
          "# a comment\n"
          "\tlinux \t /vmlinuz \t\r\n"
          "  # an indented comment\r\n"
          "initrd\n"
          "options a b # c\n"
          " \t \n"
          "last line",
          expected, LENGTH_OF(expected));
}

static void passes_over_a_byte_order_mark_at_the_start_only(void **state)
{
    static const struct expected first[] = {{1, "title", "x"}};
    static const struct expected later[] = {{2, "\xEF\xBB\xBFtitle", "x"}};
    static const struct expected half[] = {{1, "\xEF\xBB", ""}};

    (void)state;
    check("\xEF\xBB\xBFtitle x", first, 1);
    check("\n\xEF\xBB\xBFtitle x", later, 1);
    check("\xEF\xBB", half, 1);
    check("\xEF\xBB\xBF", NULL, 0);
}

static void finds_nothing_in_empty_files(void **state)
{
    (void)state;
    check("", NULL, 0);
    check("\n", NULL, 0);
    check("\r\n\r\n", NULL, 0);
    check("#", NULL, 0);
    check("   ", NULL, 0);
}

static void ends_lines_at_each_kind_of_end(void **state)
{
    static const struct expected expected[] = {
        {1, "title", "x"}, {2, "linux", "/k"}, {3, "initrd", "/i"}, {6, "options", "a"}};

    (void)state;
    check("title x\rlinux /k\r\ninitrd /i\n\r\n\roptions a\r", expected, LENGTH_OF(expected));
    check("\r", NULL, 0);
    check("\r\r\n", NULL, 0);
}

static void passes_over_nuls_at_the_end_only(void **state)
{
    struct span text = exact_copy("a b\0c\n\0d e\nf\0\0\0", 16);
    struct lines lines = lines_of(text);
    struct span key;
    struct span value;

    (void)state;
    assert_true(lines_next(&lines, &key, &value));
    assert_int_equal(value.size, 3);
    assert_memory_equal(value.data, "b\0c", 3);
    assert_true(lines_next(&lines, &key, &value));
    assert_int_equal(key.size, 2);
    assert_memory_equal(key.data, "\0d", 2);
    assert_true(lines_next(&lines, &key, &value));
    assert_true(value_equals(key, "f"));
    assert_int_equal(lines.number, 3);
    assert_false(lines_next(&lines, &key, &value));
    exact_free(text);
    text = exact_copy("\0\0", 2);
    lines = lines_of(text);
    assert_false(lines_next(&lines, &key, &value));
    exact_free(text);
}

static bool are_utf16(const char *bytes, size_t size)
{
    struct span text = exact_copy(bytes, size);
    bool result = lines_are_utf16(text);

    exact_free(text);
    return result;
}

static void knows_utf_16(void **state)
{
    (void)state;
    assert_true(are_utf16("\xFF\xFEt\0i\0", 6));
    assert_true(are_utf16("\xFE\xFF\0t\0i", 6));
    assert_true(are_utf16("t\0i\0", 4));
    assert_true(are_utf16("\0t\0i", 4));
    assert_true(are_utf16("\xFF\xFE\x11\x22", 4));
    assert_false(are_utf16("title", 5));
    assert_false(are_utf16("t\0tl", 4)); /* a character of it is broken */
    assert_false(are_utf16("\0itl", 4));
    assert_false(are_utf16("\0\0\0\0", 4));
    assert_false(are_utf16("t\0i", 3));
    assert_false(are_utf16("\xEF\xBB\xBFt", 4));
    assert_false(are_utf16(NULL, 0));
}

static void takes_quotes_off_that_are_around_the_whole(void **state)
{
    static const char *const cases[][2] = {
        {"\"a b\"", "a b"}, {"'a b'", "a b"},   {"\"a\" b\"", "a\" b"},
        {"\"a'", "\"a'"},   {"'x", "'x"},       {"x'", "x'"},
        {"\"\"", ""},       {"''", ""},         {"\"", "\""},
        {"'", "'"},         {"", ""},           {"\" a\t\"", "a"},
        {"\" \"", ""},      {"\"'a'\"", "'a'"}, {"a\"b\"", "a\"b\""},
        {"`a`", "`a`"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct span value = exact_string(cases[i][0]);

        if (!value_equals(value_unquoted(value), cases[i][1]))
            fail_msg("%s", cases[i][0]);
        exact_free(value);
    }
}

static void takes_words_off_with_and_without_quotes(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {" \t ", ""},
        {"/a", "[/a]"},
        {" /a\t \t/b ", "[/a][/b]"},
        {"\"/a b\"", "[/a b]"},
        {"\"/a b\" '/c d'  e", "[/a b][/c d][e]"},
        {"\"/a /b\"", "[/a /b]"},
        {"\"/a\"b\" c", "[/a\"b][c]"},
        {"\"/a\"b c", "[\"/a\"b][c]"},
        {"'/a b", "['/a][b]"},
        {"/a'b c'", "[/a'b][c']"},
        {"\"\" ''", "[][]"},
        {"\"", "[\"]"},
        {"' a", "['][a]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct span whole = exact_string(cases[i][0]);
        struct span value = whole;
        struct span word;
        char joined[64] = "";

        while (value_next_word(&value, &word)) {
            strcat(joined, "[");
            strncat(joined, (const char *)word.data, word.size);
            strcat(joined, "]");
        }
        assert_string_equal(joined, cases[i][1]);
        exact_free(whole);
    }
}

static void compares_values_exactly_or_without_case(void **state)
{
    (void)state;
    assert_true(value_equals(span_of("x64", 3), "x64"));
    assert_false(value_equals(span_of("x64", 2), "x64"));
    assert_false(value_equals(span_of("x64", 3), "x6"));
    assert_false(value_equals(span_of("X64", 3), "x64"));
    assert_true(value_equals(span_of(NULL, 0), ""));
    assert_true(value_equals_ignoring_case(span_of("X64", 3), "x64"));
    assert_false(value_equals_ignoring_case(span_of("X6", 2), "x64"));
    assert_false(value_equals_ignoring_case(span_of("X64", 3), "x6"));
    assert_false(value_equals(span_of("x\0y", 3), "x"));
}

static void compares_no_byte_behind_the_value(void **state)
{
    struct span value = exact_string("x64");

    (void)state;
    assert_false(value_equals(value, "x64x"));
    assert_false(value_equals_ignoring_case(value, "x64x"));
    exact_free(value);
}

static void tells_text_from_other_bytes(void **state)
{
    (void)state;
    assert_true(value_is_text(span_of(NULL, 0)));
    assert_true(value_is_text(span_of("a\tb \xC3\xA4", 6)));
    assert_false(value_is_text(span_of("a\rb", 3)));
    assert_false(value_is_text(span_of("\x1B[2J", 4)));
    assert_false(value_is_text(span_of("\x7F", 1)));
    assert_false(value_is_text(span_of("\xC3", 1)));
}

static void reads_the_booleans_of_loader_conf(void **state)
{
    static const char *const yes[] = {"yes", "y", "true", "t", "on", "1", "YES", "True"};
    static const char *const no[] = {"no", "n", "false", "f", "off", "0", "Off"};
    static const char *const neither[] = {"", "2", "ye", "yess", "enabled", "y n"};
    bool value;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(yes); i++) {
        value = false;
        assert_true(value_boolean(span_of(yes[i], strlen(yes[i])), &value));
        assert_true(value);
    }
    for (size_t i = 0; i < LENGTH_OF(no); i++) {
        value = true;
        assert_true(value_boolean(span_of(no[i], strlen(no[i])), &value));
        assert_false(value);
    }
    for (size_t i = 0; i < LENGTH_OF(neither); i++)
        assert_false(value_boolean(span_of(neither[i], strlen(neither[i])), &value));
}

static void reads_decimal_numbers_up_to_the_limit(void **state)
{
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      "1 ",
                                      " 1",
                                      "0x1",
                                      "1s",
                                      "4294967296",
                                      "18446744073709551616",
                                      "99999999999999999999999999"};
    uint32_t value = 4711;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        assert_false(value_decimal(span_of(bad[i], strlen(bad[i])), UINT32_MAX, &value));
    assert_false(value_decimal(span_of("601", 3), 600, &value));
    assert_int_equal(value, 4711);
    assert_true(value_decimal(span_of("600", 3), 600, &value));
    assert_int_equal(value, 600);
    assert_true(value_decimal(span_of("4294967295", 10), UINT32_MAX, &value));
    assert_int_equal(value, UINT32_MAX);
    assert_true(value_decimal(span_of("0000000000000000000010", 22), 10, &value));
    assert_int_equal(value, 10);
}

static void pool_packs_strings_until_it_is_full(void **state)
{
    char *buffer = exact_buffer(6);
    struct string_pool pool = {.next = buffer, .left = 6};
    struct span first = exact_string("abc");

    (void)state;
    assert_string_equal(string_pool_add(&pool, first), "abc");
    exact_free(first);
    assert_null(string_pool_add(&pool, span_of("de", 2)));
    assert_string_equal(string_pool_add(&pool, span_of("d", 1)), "d");
    assert_null(string_pool_add(&pool, span_of(NULL, 0)));
    assert_memory_equal(buffer, "abc\0d", 6);
    free(buffer);
}

static void pool_makes_strings_printable(void **state)
{
    char *buffer = exact_buffer(8);
    struct string_pool pool = {.next = buffer, .left = 8};
    struct span first = exact_string("\xC3\xFC\n");

    (void)state;
    assert_string_equal(string_pool_add_printable(&pool, first), "???");
    exact_free(first);
    assert_null(string_pool_add_printable(&pool, span_of("\xE2\x80\xA8\xE2", 4)));
    assert_string_equal(string_pool_add_printable(&pool, span_of("\xE2\x80\xA8", 3)), "?");
    assert_int_equal(pool.left, 2); /* it takes what it needs */
    assert_null(string_pool_add_printable(&pool, span_of("ab", 2)));
    assert_string_equal(string_pool_add_printable(&pool, span_of("a", 1)), "a");
    assert_null(string_pool_add_printable(&pool, span_of(NULL, 0)));
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_lines_with_any_blanks_and_ends),
        cmocka_unit_test(passes_over_a_byte_order_mark_at_the_start_only),
        cmocka_unit_test(finds_nothing_in_empty_files),
        cmocka_unit_test(ends_lines_at_each_kind_of_end),
        cmocka_unit_test(passes_over_nuls_at_the_end_only),
        cmocka_unit_test(knows_utf_16),
        cmocka_unit_test(takes_quotes_off_that_are_around_the_whole),
        cmocka_unit_test(takes_words_off_with_and_without_quotes),
        cmocka_unit_test(compares_values_exactly_or_without_case),
        cmocka_unit_test(compares_no_byte_behind_the_value),
        cmocka_unit_test(tells_text_from_other_bytes),
        cmocka_unit_test(reads_the_booleans_of_loader_conf),
        cmocka_unit_test(reads_decimal_numbers_up_to_the_limit),
        cmocka_unit_test(pool_packs_strings_until_it_is_full),
        cmocka_unit_test(pool_makes_strings_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
