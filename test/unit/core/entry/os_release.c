/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that os-release is read as the shell would read it, that each field falls back on the
 * next best, and that no text of anybody's gets further than a title may. */
#include "core/entry/os_release.h"

#include "unit/fixture/exact.h"

static char pool_buffer[OS_RELEASE_CAPACITY(OS_RELEASE_MAX)];

/* Of a text and a pool that are blocks of exactly the size they are said to have. */
static enum os_release_error parse(const char *text, struct os_release *ret_release)
{
    struct span copy = exact_string(text);
    size_t capacity = OS_RELEASE_CAPACITY(copy.size);
    char *buffer = exact_buffer(capacity);
    struct string_pool pool = {.next = buffer, .left = capacity};
    struct string_pool kept = {.next = pool_buffer, .left = sizeof(pool_buffer)};
    enum os_release_error error = os_release_parse(copy, &pool, ret_release);

    assert_true(pool.next == buffer + (capacity - pool.left));
    free(buffer);
    if (error == OS_RELEASE_OK) /* once more, for strings that outlive this */
        assert_int_equal(os_release_parse(copy, &kept, ret_release), OS_RELEASE_OK);
    exact_free(copy);
    return error;
}

static void check(const char *text, const char *title, const char *version, const char *sort_key)
{
    struct os_release release;

    assert_int_equal(parse(text, &release), OS_RELEASE_OK);
    assert_string_equal(release.title, title);
    assert_string_equal(release.version, version);
    assert_string_equal(release.sort_key, sort_key);
}

static void reads_debians(void **state)
{
    (void)state;
    check("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
          "NAME=\"Debian GNU/Linux\"\n"
          "VERSION_ID=\"12\"\n"
          "VERSION=\"12 (bookworm)\"\n"
          "VERSION_CODENAME=bookworm\n"
          "ID=debian\n"
          "HOME_URL=\"https://www.debian.org/\"\n",
          "Debian GNU/Linux 12 (bookworm)", "12 (bookworm)", "debian");
}

static void each_field_falls_back_on_the_next(void **state)
{
    static const char *const titles[] = {"PRETTY_NAME", "IMAGE_ID", "NAME", "ID"};
    static const char *const versions[] = {"IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"};

    (void)state;
    for (size_t first = 0; first < 4; first++) {
        char text[300] = "";

        for (size_t i = 4; i-- > first;) { /* the best last: the order of lines means nothing */
            strcat(strcat(strcat(text, titles[i]), "=the "), titles[i]);
            strcat(strcat(strcat(text, "\n"), versions[i]), "=its ");
            strcat(strcat(text, versions[i]), "\n");
        }
        {
            char title[30] = "the ";
            char version[30] = "its ";

            check(text, strcat(title, titles[first]), strcat(version, versions[first]),
                  first <= 1 ? "the IMAGE_ID" : "the ID");
        }
    }
    check("NAME=x\n", "x", "", "");
}

static void reads_quotes_as_the_shell_does(void **state)
{
    (void)state;
    check("NAME='a \"b\" \\$c'\n", "a \"b\" \\$c", "", "");
    check("NAME=\"a 'b' \\\"c\\\" \\$d \\\\ \\` \\n\"\n", "a 'b' \"c\" $d \\ ` \\n", "", "");
    check("NAME=a\\ b \t\r\nID=\"x\"", "a\\ b", "", "x");
    check("NAME=\"a\\\\\"\n", "a\\", "", "");
    check("# NAME=no\n\n  NAME=yes\n=x\nNAME\nname=no\nNAMES=no\n", "yes", "", "");
    check("NAME=a=b\n", "a=b", "", "");
    check("\xEF\xBB\xBFNAME=Zo\xc3\xab\n", "Zo\xc3\xab", "", "");
}

static void the_last_of_two_counts(void **state)
{
    (void)state;
    check("NAME=one\nID=a\nNAME=two\n", "two", "", "a");
    check("NAME=one\nID=a\nID=\n", "one", "", "");
}

static void what_is_no_value_counts_as_not_given(void **state)
{
    static const char *const lines[] = {
        "PRETTY_NAME=\n",        "PRETTY_NAME=\"\"\n",     "PRETTY_NAME=''\n",
        "PRETTY_NAME=\"\n",      "PRETTY_NAME='\n",        "PRETTY_NAME=\"no\n",
        "PRETTY_NAME='no\"\n",   "PRETTY_NAME=\"no\\\"\n", "PRETTY_NAME=\"no\"no\n",
        "PRETTY_NAME='no' no\n", "PRETTY_NAME\n",          "PRETTY_NAME =no\n",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        char text[100];

        check(strcat(strcpy(text, lines[i]), "NAME=yes\n"), "yes", "", "");
        check(strcat(strcpy(text, "NAME=yes\n"), lines[i]), "yes", "", "");
    }
}

static void what_is_no_text_is_shown_as_well_as_possible(void **state)
{
    (void)state;
    check("PRETTY_NAME=\x1b[2Ja\nVERSION=\xff\nID=b\x7f\n", "?[2Ja", "?", "b?");
    check("NAME=\"B\xFCro \\\"x\\\"\"\n", "B?ro \"x\"", "", "");
    check("NAME=\"\xE2\\$\"\n", "?$", "", ""); /* what a backslash hid is no part of it */
    check("NAME=a\tb\xE2\x80\xAE\xC3\xA4\rID=x\r", "a b?\xC3\xA4", "", "x");
}

static void a_text_may_end_anywhere(void **state)
{
    (void)state;
    check("NAME=yes\nPRETTY_NAME=\"no", "yes", "", "");
    check("NAME=yes\nPRETTY_NAME=\"no\\", "yes", "", "");
    check("NAME=yes\nPRETTY_NAME=\"", "yes", "", "");
    check("NAME=yes\nPRETTY_NAME=", "yes", "", "");
    check("NAME=yes\nPRETTY_NAME", "yes", "", "");
}

static void ends_at_the_first_nul(void **state)
{
    static const char text[] = "NAME=yes\0\nPRETTY_NAME=no\n";
    struct string_pool pool = {.next = pool_buffer, .left = sizeof(pool_buffer)};
    struct os_release release;

    (void)state;
    assert_int_equal(os_release_parse(span_of(text, sizeof(text)), &pool, &release), OS_RELEASE_OK);
    assert_string_equal(release.title, "yes");
}

static void without_a_name_there_is_nothing_to_show(void **state)
{
    struct os_release release = {.title = "untouched"};

    (void)state;
    assert_int_equal(parse("VERSION_ID=12\nVERSION=x\n", &release), OS_RELEASE_NO_NAME);
    assert_int_equal(parse("", &release), OS_RELEASE_NO_NAME);
    assert_int_equal(parse("\n\n#\n", &release), OS_RELEASE_NO_NAME);
    assert_string_equal(release.title, "untouched");
}

static void is_no_larger_than_a_bound(void **state)
{
    static char text[OS_RELEASE_MAX + 2];
    struct os_release release;

    (void)state;
    memset(text, 'x', OS_RELEASE_MAX + 1);
    memcpy(text, "NAME=", 5);
    assert_int_equal(parse(text, &release), OS_RELEASE_TOO_LARGE);
    text[OS_RELEASE_MAX] = '\0';
    check(text, text + 5, "", "");
}

static void a_pool_that_is_too_small_is_an_error(void **state)
{
    static const char text[] = "NAME=name\nID=id\nVERSION=ver\n";

    (void)state;
    for (size_t capacity = 0; capacity <= 12; capacity++) {
        char *buffer = exact_buffer(capacity);
        struct string_pool pool = {.next = buffer, .left = capacity};
        struct os_release release;
        enum os_release_error error = os_release_parse(span_of(text, 28), &pool, &release);

        assert_int_equal(error, capacity < 12 ? OS_RELEASE_BUFFER : OS_RELEASE_OK);
        free(buffer);
    }
}

static void explains_every_error(void **state)
{
    (void)state;
    for (int error = OS_RELEASE_OK; error <= OS_RELEASE_BUFFER; error++) {
        struct explanation why = os_release_explain((enum os_release_error)error);

        assert_true(strlen(explained(why).problem) > 0 && strlen(explained(why).remedy) > 0);
    }
    assert_non_null(
        strstr(explained(os_release_explain(OS_RELEASE_NO_NAME)).remedy, "PRETTY_NAME"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_debians),
        cmocka_unit_test(each_field_falls_back_on_the_next),
        cmocka_unit_test(reads_quotes_as_the_shell_does),
        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(what_is_no_value_counts_as_not_given),
        cmocka_unit_test(what_is_no_text_is_shown_as_well_as_possible),
        cmocka_unit_test(a_text_may_end_anywhere),
        cmocka_unit_test(ends_at_the_first_nul),
        cmocka_unit_test(without_a_name_there_is_nothing_to_show),
        cmocka_unit_test(is_no_larger_than_a_bound),
        cmocka_unit_test(a_pool_that_is_too_small_is_an_error),
        cmocka_unit_test(explains_every_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
