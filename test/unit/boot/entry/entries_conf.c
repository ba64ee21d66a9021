/* SPDX-License-Identifier: BSD-2-Clause */
/* What loader.conf, baton.conf and variables have to say of the entries. */
#include "boot/entry/entries.h"

#include "fake/tpm.h"
#include "unit/fixture/entries_fixture.h"

static void loader_conf_names_the_default(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "# mine\ndefault new-1*\nbaton-debug yes\n");
    add_entry("new-2.conf", "linux /k\n");
    add_entry("old-1.conf", "linux /k\n");
    add_entry("new-1.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "old-1.conf new-2.conf new-1.conf ");
    assert_string_equal(chosen(), "new-1.conf");
    assert_true(entries.conf.debug);
}

static void loader_conf_is_measured_before_it_counts(void **state)
{
    static const char text[] = "default 1\nnonsense\n";

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", text);
    assert_int_equal(read_all(), 0);
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 5);
    assert_int_equal(fake_measurement_at(0)->data_size, strlen(text));
    assert_memory_equal(fake_measurement_at(0)->data, text, strlen(text));
}

/* Nothing of it counts, and nothing of it is read. */
static void a_loader_conf_that_is_too_large_is_not_measured(void **state)
{
    static char text[LINES_TEXT_MAX + 1];
    struct fake_file *file;

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    memset(text, '#', sizeof(text));
    file = fake_file_add("\\loader\\loader.conf", text, sizeof(text));
    assert_int_equal(read_all(), 0);
    assert_int_equal(fake_measurement_count(), 0);
    assert_int_equal(file->reads, 0);
    assert_said("reading \\loader\\loader.conf: the file has more than 64 KiB and is ignored");
}

/* With a tag of its own behind loader.conf; nothing when there is none. */
static void baton_conf_is_measured_and_kept(void **state)
{
    static const char text[] = "baton-exit perhaps\nentry a*\nbaton-debug yes\n";
    static const uint8_t event[] = "\x14\xab\x29\x6f\x16\0\0\0b\0a\0t\0o\0n\0.\0c\0o\0n\0f\0\0";

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    add_kernel();
    add("\\loader\\baton.conf", text);
    add_entry("a.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 5);
    assert_int_equal(fake_measurement_at(0)->data_size, strlen(text));
    assert_memory_equal(fake_measurement_at(0)->data, text, strlen(text));
    assert_int_equal(fake_measurement_at(0)->event_size, sizeof(event));
    assert_memory_equal(fake_measurement_at(0)->event, event, sizeof(event));
    assert_int_equal(entries.conf.settings.size, strlen(text));
    assert_memory_equal(entries.conf.settings.data, text, strlen(text));
    assert_true(entry_at(0)->debug);
    assert_said("reading \\loader\\baton.conf: a value is none of firmware, guard and baton and is "
                "ignored (line 1: baton-exit perhaps); write one of these");
}

/* And no more lines than somebody reads. */
static void each_line_of_settings_that_is_no_good_is_told_of(void **state)
{
    char text[1000] = "timeout 5x\ntimeout\nconsole-mode big\ndefault @foo\ntimeout 7\x01\n";
    unsigned int lines = 0;

    (void)state;
    for (unsigned int i = 0; i < 8; i++)
        strcat(text, "beep perhaps\n");
    strcat(text, "timeout 3\n");
    lay_down();
    add("\\loader\\loader.conf", text);
    add("\\loader\\baton.conf", "baton-exit-time 0\nentry\n");
    assert_int_equal(read_all(), 0);
    assert_said(
        "timeout is no number of seconds (line 1: timeout 5x); write seconds, menu-force, ");
    assert_said("(line 3: console-mode big)");
    assert_said("(line 4: default @foo)");
    assert_said("(line 5: timeout 7?)");
    assert_said("(line 9: beep perhaps)");
    assert_said("baton.conf: a value is no number of seconds from 1 to 600 and is ignored "
                "(line 1: baton-exit-time 0)");
    assert_said("(line 2: entry)");
    for (const char *at = fake_console_text(); (at = strstr(at, "baton: ")) != NULL; at++)
        lines++;
    assert_int_equal(lines, 8 + 2);
    assert_int_equal(entries.conf.timeout.seconds, 3);
}

/* Neither is what it might be. */
static void settings_in_utf16_are_not_read(void **state)
{
    (void)state;
    lay_down();
    (void)fake_file_add("\\loader\\baton.conf",
                        "\xff\xfe"
                        "b\0\n\0",
                        6);
    assert_int_equal(read_all(), 0);
    assert_said("reading \\loader\\baton.conf: the file is UTF-16 and is ignored; save it");
    assert_int_equal(entries.conf.settings.size, 0);
}

static void what_an_entry_says_itself_goes_before_all_settings(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "baton-debug yes\nbaton-exit guard\nauto-reboot yes\n");
    add("\\loader\\baton.conf", "baton-late-map yes\nentry a*\nbaton-exit baton\n");
    add_entry("d.conf", "linux /k\n");
    add_entry("c.conf", "linux /k\nbaton-exit firmware\n");
    add_entry("b.conf", "baton-debug no\nbaton-late-map no\nlinux /k\n");
    add_entry("a.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "d.conf c.conf b.conf a.conf auto-reboot ");
    for (size_t i = 0; i < 5; i++) {
        static const enum bls_exit exits[] = {BLS_EXIT_GUARD, BLS_EXIT_FIRMWARE, BLS_EXIT_GUARD,
                                              BLS_EXIT_BATON, BLS_EXIT_BATON};

        assert_int_equal(entry_at(i)->debug, i != 2);
        assert_int_equal(entry_at(i)->late_map, i != 2);
        assert_int_equal(entry_at(i)->exit, exits[i]);
    }
}

static void what_variables_ask_for_goes_before_loader_conf(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "default c*\ntimeout 7\n");
    add_entry("a.conf", "linux /k\n");
    add_entry("b.conf", "linux /k\n");
    add_entry("c.conf", "linux /k\n");
    add_entry("d.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(chosen(), "c.conf");
    assert_int_equal(entries.timeout.seconds, 7);
    assert_false(entries.saves);
    asked.wishes.patterns[ENTRY_DEFAULT_VARIABLE] = "@saved";
    asked.last_booted = "b.conf";
    asked.timeout.wait = LOADER_WAIT_FORCE;
    assert_int_equal(read_all(), 0);
    assert_string_equal(chosen(), "b.conf");
    assert_int_equal(entries.timeout.wait, LOADER_WAIT_FORCE);
    assert_true(entries.saves);
    asked.wishes.patterns[ENTRY_ONE_SHOT] = "a*";
    assert_int_equal(read_all(), 0);
    assert_string_equal(chosen(), "a.conf");
}

static void a_loader_conf_that_is_unsound_costs_only_itself(void **state)
{
    struct fake_file *conf;

    (void)state;
    for (unsigned int i = 0; i < 3; i++) {
        (void)begin(state);
        lay_down();
        add_kernel();
        conf = add("\\loader\\loader.conf", i == 0 ? "baton-debug perhaps\n" : "default x\n");
        if (i == 1) {
            conf->fail_read = 1;
            conf->fail_ever_after = true;
        }
        if (i == 2)
            (void)fake_directory_add("\\loader\\loader.conf");
        add_entry("a.conf", "linux /k\n");
        assert_int_equal(read_all(), 0);
        assert_string_equal(ids(), "a.conf ");
        assert_said("reading \\loader\\loader.conf: ");
        (void)end(state);
    }
    (void)begin(state);
}

/* Their pages in the menu have them all the same. */
static void warnings_are_not_printed_below_their_level(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "log-level err\n");
    add_entry("a.conf", "linux /k\nodd /x\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(fake_console_text(), "");
    assert_int_equal(entries.list.entries[0]->warning_count, 1);
}

static void preferred_goes_before_default_unless_it_is_bad(void **state)
{
    (void)state;
    for (unsigned int bad = 0; bad < 2; bad++) {
        (void)begin(state);
        lay_down();
        add_kernel();
        add("\\loader\\loader.conf", "preferred p*\ndefault d*\n");
        add_entry("z.conf", "linux /k\n");
        add_entry("d.conf", "linux /k\n");
        add_entry(bad == 1 ? "p+0.conf" : "p+1.conf", "linux /k\n");
        assert_int_equal(read_all(), 0);
        assert_string_equal(chosen(), bad == 1 ? "d.conf" : "p.conf");
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loader_conf_names_the_default),
        TEST(loader_conf_is_measured_before_it_counts),
        TEST(a_loader_conf_that_is_too_large_is_not_measured),
        TEST(baton_conf_is_measured_and_kept),
        TEST(each_line_of_settings_that_is_no_good_is_told_of),
        TEST(settings_in_utf16_are_not_read),
        TEST(what_an_entry_says_itself_goes_before_all_settings),
        TEST(what_variables_ask_for_goes_before_loader_conf),
        TEST(a_loader_conf_that_is_unsound_costs_only_itself),
        TEST(warnings_are_not_printed_below_their_level),
        TEST(preferred_goes_before_default_unless_it_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
