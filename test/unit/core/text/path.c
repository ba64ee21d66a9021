/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that every spelling of a path ends in one form and that none leaves the volume. */
#include "core/text/path.h"

#include "unit/fixture/exact.h"

static enum path_error normalise(const char *path, char *buffer, size_t capacity)
{
    struct span source = exact_string(path);
    size_t length = 4711;
    enum path_error error = path_normalise(source, buffer, capacity, &length);

    if (error == PATH_OK)
        assert_int_equal(length, strlen(buffer));
    else
        assert_int_equal(length, 4711);
    exact_free(source);
    return error;
}

static void brings_every_spelling_into_one_form(void **state)
{
    static const struct {
        const char *path;
        const char *normalised;
    } cases[] = {
        {"vmlinuz", "\\vmlinuz"},
        {"/vmlinuz", "\\vmlinuz"},
        {"\\vmlinuz", "\\vmlinuz"},
        {"//\\EFI/debian\\\\vmlinuz-6.1", "\\EFI\\debian\\vmlinuz-6.1"},
        {"./a/././b", "\\a\\b"},
        {"/dir/", "\\dir"},
        {"a b/c", "\\a b\\c"},
        {".hidden", "\\.hidden"},
        {"..data", "\\..data"},
        {"a..", "\\a.."},
        {"/EFI/../k", "\\k"},
        {"a/b\\..\\../c/d/../e/", "\\c\\e"},
        {"/6a98+x_y~1/linux,2;=[](){}'&%$#@!", "\\6a98+x_y~1\\linux,2;=[](){}'&%$#@!"},
        {"/\xD1\x8F\xD0\xB4\xD1\x80\xD0\xBE", "\\\xD1\x8F\xD0\xB4\xD1\x80\xD0\xBE"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char *buffer = exact_buffer(strlen(cases[i].path) + 2); /* as the header promises */

        assert_int_equal(normalise(cases[i].path, buffer, strlen(cases[i].path) + 2), PATH_OK);
        assert_string_equal(buffer, cases[i].normalised);
        free(buffer);
    }
}

static void refuses_each_kind_of_bad_path_with_its_own_error(void **state)
{
    static const struct {
        const char *path;
        enum path_error error;
    } cases[] = {
        {"", PATH_EMPTY},
        {"/", PATH_EMPTY},
        {"\\\\//", PATH_EMPTY},
        {"/.", PATH_EMPTY},
        {"\\a\\..", PATH_EMPTY},
        {"..", PATH_DOT_DOT},
        {"/a/../../b", PATH_DOT_DOT},
        {"/a*/../b", PATH_CHARACTER},
        {"/a/.../b", PATH_DOT_DOT},
        {"/a/.. /b", PATH_DOT_DOT},
        {"/a/. ./b", PATH_DOT_DOT},
        {"/a/ /b", PATH_DOT_DOT},
        {"fs0:\\vmlinuz", PATH_VOLUME},
        {"/a:b", PATH_VOLUME},
        {"/a*", PATH_CHARACTER},
        {"/a?", PATH_CHARACTER},
        {"/\"a", PATH_CHARACTER},
        {"/a<", PATH_CHARACTER},
        {"/a>", PATH_CHARACTER},
        {"/a|b", PATH_CHARACTER},
        {"/a\tb", PATH_CHARACTER},
        {"/a\n", PATH_CHARACTER},
        {"/a\x7F", PATH_CHARACTER},
        {"/a\x01", PATH_CHARACTER},
        {"/a\xFF", PATH_ENCODING},
        {"/a\xC3", PATH_ENCODING},
        {"/\xED\xA0\x80", PATH_ENCODING},
        {"/\xC0\xAF..", PATH_ENCODING}, /* an overlong slash */
    };
    char buffer[PATH_CAPACITY];

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++)
        assert_int_equal(normalise(cases[i].path, buffer, sizeof(buffer)), cases[i].error);
}

static void refuses_a_nul_inside_the_path(void **state)
{
    struct span source = exact_copy("/a\0b", 4);
    char buffer[16];
    size_t length;

    (void)state;
    assert_int_equal(path_normalise(source, buffer, sizeof(buffer), &length), PATH_CHARACTER);
    exact_free(source);
}

static void bounds_a_component_by_utf16_units(void **state)
{
    char path[4 * PATH_COMPONENT_MAX + 8];
    char buffer[PATH_CAPACITY];

    (void)state;
    memset(path, 'x', PATH_COMPONENT_MAX);
    strcpy(path + PATH_COMPONENT_MAX, "/y");
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_OK);
    strcpy(path + PATH_COMPONENT_MAX, "x/y");
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_COMPONENT_TOO_LONG);
    /* 127 characters outside of the basic plane, here its first, are 254 units. */
    for (size_t i = 0; i < 127; i++)
        memcpy(path + 4 * i, "\xF0\x90\x80\x80", 4);
    strcpy(path + 4 * 127, "x");
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_OK);
    strcpy(path + 4 * 127, "xx");
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_COMPONENT_TOO_LONG);
}

static void bounds_the_whole_path_and_the_buffer(void **state)
{
    char path[PATH_CAPACITY + 8];
    char buffer[PATH_CAPACITY + 8];

    (void)state;
    for (size_t i = 0; i < sizeof(path); i++)
        path[i] = i % 8 == 0 ? '/' : 'x';
    path[PATH_CAPACITY - 1] = '\0';
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_OK);
    path[PATH_CAPACITY - 1] = 'x';
    path[PATH_CAPACITY] = '\0';
    assert_int_equal(normalise(path, buffer, sizeof(buffer)), PATH_TOO_LONG);
    for (size_t capacity = 0; capacity < sizeof("\\ab\\c"); capacity++) {
        char *small = exact_buffer(capacity);

        assert_int_equal(normalise("ab/c", small, capacity), PATH_TOO_LONG);
        free(small);
    }
}

static void what_was_normalised_stays_as_it_is_whatever_bytes_came_in(void **state)
{
    static const char alphabet[] = "ab./\\. :*\x01\xC3\xA4";
    uint32_t seed = 99;

    (void)state;
    for (unsigned int round = 0; round < 20000; round++) {
        char path[16];
        char once[20];
        char twice[20];
        size_t size = exact_noise(&seed) % (sizeof(path) - 1);

        for (size_t i = 0; i < size; i++)
            path[i] = alphabet[exact_noise(&seed) % (sizeof(alphabet) - 1)];
        path[size] = '\0';
        if (normalise(path, once, sizeof(once)) != PATH_OK)
            continue;
        assert_int_equal(once[0], '\\');
        assert_null(strstr(once, "\\\\"));
        assert_null(strstr(once, "\\..\\"));
        assert_int_equal(normalise(once, twice, sizeof(twice)), PATH_OK);
        assert_string_equal(once, twice);
    }
}

static void base_name_is_what_follows_the_last_separator(void **state)
{
    (void)state;
    assert_string_equal(path_base_name("baton.efi"), "baton.efi");
    assert_string_equal(path_base_name("\\EFI\\BOOT\\BOOTX64.EFI"), "BOOTX64.EFI");
    assert_string_equal(path_base_name("a/b"), "b");
    assert_string_equal(path_base_name("fs0:baton"), "baton");
    assert_string_equal(path_base_name("a\\"), "");
    assert_string_equal(path_base_name(""), "");
}

static void every_error_has_a_problem_and_a_remedy_of_its_own(void **state)
{
    const struct explanation none = path_explain((enum path_error)0);

    (void)state;
    for (int i = 1; i <= PATH_TOO_LONG; i++) {
        assert_non_null(explained(path_explain((enum path_error)i)).problem);
        assert_non_null(explained(path_explain((enum path_error)i)).remedy);
        assert_ptr_not_equal(explained(path_explain((enum path_error)i)).problem,
                             explained(none).problem);
    }
    assert_ptr_equal(explained(path_explain((enum path_error) - 1)).problem,
                     explained(none).problem);
    assert_ptr_equal(explained(path_explain((enum path_error)(PATH_TOO_LONG + 1))).problem,
                     explained(none).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_every_spelling_into_one_form),
        cmocka_unit_test(refuses_each_kind_of_bad_path_with_its_own_error),
        cmocka_unit_test(refuses_a_nul_inside_the_path),
        cmocka_unit_test(bounds_a_component_by_utf16_units),
        cmocka_unit_test(bounds_the_whole_path_and_the_buffer),
        cmocka_unit_test(what_was_normalised_stays_as_it_is_whatever_bytes_came_in),
        cmocka_unit_test(base_name_is_what_follows_the_last_separator),
        cmocka_unit_test(every_error_has_a_problem_and_a_remedy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
