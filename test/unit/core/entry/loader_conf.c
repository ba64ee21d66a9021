/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that loader.conf is read as systemd-boot's users write it, and never stops a boot. */
#include "core/entry/loader_conf.h"

#include "unit/fixture/exact.h"

#include <stdio.h>

struct outcome {
    enum loader_conf_error error; /* the first one */
    struct loader_conf conf;
    uint32_t line; /* where it is */
    unsigned int errors;
    char words[128]; /* that stand there */
    char *buffer;
};

static struct outcome parse_bytes(const void *bytes, size_t size)
{
    struct span text = exact_copy(bytes, size);
    struct outcome outcome = {.conf = loader_conf_default(),
                              .buffer = exact_buffer(LOADER_CONF_CAPACITY(size))};
    struct string_pool pool = {.next = outcome.buffer, .left = LOADER_CONF_CAPACITY(size)};
    struct lines lines = lines_of(text);
    enum loader_conf_error error;
    struct span line;

    outcome.error = loader_conf_judge(text);
    if (outcome.error != LOADER_CONF_OK)
        lines.rest.size = 0;
    while ((error = loader_conf_next(&lines, &pool, &outcome.conf, &line)) != LOADER_CONF_OK) {
        if (outcome.errors++ != 0)
            continue;
        outcome.error = error;
        outcome.line = lines.number;
        snprintf(outcome.words, sizeof(outcome.words), "%.*s", (int)line.size,
                 (const char *)line.data);
    }
    exact_free(text);
    return outcome;
}

static struct outcome parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void reads_default_timeout_and_batons_own(void **state)
{
    struct outcome o = parse("# loader.conf\n"
                             "default  debian-*\r\n"
                             "timeout 5\n"
                             "console-mode max\n"
                             "editor no\n"
                             "baton-debug yes\n"
                             "baton-exit firmware\n");

    (void)state;
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_string_equal(o.conf.default_pattern, "debian-*");
    assert_int_equal(o.conf.timeout.wait, LOADER_WAIT_SECONDS);
    assert_int_equal(o.conf.timeout.seconds, 5);
    assert_int_equal(o.conf.console_mode, LOADER_CONSOLE_MAX);
    assert_false(o.conf.editor);
    assert_true(o.conf.debug);
    assert_int_equal(o.conf.exit, BLS_EXIT_FIRMWARE);
    free(o.buffer);
}

static void an_empty_file_says_nothing(void **state)
{
    struct outcome o = parse("");

    (void)state;
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_null(o.conf.default_pattern);
    assert_null(o.conf.preferred_pattern);
    assert_int_equal(o.conf.timeout.wait, LOADER_WAIT_UNSET);
    assert_int_equal(o.conf.console_mode, LOADER_CONSOLE_KEEP);
    assert_true(o.conf.editor && o.conf.auto_entries && o.conf.auto_firmware);
    assert_false(o.conf.auto_reboot || o.conf.auto_poweroff || o.conf.beep);
    assert_false(o.conf.reboot_for_bitlocker || o.conf.enroll_shutdown);
    assert_int_equal(o.conf.reboot_on_error, LOADER_AUTO);
    assert_int_equal(o.conf.enroll, ENROLL_IF_SAFE);
    assert_int_equal(o.conf.enroll_seconds, 15);
    assert_false(o.conf.menu_on_failure);
    assert_int_equal(o.conf.log_level, LOADER_LOG_INFO);
    assert_false(o.conf.debug);
    assert_int_equal(o.conf.exit, BLS_EXIT_DEFAULT);
    free(o.buffer);
}

static void knows_the_words_for_timeout(void **state)
{
    static const struct {
        const char *text;
        struct loader_timeout timeout;
    } cases[] = {
        {"timeout 0", {LOADER_WAIT_HIDDEN, 0}},
        {"timeout 4294967294", {LOADER_WAIT_SECONDS, 4294967294}},
        {"timeout 4294967295", {LOADER_WAIT_FORCE, 0}},
        {"timeout menu-force", {LOADER_WAIT_FORCE, 0}},
        {"timeout menu-hidden", {LOADER_WAIT_HIDDEN, 0}},
        {"timeout menu-disabled", {LOADER_WAIT_DISABLED, 0}},
        {"timeout menu-force\ntimeout 3", {LOADER_WAIT_SECONDS, 3}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        assert_int_equal(o.error, LOADER_CONF_OK);
        assert_int_equal(o.conf.timeout.wait, cases[i].timeout.wait);
        assert_int_equal(o.conf.timeout.seconds, cases[i].timeout.seconds);
        free(o.buffer);
    }
}

static void knows_the_words_of_every_key(void **state)
{
    struct outcome o = parse("preferred b*\nconsole-mode auto\nauto-entries no\nauto-firmware off\n"
                             "auto-reboot on\nauto-poweroff 1\nbeep y\nreboot-for-bitlocker t\n"
                             "reboot-on-error no\nsecure-boot-enroll force\n"
                             "secure-boot-enroll-action shutdown\n"
                             "secure-boot-enroll-timeout-sec hidden\nrandom-seed-mode off\n"
                             "log-level debug\nmenu-on-failure yes\n");
    const struct loader_conf *conf = &o.conf;

    (void)state;
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_string_equal(conf->preferred_pattern, "b*");
    assert_int_equal(conf->console_mode, LOADER_CONSOLE_AUTO);
    assert_false(conf->auto_entries || conf->auto_firmware);
    assert_true(conf->auto_reboot && conf->auto_poweroff && conf->beep);
    assert_true(conf->reboot_for_bitlocker && conf->enroll_shutdown);
    assert_int_equal(conf->reboot_on_error, LOADER_NO);
    assert_int_equal(conf->enroll, ENROLL_FORCE);
    assert_int_equal(conf->enroll_seconds, LOADER_ENROLL_HIDDEN);
    assert_int_equal(conf->log_level, LOADER_LOG_DEBUG);
    assert_true(conf->menu_on_failure);
    free(o.buffer);
    o = parse("console-mode 2\nreboot-on-error yes\nsecure-boot-enroll manual\n"
              "secure-boot-enroll-action shutdown\nsecure-boot-enroll-action reboot\n"
              "secure-boot-enroll-timeout-sec 3\nconsole-mode keep\nreboot-on-error auto\n");
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_int_equal(conf->console_mode, LOADER_CONSOLE_KEEP);
    assert_int_equal(conf->reboot_on_error, LOADER_AUTO);
    assert_int_equal(conf->enroll, ENROLL_MANUAL);
    assert_int_equal(conf->enroll_seconds, 3);
    assert_false(conf->enroll_shutdown);
    free(o.buffer);
}

static void saved_and_a_pattern_replace_each_other(void **state)
{
    struct outcome o = parse("default a\ndefault @saved\n");

    (void)state;
    assert_string_equal(o.conf.default_pattern, "@saved");
    free(o.buffer);
    o = parse("default @saved\ndefault a b\n");
    assert_string_equal(o.conf.default_pattern, "a b");
    free(o.buffer);
}

static void reports_each_broken_field_and_keeps_the_sound_ones(void **state)
{
    static const struct {
        const char *line;
        enum loader_conf_error error;
    } cases[] = {
        {"timeout soon", LOADER_CONF_TIMEOUT},
        {"timeout -1", LOADER_CONF_TIMEOUT},
        {"default @b", LOADER_CONF_PATTERN},
        {"timeout 4294967296", LOADER_CONF_TIMEOUT},
        {"console-mode min", LOADER_CONF_WORD},
        {"editor maybe", LOADER_CONF_BOOLEAN},
        {"console-mode -1", LOADER_CONF_WORD},
        {"secure-boot-enroll on", LOADER_CONF_WORD},
        {"secure-boot-enroll-timeout-sec soon", LOADER_CONF_WORD},
        {"baton-debug perhaps", LOADER_CONF_BOOLEAN},
        {"baton-exit stub", LOADER_CONF_EXIT},
        {"default \xFF", LOADER_CONF_NONSENSE},
        {"\x01\x02 \x03", LOADER_CONF_NONSENSE},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128] = "default before\ntimeout 7\n";
        struct outcome o;

        strcat(text, cases[i].line);
        strcat(text, "\nbaton-debug yes\ntimeout bad again\n");
        o = parse(text);
        assert_int_equal(o.error, cases[i].error);
        assert_int_equal(o.line, 3);
        assert_string_equal(o.words, cases[i].line);
        assert_int_equal(o.errors, 2);
        assert_string_equal(o.conf.default_pattern, "before");
        assert_int_equal(o.conf.timeout.wait, LOADER_WAIT_SECONDS);
        assert_int_equal(o.conf.timeout.seconds, 7);
        assert_true(o.conf.debug);
        free(o.buffer);
    }
}

static void a_key_without_a_value_says_nothing(void **state)
{
    struct outcome o =
        parse("default a\ntimeout 7\neditor no\ndefault\ntimeout \neditor\nbaton-exit\n");

    (void)state;
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_string_equal(o.conf.default_pattern, "a");
    assert_int_equal(o.conf.timeout.seconds, 7);
    assert_false(o.conf.editor);
    free(o.buffer);
}

static void takes_quotes_off_and_survives_what_is_around_a_line(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        enum loader_conf_error error;
    } cases[] = {
        {"default \"a b.conf\"\ntimeout '3'\n", 32, LOADER_CONF_OK},
        {"\xEF\xBB\xBF"
         "default\t'a b.conf'\r\n timeout  3\r\n",
         36, LOADER_CONF_OK},
        {"default a b.conf\rtimeout 3\r", 27, LOADER_CONF_OK},
        {"default a b.conf\ntimeout 3\0\0\0", 29, LOADER_CONF_OK},
        {"default a b.conf\ntimeout 3\nsecret \0\n", 36, LOADER_CONF_NONSENSE},
        {"default a b.conf\ntimeout 3\ndefault \"\"\n", 38, LOADER_CONF_PATTERN},
        {"default a b.conf\ntimeout 3\ndefault \0\n", 37, LOADER_CONF_NONSENSE},
        {"TIMEOUT 4\ndefault a b.conf\ntimeout 3\n", 37, LOADER_CONF_OK},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse_bytes(cases[i].text, cases[i].size);

        if (o.error != cases[i].error)
            fail_msg("case %zu: %d", i, (int)o.error);
        assert_string_equal(o.conf.default_pattern, "a b.conf");
        assert_int_equal(o.conf.timeout.seconds, 3);
        free(o.buffer);
    }
}

static void bounds_the_pattern(void **state)
{
    char text[LOADER_PATTERN_MAX + 64] = "default x\ndefault ";
    size_t start = strlen(text);
    struct outcome o;

    (void)state;
    memset(text + start, 'y', LOADER_PATTERN_MAX + 1);
    o = parse(text);
    assert_int_equal(o.error, LOADER_CONF_PATTERN);
    assert_int_equal(o.line, 2);
    assert_string_equal(o.conf.default_pattern, "x");
    free(o.buffer);
    text[start + LOADER_PATTERN_MAX] = '\0';
    o = parse(text);
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_int_equal(strlen(o.conf.default_pattern), LOADER_PATTERN_MAX);
    free(o.buffer);
}

static void ignores_files_that_are_no_loader_conf(void **state)
{
    struct outcome o = parse_bytes("t\0i\0m\0e\0o\0u\0t\0", 14);
    size_t size = LINES_TEXT_MAX + 1;
    char *large = exact_buffer(size);

    (void)state;
    assert_int_equal(o.error, LOADER_CONF_UTF16);
    assert_int_equal(o.line, 0);
    assert_int_equal(o.conf.timeout.wait, LOADER_WAIT_UNSET);
    free(o.buffer);
    memset(large, '\n', size);
    memcpy(large, "timeout 5", 9);
    o = parse_bytes(large, size);
    assert_int_equal(o.error, LOADER_CONF_TOO_LARGE);
    assert_int_equal(o.conf.timeout.wait, LOADER_WAIT_UNSET);
    free(o.buffer);
    o = parse_bytes(large, size - 1);
    assert_int_equal(o.error, LOADER_CONF_OK);
    assert_int_equal(o.conf.timeout.seconds, 5);
    free(o.buffer);
    free(large);
}

static void bounds_lines(void **state)
{
    char *text = exact_buffer(LINES_LINE_MAX + 1);
    struct outcome o;

    (void)state;
    memset(text, 'x', LINES_LINE_MAX + 1);
    memcpy(text, "future ", 7);
    o = parse_bytes(text, LINES_LINE_MAX);
    assert_int_equal(o.error, LOADER_CONF_OK);
    free(o.buffer);
    o = parse_bytes(text, LINES_LINE_MAX + 1);
    assert_int_equal(o.error, LOADER_CONF_LINE_TOO_LONG);
    assert_int_equal(o.line, 1);
    free(o.buffer);
    free(text);
}

static void what_a_file_does_not_say_stays(void **state)
{
    struct span text = exact_string("editor no\nlog-level loud\n");
    struct loader_conf conf = loader_conf_default();
    char buffer[64];
    struct string_pool pool = {.next = buffer, .left = sizeof(buffer)};
    struct lines lines = lines_of(text);
    struct span line;

    (void)state;
    assert_true(loader_log_parse(span_of("err", 3), &conf.log_level));
    assert_false(loader_log_parse(span_of("er", 2), &conf.log_level));
    assert_int_equal(loader_conf_next(&lines, &pool, &conf, &line), LOADER_CONF_WORD);
    assert_false(conf.editor);
    assert_int_equal(conf.log_level, 3);
    exact_free(text);
}

static void a_buffer_that_is_too_small_is_an_error(void **state)
{
    struct span text = exact_string("default abc");

    (void)state;
    for (size_t capacity = 0; capacity < 5; capacity++) {
        struct string_pool pool = {.next = exact_buffer(capacity), .left = capacity};
        struct loader_conf conf = loader_conf_default();
        struct lines lines = lines_of(text);
        char *buffer = pool.next;
        struct span line;

        assert_int_equal(loader_conf_next(&lines, &pool, &conf, &line),
                         capacity < 4 ? LOADER_CONF_BUFFER : LOADER_CONF_OK);
        free(buffer);
    }
    exact_free(text);
}

static void damage_anywhere_is_survived(void **state)
{
    static const char text[] = "default a*\r\ntimeout 10\nbaton-debug no\n#\n";

    (void)state;
    for (size_t size = 0; size < sizeof(text); size++)
        free(parse_bytes(text, size).buffer);
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (unsigned int value = 0; value < 256; value++) {
            char bytes[sizeof(text)];

            memcpy(bytes, text, sizeof(text));
            bytes[at] = (char)value;
            free(parse_bytes(bytes, sizeof(text) - 1).buffer);
        }
    }
}

static void every_error_has_a_problem_and_a_remedy_of_its_own(void **state)
{
    const struct explanation none = loader_conf_explain((enum loader_conf_error)0);

    (void)state;
    for (int i = 1; i <= LOADER_CONF_BUFFER; i++) {
        assert_non_null(explained(loader_conf_explain((enum loader_conf_error)i)).problem);
        assert_non_null(explained(loader_conf_explain((enum loader_conf_error)i)).remedy);
        assert_ptr_not_equal(explained(loader_conf_explain((enum loader_conf_error)i)).problem,
                             explained(none).problem);
    }
    assert_ptr_equal(explained(loader_conf_explain((enum loader_conf_error) - 1)).problem,
                     explained(none).problem);
    assert_ptr_equal(
        explained(loader_conf_explain((enum loader_conf_error)(LOADER_CONF_BUFFER + 1))).problem,
        explained(none).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_default_timeout_and_batons_own),
        cmocka_unit_test(an_empty_file_says_nothing),
        cmocka_unit_test(knows_the_words_for_timeout),
        cmocka_unit_test(knows_the_words_of_every_key),
        cmocka_unit_test(saved_and_a_pattern_replace_each_other),
        cmocka_unit_test(reports_each_broken_field_and_keeps_the_sound_ones),
        cmocka_unit_test(a_key_without_a_value_says_nothing),
        cmocka_unit_test(takes_quotes_off_and_survives_what_is_around_a_line),
        cmocka_unit_test(bounds_the_pattern),
        cmocka_unit_test(ignores_files_that_are_no_loader_conf),
        cmocka_unit_test(bounds_lines),
        cmocka_unit_test(a_buffer_that_is_too_small_is_an_error),
        cmocka_unit_test(what_a_file_does_not_say_stays),
        cmocka_unit_test(damage_anywhere_is_survived),
        cmocka_unit_test(every_error_has_a_problem_and_a_remedy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
