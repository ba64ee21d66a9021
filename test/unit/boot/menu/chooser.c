/* SPDX-License-Identifier: BSD-2-Clause */
/* Who decides what is booted: the order of the entries, or whoever presses a key. */
#include "boot/menu/chooser.h"

#include "unit/fixture/entries_fixture.h"

#include <stdlib.h>

static struct chooser chooser;
static const char *options; /* of the last one that was to be booted, or NULL */

/* Four entries, of which the last has no kernel; `terminal` NULL: no console. */
static void lay_down_entries(const char *conf, const struct fake_terminal *terminal)
{
    lay_down();
    add_kernel();
    (void)add("\\loader\\loader.conf", conf);
    (void)add_entry("a.conf", "title Alpha\nlinux /k\nsort-key a\noptions quiet\n");
    (void)add_entry("b.conf", "title Beta\nlinux /k\nsort-key b\n");
    (void)add_entry("c.conf", "title Gamma\nefi /k\nsort-key c\n");
    (void)add_entry("d.conf", "title Gone\nlinux /gone\nsort-key d\n");
    assert_int_equal(read_all(), 0);
    if (terminal != NULL) {
        fake_terminal(terminal);
        console_open(firmware);
    }
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "said before\n", &chooser));
}

#define KEYS_MAX 32
static struct fake_stroke strokes[KEYS_MAX];

/* Keys that are pressed one second after the other, from the first second on; '^' is Escape. */
static struct fake_terminal keys(const char *typed)
{
    struct fake_terminal terminal = {.columns = 80,
                                     .rows = 25,
                                     .has_plain = true,
                                     .has_extended = true,
                                     .strokes = strokes,
                                     .stroke_count = strlen(typed)};

    assert_true(strlen(typed) <= KEYS_MAX);
    for (size_t i = 0; typed[i] != '\0'; i++)
        strokes[i] = (struct fake_stroke){.at = 1000 * (i + 1),
                                          .scan = typed[i] == '^' ? 0x17 : 0,
                                          .character = typed[i] == '^' ? 0 : (uint16_t)typed[i]};
    return terminal;
}

static const char *next(void)
{
    const struct bls_entry *entry;
    const char *id;

    switch (chooser_next(&chooser, &entry, &options)) {
    case CHOOSER_BOOT:
        id = entry->id;
        return id;
    case CHOOSER_QUIT:
        return "quit";
    case CHOOSER_NOTHING:
        break;
    }
    return "nothing";
}

static void fails(const char *problem)
{
    char why[64] = {0}; /* the problem, a NUL, the remedy */
    int length = snprintf(why, sizeof(why), "%s", problem);

    snprintf(why + length + 1, sizeof(why) - (size_t)length - 1, "mend it");
    chooser_failed(&chooser,
                   &(struct boot_failure){.doing = "loading", .file = "\\k", .why = {why}});
}

static void comes_back(void)
{
    chooser_failed(&chooser, &(struct boot_failure){.doing = "starting",
                                                    .why = because("came back", "look"),
                                                    .came_back = true});
}

static void done(void)
{
    console_close();
}

static void without_a_key_they_are_tried_in_order(void **state)
{
    struct fake_terminal terminal = keys("");
    size_t said;

    (void)state;
    lay_down_entries("default b.conf\n", &terminal);
    said = fake_calls_of("OutputString"); /* about d.conf */
    assert_string_equal(next(), "b.conf");
    assert_int_equal(fake_calls_of("ClearScreen"), 0);
    assert_int_equal(fake_calls_of("OutputString"), said);
    assert_int_equal(fake_calls_of("WaitForEvent"), 1);
    assert_int_equal(fake_terminal_ms(), 100); /* somebody may press a key */
    fails("one");
    assert_string_equal(next(), "a.conf");
    fails("two");
    assert_string_equal(next(), "c.conf");
    fails("three");
    /* Nothing is left: the menu, with all reasons, for ten seconds. */
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10100);
    assert_int_equal(fake_calls_of("ClearScreen"), 2);
    done();
}

static void those_that_failed_at_the_exit_are_tried_last(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_entries("default a.conf\n", &terminal);
    chooser_mark(&chooser, 0, "failed before");
    assert_string_equal(next(), "b.conf");
    fails("one");
    assert_string_equal(next(), "c.conf");
    fails("two");
    assert_string_equal(next(), "a.conf");
    done();
}

static void the_menu_counts_down(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_entries("timeout 3\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_int_equal(fake_terminal_ms(), 3000);
    assert_true(fake_terminal_cursor_is_visible());
    fails("it is broken");
    /* Somebody waits for menus here: ten seconds to read it, then the next one. */
    assert_string_equal(next(), "b.conf");
    assert_string_equal(chooser.menu.message, "Alpha: loading \\k: it is broken; mend it");
    assert_int_equal(fake_terminal_ms(), 13000);
    done();
}

static void a_person_chooses_and_is_told_why_it_failed(void **state)
{
    struct fake_terminal terminal = keys("jj\rk\r");

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "c.conf");
    assert_int_equal(fake_terminal_ms(), 3000);
    assert_null(options);
    fails("it is broken");
    assert_string_equal(chooser.menu.items[2].reason, "Gamma: loading \\k: it is broken; mend it");
    assert_string_equal(next(), "b.conf"); /* k and Enter, in a menu that waits */
    assert_int_equal(fake_terminal_ms(), 5000);
    done();
}

static void an_entry_that_comes_back_leads_to_the_menu(void **state)
{
    struct fake_terminal terminal = keys("Q");

    (void)state;
    lay_down_entries("default c.conf\n", &terminal);
    assert_string_equal(next(), "c.conf");
    comes_back();
    assert_string_equal(next(), "quit");
    assert_int_equal(fake_terminal_ms(), 1000);
    done();
}

static void options_are_edited(void **state)
{
    struct fake_terminal terminal = keys("e s\r\r");

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_string_equal(options, "quiet s");
    fails("it is broken");
    assert_string_equal(next(), "a.conf"); /* what was typed is still there */
    assert_string_equal(options, "quiet s");
    done();
}

static void the_editor_can_be_turned_off(void **state)
{
    struct fake_terminal terminal = keys("e\r");

    (void)state;
    lay_down_entries("timeout 60\neditor no\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_int_equal(fake_terminal_ms(), 2000);
    done();
}

static void secure_boot_turns_the_editor_off(void **state)
{
    static const uint8_t on = 1;
    struct fake_terminal terminal = keys("");

    (void)state;
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
    lay_down_entries("timeout 60\n", &terminal);
    assert_false(chooser.menu.may_edit);
    done();
}

static void menu_disabled_looks_for_no_key(void **state)
{
    struct fake_terminal terminal = keys("j");

    (void)state;
    lay_down_entries("timeout menu-disabled\n", &terminal);
    for (int i = 0; i < 3; i++) {
        assert_true(next()[1] == '.');
        fails("one");
    }
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_calls_of("LocateProtocol") + fake_calls_of("CheckEvent"),
                     2); /* the TPM's */
    assert_int_equal(fake_terminal_ms(), 0);
    done();
}

static void a_key_that_is_held_down_brings_the_menu_or_boots(void **state)
{
    static const struct {
        const char *typed;
        const char *id;
    } table[] = {{"2", "b.conf"}, {"l", "a.conf"}, {"xj\r", "b.conf"}, {"4\r", "a.conf"}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct fake_terminal terminal = keys(table[i].typed);

        strokes[0].at = 0;
        (void)begin(NULL);
        lay_down_entries("", &terminal);
        assert_string_equal(next(), table[i].id);
        done();
    }
}

/* systemd-boot's 100 ms: a key that comes within them counts, and one that comes later does not. */
static void a_key_may_take_its_time_while_the_menu_is_hidden(void **state)
{
    static const struct {
        uint64_t at; /* ms */
        const char *id;
    } cases[] = {{60, "b.conf"}, {99, "b.conf"}, {140, "a.conf"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake_terminal terminal = keys("2");

        strokes[0].at = cases[i].at;
        (void)begin(NULL);
        lay_down_entries("", &terminal);
        assert_string_equal(next(), cases[i].id);
        done();
        (void)end(NULL); /* no timer is left */
    }
    (void)begin(NULL);
}

/* reboot-on-error: yes restarts, auto and no go on, and what a person has chosen leads back. */
static void the_machine_restarts_behind_an_entry_that_failed(void **state)
{
    static const struct {
        const char *conf;
        const char *keys;
        const char *second;
        unsigned int resets;
        uint64_t ms;
    } cases[] = {
        {"reboot-on-error yes\ntimeout 1\n", "", "b.conf", 1, 6000},
        {"reboot-on-error yes\ntimeout menu-disabled\n", "", "b.conf", 1, 0},
        {"reboot-on-error yes\ntimeout 60\n", "\rjj\r", "c.conf", 0, 64000},
        {"reboot-on-error no\ntimeout 1\n", "", "b.conf", 0, 11000},
        {"timeout 1\n", "", "b.conf", 0, 11000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake_terminal terminal = keys(cases[i].keys);

        for (size_t k = 1; k < strlen(cases[i].keys); k++)
            strokes[k].at += 60000; /* somebody thinks about it */
        (void)begin(NULL);
        lay_down_entries(cases[i].conf, &terminal);
        fake_allow("ResetSystem");
        fake_behaviour.resets_that_return = 1;
        assert_string_equal(next(), "a.conf");
        fails("one");
        assert_string_equal(next(), cases[i].second);
        assert_int_equal(fake_calls_of("ResetSystem"), cases[i].resets);
        assert_int_equal(fake_terminal_ms(), cases[i].ms);
        done();
        (void)end(NULL);
    }
    (void)begin(NULL);
}

/* ...in a menu, which waits then. */
static void a_key_stops_the_restart(void **state)
{
    struct fake_terminal terminal = keys("xj\r");

    (void)state;
    strokes[0].at = 2500;
    strokes[1].at = 60000;
    strokes[2].at = 61000;
    lay_down_entries("reboot-on-error yes\ntimeout 1\n", &terminal);
    assert_string_equal(next(), "a.conf");
    fails("one");
    assert_string_equal(next(), "b.conf");
    assert_int_equal(fake_terminal_ms(), 61000);
    done();
}

static size_t beeps(void)
{
    const struct fake_port_write *writes;
    size_t count = fake_port_writes(&writes);
    size_t tones = 0;

    for (size_t i = 0; i < count; i++)
        tones += writes[i].port == 0x43;
    return tones;
}

/* The number of the entry, and again only for another one: not for each second. */
static void the_chosen_entry_is_told_by_the_speaker(void **state)
{
    struct fake_terminal terminal = keys("jvk\r");

    (void)state;
    lay_down_entries("beep yes\ntimeout 3\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_int_equal(beeps(), 1 + 2 + 1);
    done();
    (void)end(NULL);
    (void)begin(NULL);
    terminal = keys("j\r");
    lay_down_entries("timeout 3\n", &terminal);
    assert_string_equal(next(), "b.conf");
    assert_int_equal(beeps(), 0);
    done();
}

static void one_shot_menus_are_shown(void **state)
{
    struct fake_terminal terminal = keys("\r");

    (void)state;
    lay_down_entries("timeout menu-disabled\n", &terminal);
    chooser.asked.forces_menu = true;
    entries.timeout = (struct loader_timeout){.wait = LOADER_WAIT_HIDDEN};
    assert_string_equal(next(), "a.conf");
    assert_int_equal(fake_terminal_ms(), 1000);
    done();
}

static void a_machine_without_keys_waits_for_nobody(void **state)
{
    struct fake_terminal terminal = {.columns = 80, .rows = 25};

    (void)state;
    lay_down_entries("timeout menu-force\n", &terminal);
    for (int i = 0; i < 3; i++) {
        assert_true(next()[1] == '.');
        fails("one");
    }
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 0);
    done();
}

/* Entries whose kernels are not there are shown with their reasons; no entry at all is told of. */
static void nothing_to_boot_stays_to_be_read(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down();
    (void)add_entry("d.conf", "title Gone\nlinux /gone\n");
    assert_int_equal(read_all(), 0);
    fake_terminal(&terminal);
    console_open(firmware);
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "", &chooser));
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10000);
    chooser_hold(&chooser);
    assert_int_equal(fake_terminal_ms(), 10000);
    done();

    (void)begin(NULL);
    terminal = keys("x");
    lay_down();
    assert_int_equal(read_all(), 0);
    fake_terminal(&terminal);
    console_open(firmware);
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "", &chooser));
    assert_string_equal(next(), "nothing");
    chooser_hold(&chooser);
    assert_int_equal(fake_terminal_ms(), 1000);
    assert_true(fake_terminal_shows("press a key"));
    done();
}

/* a.conf, and behind it Windows and the firmware's setup. */
static void lay_down_automatic(const char *conf, const char *entry,
                               const struct fake_terminal *terminal)
{
    static const uint64_t supported = 1;

    lay_down();
    add_kernel();
    (void)add("\\loader\\loader.conf", conf);
    (void)add("\\EFI\\Microsoft\\Boot\\bootmgfw.efi", "windows");
    if (entry != NULL)
        (void)add_entry("a.conf", entry);
    fake_variable_set(fake_vendor_global, "OsIndicationsSupported", 6, &supported, 8);
    assert_int_equal(read_all(), 0);
    fake_terminal(terminal);
    console_open(firmware);
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "", &chooser));
}

/* What nobody has written is not tried because something else has failed. */
static void automatic_entries_wait_to_be_asked_for(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_automatic("", "linux /k\n", &terminal);
    assert_int_equal(chooser.listed, 3);
    assert_string_equal(next(), "a.conf");
    fails("one");
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10100);
    done();

    (void)begin(NULL);
    terminal = keys("w\r");
    lay_down_automatic("timeout 60\n", "linux /k\n", &terminal);
    assert_string_equal(next(), "auto-windows");
    done();

    (void)begin(NULL);
    terminal = keys("3e\r");
    lay_down_automatic("timeout 60\n", "linux /k\n", &terminal);
    assert_non_null(chooser.menu.items[0].options);
    assert_null(chooser.menu.items[1].options);
    assert_null(chooser.menu.items[2].options);
    assert_string_equal(next(), "auto-reboot-to-firmware-setup");
    assert_int_equal(fake_terminal_ms(), 3000);
    done();
}

/* As with systemd-boot a program that is alone is started, after a look at the menu... */
static void alone_a_program_is_started_after_ten_seconds(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_automatic("", NULL, &terminal);
    assert_string_equal(next(), "auto-windows");
    assert_int_equal(fake_terminal_ms(), 10100);
    done();
}

/* ...and nothing restarts the machine over and over. */
static void alone_an_action_is_not_done_unasked(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_automatic("auto-entries no\n", NULL, &terminal);
    assert_int_equal(chooser.listed, 1);
    assert_int_equal(chooser_next_unasked(&chooser), MENU_NONE);
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10000);
    assert_false(chooser.has_tried);
    done();

    (void)begin(NULL);
    asked.wishes.patterns[ENTRY_DEFAULT_CONF] = NULL;
    lay_down_automatic("auto-entries no\ndefault auto-reboot-*\n", NULL, &terminal);
    assert_string_equal(next(), "auto-reboot-to-firmware-setup");
    assert_int_equal(fake_terminal_ms(), 100);
    assert_true(chooser.has_tried);
    done();
}

/* A key that is held down boots an entry, and asks before it does anything else. */
static void an_early_key_does_no_action(void **state)
{
    struct fake_terminal terminal = keys("9Q");

    (void)state;
    strokes[0].at = 0;
    lay_down_automatic("", "linux /k\n", &terminal);
    assert_string_equal(next(), "quit");
    done();

    (void)begin(NULL);
    terminal = keys("w");
    strokes[0].at = 0;
    lay_down_automatic("", "linux /k\n", &terminal);
    assert_string_equal(next(), "auto-windows");
    done();
}

/* a.conf, and keys that are to be enrolled. */
static void lay_down_keys(const char *conf, const struct fake_terminal *terminal)
{
    static const uint8_t setup_mode = 1;

    lay_down();
    add_kernel();
    (void)add("\\loader\\loader.conf", conf);
    (void)add_entry("a.conf", "linux /k\n");
    (void)fake_directory_add("\\loader\\keys");
    (void)fake_directory_add("\\loader\\keys\\auto");
    fake_variable_set(fake_vendor_global, "SetupMode", 6, &setup_mode, 1);
    assert_int_equal(read_all(), 0);
    fake_terminal(terminal);
    console_open(firmware);
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "", &chooser));
}

/* Once, and before anything else; when it has failed, the machine boots as without it. */
static void keys_are_enrolled_unless_somebody_stops_it(void **state)
{
    static const struct {
        const char *conf;
        const char *keys;
        const char *first;
        const char *second;
        uint64_t ms; /* until the first */
    } cases[] = {
        {"secure-boot-enroll force\n", "", "secure-boot-keys-auto", "a.conf", 15000},
        {"secure-boot-enroll force\nsecure-boot-enroll-timeout-sec 3\ntimeout menu-disabled\n", "",
         "secure-boot-keys-auto", "a.conf", 3000},
        {"secure-boot-enroll force\nsecure-boot-enroll-timeout-sec hidden\n", "",
         "secure-boot-keys-auto", "a.conf", 0},
        {"secure-boot-enroll force\nsecure-boot-enroll-timeout-sec 0\n", "",
         "secure-boot-keys-auto", "a.conf", 0},
        {"secure-boot-enroll force\n", "k\r", "a.conf", "nothing", 2000},
        {"secure-boot-enroll force\n", "Q", "quit", "a.conf", 1000},
        {"secure-boot-enroll manual\n", "", "a.conf", "nothing", 100},
    };

    const struct fake_terminal none = {.columns = 80, .rows = 25};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake_terminal terminal = keys(cases[i].keys);

        (void)begin(state);
        lay_down_keys(cases[i].conf, &terminal);
        assert_string_equal(next(), cases[i].first);
        assert_int_equal(fake_terminal_ms(), cases[i].ms);
        if (cases[i].keys[0] == '\0') {
            fails("refused");
            assert_string_equal(next(), cases[i].second);
        }
        done();
        (void)end(state);
    }
    (void)begin(state);
    lay_down_keys("secure-boot-enroll force\n", &none);
    assert_string_equal(next(), "secure-boot-keys-auto"); /* nobody could stop it */
    assert_int_equal(fake_terminal_ms(), 0);
    fails("refused");
    assert_string_equal(next(), "a.conf");
    done();
}

static void a_keyboard_that_fails_ends_the_menu(void **state)
{
    struct fake_terminal terminal = keys("jj");

    (void)state;
    terminal.read_status = FAKE_DEVICE_ERROR;
    lay_down_entries("timeout menu-force\n", &terminal);
    assert_string_equal(next(), "a.conf");
    done();
}

static void what_a_key_changed_is_kept_when_the_menu_is_left(void **state)
{
    struct fake_terminal terminal = keys("jdDdttT\r");
    uint32_t attributes;
    size_t size;

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "b.conf");
    assert_null(fake_variable(fake_vendor_systemd, "LoaderEntryPreferred", &attributes, &size));
    assert_memory_equal(
        fake_variable(fake_vendor_systemd, "LoaderEntryDefault", &attributes, &size), L"b.conf",
        14);
    assert_int_equal(size, 14);
    assert_int_equal(attributes, 7);
    assert_memory_equal(
        fake_variable(fake_vendor_systemd, "LoaderConfigTimeout", &attributes, &size), L"61", 6);
    assert_int_equal(fake_calls_of("SetVariable"), 3); /* however many keys */
    done();
}

/* What a key brings, as text. */
static void pages_tell_of_the_entry_and_the_machine(void **state)
{
    struct fake_terminal terminal = keys("");
    char buffer[2000];
    struct text page = text_in(buffer, sizeof(buffer));

    (void)state;
    lay_down_entries("timeout 60\ndefault a*\n", &terminal);
    chooser_put_details(&chooser, 0, &page);
    assert_string_equal(buffer, "       title: Alpha\n          id: a.conf\n        file: a.conf\n"
                                "    sort-key: a\n       linux: \\k\n     options: quiet\n");
    page = text_in(buffer, sizeof(buffer));
    chooser_put_details(&chooser, 3, &page);
    assert_non_null(strstr(buffer, "\n      failed: its kernel is not there"));
    page = text_in(buffer, sizeof(buffer));
    chooser_put_status(&chooser, &page);
    assert_non_null(strstr(buffer, "      loader: Baton "));
    assert_non_null(strstr(buffer, " Secure Boot: off\n"));
    assert_non_null(strstr(buffer, "\n     entries: 3\n     default: a*\n"));
    done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_key_they_are_tried_in_order),
        TEST(those_that_failed_at_the_exit_are_tried_last),
        TEST(the_menu_counts_down),
        TEST(a_person_chooses_and_is_told_why_it_failed),
        TEST(an_entry_that_comes_back_leads_to_the_menu),
        TEST(options_are_edited),
        TEST(the_editor_can_be_turned_off),
        TEST(secure_boot_turns_the_editor_off),
        TEST(menu_disabled_looks_for_no_key),
        TEST(a_key_that_is_held_down_brings_the_menu_or_boots),
        TEST(a_key_may_take_its_time_while_the_menu_is_hidden),
        TEST(the_machine_restarts_behind_an_entry_that_failed),
        TEST(a_key_stops_the_restart),
        TEST(the_chosen_entry_is_told_by_the_speaker),
        TEST(one_shot_menus_are_shown),
        TEST(a_machine_without_keys_waits_for_nobody),
        TEST(nothing_to_boot_stays_to_be_read),
        TEST(automatic_entries_wait_to_be_asked_for),
        TEST(alone_a_program_is_started_after_ten_seconds),
        TEST(alone_an_action_is_not_done_unasked),
        TEST(an_early_key_does_no_action),
        TEST(keys_are_enrolled_unless_somebody_stops_it),
        TEST(a_keyboard_that_fails_ends_the_menu),
        TEST(what_a_key_changed_is_kept_when_the_menu_is_left),
        TEST(pages_tell_of_the_entry_and_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
