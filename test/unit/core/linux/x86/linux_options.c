/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/linux_options.h"

#include "unit/fixture/exact.h"

/* On the heap, so that the sanitizer sees a look behind the NUL. */
static bool soft_reserve(const char *command_line)
{
    char *copy = strdup(command_line);
    bool answer = linux_options_soft_reserve(copy);

    free(copy);
    return answer;
}

static void assert_all(const char *const *lines, size_t count, bool expected)
{
    for (size_t i = 0; i < count; i++)
        if (soft_reserve(lines[i]) != expected)
            fail_msg("wrong about: %s", lines[i]);
}

static void command_lines_that_do_not_ask(void **state)
{
    static const char *const lines[] = {
        "",
        " ",
        "ro quiet",
        "efi",
        "efi=",
        "efi=,",
        "efi=nosoftreserv",
        "efi=nosoftreserves",
        "efi=anosoftreserve",
        "efi=no,softreserve",
        "efi=noruntime,debug",
        "nosoftreserve",
        "efi nosoftreserve",
        "efi.x=nosoftreserve",
        "xefi=nosoftreserve",
        "=efi=nosoftreserve",
        "EFI=nosoftreserve",
    };

    (void)state;
    assert_all(lines, LENGTH_OF(lines), true);
}

static void command_lines_that_ask(void **state)
{
    static const char *const lines[] = {
        "efi=nosoftreserve",
        "ro efi=nosoftreserve quiet",
        "\tro\n efi=nosoftreserve ",
        "efi=nosoftreserve,debug",
        "efi=debug,nosoftreserve",
        "efi=debug,nosoftreserve,novamap",
        "efi=,,nosoftreserve",
        "x=y\xa0"
        "efi=nosoftreserve",
    };

    (void)state;
    assert_all(lines, LENGTH_OF(lines), false);
}

static void last_list_decides(void **state)
{
    (void)state;
    assert_true(soft_reserve("efi=nosoftreserve efi=debug"));
    assert_true(soft_reserve("efi=nosoftreserve efi="));
    assert_false(soft_reserve("efi=debug efi=nosoftreserve"));
    assert_false(soft_reserve("efi=nosoftreserve efi"));
}

static void what_is_for_init_is_not_ours(void **state)
{
    (void)state;
    assert_true(soft_reserve("ro -- efi=nosoftreserve"));
    assert_false(soft_reserve("efi=nosoftreserve -- efi=debug"));
    assert_false(soft_reserve("--x efi=nosoftreserve"));
    assert_false(soft_reserve("--=x efi=nosoftreserve"));
}

static void quotes_hold_words_together_and_are_not_part_of_them(void **state)
{
    static const char *const no[] = {
        "x=\"a efi=nosoftreserve b\"",
        "\"a efi=nosoftreserve\"",
        "x=\" efi=nosoftreserve",
        "efi=\"",
        "\"",
        "\"\"",
        "efi=\"\"",
        "efi=debug\",nosoftreserve\"",
    };
    static const char *const yes[] = {
        "efi=\"nosoftreserve\"",          "efi=\"nosoftreserve",
        "\"efi=nosoftreserve\"",          "\"efi=nosoftreserve",
        "efi=\"debug,nosoftreserve\" ro", "x=\"a b\" efi=nosoftreserve",
    };

    (void)state;
    assert_all(no, LENGTH_OF(no), true);
    assert_all(yes, LENGTH_OF(yes), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_that_do_not_ask),
        cmocka_unit_test(command_lines_that_ask),
        cmocka_unit_test(last_list_decides),
        cmocka_unit_test(what_is_for_init_is_not_ours),
        cmocka_unit_test(quotes_hold_words_together_and_are_not_part_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
