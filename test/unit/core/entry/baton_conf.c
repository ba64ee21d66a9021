/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves whom the lines of baton.conf are for, and that no line of it costs another one. */
#include "core/entry/baton_conf.h"

#include "unit/fixture/exact.h"

#include <stdio.h>

static struct bls_entry entry;
static struct bls_warning warning; /* the first one */
static char first_line[128];       /* whose it is */
static unsigned int warnings;

static void apply_bytes(const char *id, const void *bytes, size_t size)
{
    struct loader_conf all = {.settings = exact_copy(bytes, size)};
    struct bls_entry same = {.id = id, .image_id = id};
    struct baton_conf conf = baton_conf_of(all.settings);
    enum bls_warning_kind kind;
    struct span line;

    entry = (struct bls_entry){.id = id, .image_id = id};
    baton_conf_apply(&all, &entry);
    warning = (struct bls_warning){0};
    warnings = 0;
    while ((kind = baton_conf_next(&conf, &same, &line)) != BLS_WARNING_NONE) {
        if (warnings++ != 0)
            continue;
        warning = (struct bls_warning){.line = conf.lines.number, .kind = kind};
        snprintf(first_line, sizeof(first_line), "%.*s", (int)line.size, (const char *)line.data);
    }
    assert_memory_equal(&same, &entry, sizeof(same));
    exact_free(all.settings);
}

static void apply(const char *id, const char *text)
{
    apply_bytes(id, text, strlen(text));
}

static void what_stands_first_is_for_all_entries(void **state)
{
    (void)state;
    apply("a.conf", "# all\nbaton-debug yes\nbaton-place-high 'yes'\r\nbaton-late-map on\n"
                    "baton-exit-marker 1\nbaton-exit baton\nbaton-exit-time 10\n");
    assert_int_equal(warning.kind, BLS_WARNING_NONE);
    assert_true(entry.debug && entry.place_high && entry.late_map && entry.exit_marker);
    assert_int_equal(entry.exit, BLS_EXIT_BATON);
    assert_int_equal(entry.exit_seconds, 10);
    apply("a.conf", "");
    assert_int_equal(warning.kind, BLS_WARNING_NONE);
    assert_false(entry.debug || entry.place_high || entry.late_map || entry.exit_marker);
    assert_int_equal(entry.exit, BLS_EXIT_DEFAULT);
    assert_int_equal(entry.exit_seconds, 0);
}

static void a_section_is_for_the_entries_that_it_means(void **state)
{
    static const char text[] = "baton-exit-time 3\nentry debian-*\nbaton-exit firmware\n"
                               "entry \"arch.conf\"\nbaton-exit baton\nbaton-exit-time 4\n"
                               "entry *\nbaton-debug yes\n";
    static const struct {
        const char *id;
        enum bls_exit exit;
        uint32_t seconds;
    } cases[] = {
        {"debian-6.1.conf", BLS_EXIT_FIRMWARE, 3},
        {"arch.conf", BLS_EXIT_BATON, 4},
        {"arch-lts.conf", BLS_EXIT_DEFAULT, 3},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        apply(cases[i].id, text);
        assert_int_equal(warning.kind, BLS_WARNING_NONE);
        assert_int_equal(entry.exit, cases[i].exit);
        assert_int_equal(entry.exit_seconds, cases[i].seconds);
        assert_true(entry.debug);
    }
}

/* loader.conf, baton.conf, and what stands further down in it. */
static void the_file_goes_before_loader_conf(void **state)
{
    static const char text[] = "baton-exit baton\nentry a*\nbaton-debug no\n";
    const struct loader_conf conf = {
        .exit = BLS_EXIT_FIRMWARE, .debug = true, .settings = span_of(text, strlen(text))};

    (void)state;
    entry = (struct bls_entry){.id = "a.conf", .image_id = "a.conf"};
    baton_conf_apply(&conf, &entry);
    assert_int_equal(entry.exit, BLS_EXIT_BATON);
    assert_false(entry.debug);
    entry = (struct bls_entry){.id = "b.conf", .image_id = "b.conf"};
    baton_conf_apply(&conf, &entry);
    assert_true(entry.debug);
}

/* The same whatever the entry is called; what is sound behind it counts. */
static void each_problem_is_named(void **state)
{
    static const struct {
        const char *line;
        enum bls_warning_kind kind;
    } cases[] = {
        {"baton-debug perhaps", BLS_WARNING_BOOLEAN},
        {"baton-exit stub", BLS_WARNING_EXIT},
        {"baton-exit-time 0", BLS_WARNING_EXIT_TIME},
        {"baton-exit-time 601", BLS_WARNING_EXIT_TIME},
        {"baton-debug", BLS_WARNING_NO_VALUE},
        {"baton-debug ''", BLS_WARNING_NO_VALUE},
        {"entry", BLS_WARNING_NO_VALUE},
        {"entry a\x01", BLS_WARNING_NONSENSE},
        {"linux /k", BLS_WARNING_UNKNOWN_KEY},
        {"title x", BLS_WARNING_UNKNOWN_KEY},
        {"debug yes", BLS_WARNING_UNKNOWN_KEY},
        {"[all]", BLS_WARNING_NONSENSE},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128] = "baton-exit-time 5\nentry b*\n";

        strcat(text, cases[i].line);
        strcat(text, "\nbaton-exit stub\nentry *\nbaton-late-map yes\n");
        for (unsigned int b = 0; b < 2; b++) {
            apply(b == 1 ? "b.conf" : "a.conf", text);
            if (warning.kind != cases[i].kind || warning.line != 3)
                fail_msg("%s: %d in line %u", cases[i].line, (int)warning.kind, warning.line);
            assert_string_equal(first_line, cases[i].line);
            assert_int_equal(warnings, 2);
            assert_true(entry.late_map);
            assert_int_equal(entry.exit_seconds, 5);
        }
    }
}

static void a_pattern_longer_than_any_name_means_nobody(void **state)
{
    static char text[ENTRY_NAME_MAX + 64];

    (void)state;
    memset(text, '*', sizeof(text) - 1);
    memcpy(text, "entry ", 6);
    memcpy(text + 6 + ENTRY_NAME_MAX, "\nbaton-debug yes", 17);
    apply("a.conf", text);
    assert_int_equal(warning.kind, BLS_WARNING_CUT);
    assert_false(entry.debug);
    memcpy(text + 6 + ENTRY_NAME_MAX - 1, "\nbaton-debug yes", 17);
    apply("a.conf", text);
    assert_int_equal(warning.kind, BLS_WARNING_NONE);
    assert_true(entry.debug);
}

static void damage_anywhere_is_survived(void **state)
{
    static const char text[] = "baton-exit baton\r\nentry a*\nbaton-exit-time 10\n";

    (void)state;
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (unsigned int value = 0; value < 256; value++) {
            char bytes[sizeof(text)];

            memcpy(bytes, text, sizeof(text));
            bytes[at] = (char)value;
            apply_bytes("a.conf", bytes, sizeof(text) - 1);
            assert_true(entry.exit <= BLS_EXIT_BATON && entry.exit_seconds <= BLS_EXIT_TIME_MAX);
            assert_true(warning.kind < BLS_WARNING_KINDS && warning.line <= 5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_first_is_for_all_entries),
        cmocka_unit_test(a_section_is_for_the_entries_that_it_means),
        cmocka_unit_test(the_file_goes_before_loader_conf),
        cmocka_unit_test(each_problem_is_named),
        cmocka_unit_test(a_pattern_longer_than_any_name_means_nobody),
        cmocka_unit_test(damage_anywhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
