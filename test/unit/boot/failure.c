/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that a user sees: every part of it, and no part that is not there. */
#include "boot/failure.h"

#include "boot/boot.h"

#include "efi/console.h"
#include "unit/fixture/firmware_fixture.h"

static const struct explanation why = {"it is broken\0mend it"};

/* What is printed, without the end of the line, which must be there. */
static const char *reported_of(const struct boot_failure *failure, const struct bls_entry *entry)
{
    static char line[4096];
    const char *text;
    size_t length;

    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    if (entry != NULL)
        failure_report_of(failure, entry);
    else
        failure_report(failure);
    console_close();
    text = fake_console_text();
    length = strlen(text);
    assert_in_range(length, 2, sizeof(line) - 1);
    assert_string_equal(text + length - 2, "\r\n");
    memcpy(line, text, length - 2);
    line[length - 2] = '\0';
    return line;
}

static const char *reported(const struct boot_failure *failure)
{
    return reported_of(failure, NULL);
}

static void every_part_has_its_place(void **state)
{
    struct boot_failure failure = {.doing = "reading",
                                   .file = "\\a",
                                   .why = why,
                                   .status = FAKE_DEVICE_ERROR,
                                   .detail = "line 3"};

    (void)state;
    assert_string_equal(reported(&failure),
                        "baton: reading \\a: it is broken (line 3) (Device Error); mend it");
}

static void what_is_not_known_is_left_out(void **state)
{
    struct boot_failure failure = {.why = why};

    (void)state;
    assert_string_equal(reported(&failure), "baton: it is broken; mend it");
    (void)begin(state);
    failure.doing = "leaving";
    assert_string_equal(reported(&failure), "baton: leaving: it is broken; mend it");
    (void)begin(state);
    failure.status = FAKE_NOT_FOUND;
    assert_string_equal(reported(&failure), "baton: leaving: it is broken (Not Found); mend it");
}

static void the_longest_line_keeps_its_remedy(void **state)
{
    static char path[1024];
    struct boot_failure failure = {
        .doing = "reading", .file = path, .why = why, .status = FAKE_DEVICE_ERROR};
    const char *line;

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    memset(failure.detail, 'd', sizeof(failure.detail) - 1);
    line = reported(&failure);
    assert_non_null(strstr(line, path));
    assert_non_null(strstr(line, failure.detail));
    assert_non_null(strstr(line, "; mend it"));
}

static void a_line_that_is_too_long_is_cut_and_ended(void **state)
{
    static char path[3000];
    struct boot_failure failure = {.doing = "reading", .file = path, .why = why};

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    assert_in_range(strlen(reported(&failure)), 2400, 2560);
}

static void an_entry_is_named_by_its_file_and_its_title(void **state)
{
    static const struct {
        const char *file;
        const char *title;
        const char *line;
    } cases[] = {
        {"a+3.conf", "Debian", "baton: reading \\k: it is broken; mend it; entry a+3.conf, Debian"},
        {"a+3.conf", "", "baton: reading \\k: it is broken; mend it; entry a+3.conf"},
        {"", "Debian", "baton: reading \\k: it is broken; mend it"},
        {"\n.conf", "", "baton: reading \\k: it is broken; mend it; entry ?.conf"},
    };
    const struct boot_failure failure = {.doing = "reading", .file = "\\k", .why = why};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct bls_entry entry = {.file = cases[i].file, .title = cases[i].title};

        (void)begin(state);
        assert_string_equal(reported_of(&failure, &entry), cases[i].line);
        (void)end(state);
    }
    (void)begin(state);
}

/* What a disk says cannot forge a line, nor clear the screen. */
static void nothing_of_a_disk_reaches_the_console_raw(void **state)
{
    struct boot_failure failure = {
        .doing = "reading", .file = "\\a\nbaton: all is well", .why = why, .detail = "\x1b[2J\r\n"};
    const char *line = reported(&failure);

    (void)state;
    assert_null(strpbrk(line, "\n\r\x1b"));
    assert_non_null(strstr(line, "baton: all is well"));
}

static void failing_is_false_and_forgets_what_was_said_before(void **state)
{
    struct boot boot = {.failure = {.detail = "of another time"}};

    (void)state;
    assert_false(boot_fail(&boot, "placing", "\\k", why, FAKE_NOT_FOUND));
    assert_string_equal(boot.failure.doing, "placing");
    assert_string_equal(boot.failure.file, "\\k");
    assert_string_equal(explained(boot.failure.why).problem, "it is broken");
    assert_string_equal(explained(boot.failure.why).remedy, "mend it");
    assert_true(boot.failure.status == FAKE_NOT_FOUND);
    assert_string_equal(boot.failure.detail, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_part_has_its_place),
        TEST(what_is_not_known_is_left_out),
        TEST(the_longest_line_keeps_its_remedy),
        TEST(a_line_that_is_too_long_is_cut_and_ended),
        TEST(an_entry_is_named_by_its_file_and_its_title),
        TEST(nothing_of_a_disk_reaches_the_console_raw),
        TEST(failing_is_false_and_forgets_what_was_said_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
