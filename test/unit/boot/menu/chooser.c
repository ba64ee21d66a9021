/* SPDX-License-Identifier: BSD-2-Clause */
/* Who decides what is booted: the order of the entries, or whoever presses a key. */
#include "unit/fixture/chooser_fixture.h"

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
    assert_int_equal(fake_calls_of("WaitForEvent"), 0);
    assert_int_equal(fake_terminal_ms(), 0);
    fails("one");
    assert_string_equal(next(), "a.conf");
    fails("two");
    assert_string_equal(next(), "c.conf");
    fails("three");
    /* Nothing is left: the menu, with all reasons, for ten seconds. */
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10000);
    assert_int_equal(fake_calls_of("ClearScreen"), 2);
    assert_string_equal(chooser.menu.message, "Beta: loading \\k: one; mend it\n"
                                              "Alpha: loading \\k: two; mend it\n"
                                              "Gamma: loading \\k: three; mend it\n");
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
    assert_int_not_equal(chooser.menu_ticks, 0);
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
    assert_true(chooser.menu.items[2].came_back);
    assert_string_equal(next(), "quit");
    assert_int_equal(fake_terminal_ms(), 1000);
    done();
}

static void an_entry_that_is_stopped_leads_to_the_menu(void **state)
{
    struct fake_terminal terminal = keys("Q");

    (void)state;
    lay_down_entries("default c.conf\n", &terminal);
    assert_string_equal(next(), "c.conf");
    is_stopped();
    assert_false(chooser.menu.items[2].came_back);
    assert_string_equal(next(), "quit");
    done();
}

/* A program may take away what there was, or bring some. */
static void keys_are_found_anew_behind_a_program(void **state)
{
    struct fake_terminal terminal = keys("Q");

    (void)state;
    terminal.has_plain = false;
    lay_down_entries("default c.conf\n", &terminal);
    assert_string_equal(next(), "c.conf");
    comes_back();
    terminal.has_plain = true;
    fake_terminal(&terminal);
    assert_string_equal(next(), "quit");
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
    struct fake_terminal terminal = keys("e\r");

    (void)state;
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_null(options);
    assert_false(chooser.menu.may_edit);
    done();
}

static void what_turns_secure_boot_on_turns_the_editor_off(void **state)
{
    static const uint8_t on = 1;
    struct fake_terminal terminal = keys("\re\r");

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "a.conf");
    assert_true(chooser.menu.may_edit);
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
    comes_back();
    assert_string_equal(next(), "a.conf");
    assert_null(options);
    assert_false(chooser.menu.may_edit);
    done();
}

/* ...and takes back what was typed before. */
static void what_was_typed_is_not_taken_under_secure_boot(void **state)
{
    static const uint8_t on = 1;
    struct fake_terminal terminal = keys("e s^yj\rk\r");

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    assert_string_equal(next(), "b.conf");
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
    comes_back();
    assert_string_equal(next(), "a.conf");
    assert_true(menu_item_is_edited(&chooser.menu.items[0]));
    assert_null(options);
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
    assert_int_equal(chooser.menu_ticks, 0);
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

/* Whoever goes back to the firmware has not failed. */
static void a_person_leaves_when_everything_has_failed(void **state)
{
    struct fake_terminal terminal = keys("Q");

    (void)state;
    lay_down_entries("", &terminal);
    for (int i = 0; i < 3; i++) {
        assert_true(next()[1] == '.');
        fails("one");
    }
    assert_string_equal(next(), "quit");
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
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "nothing");
    assert_int_equal(fake_terminal_ms(), 10000);
    done();

    (void)begin(NULL);
    terminal = keys("x");
    lay_down();
    assert_int_equal(read_all(), 0);
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "nothing");
    assert_int_equal(chooser.menu_ticks, 0);
    assert_int_equal(fake_terminal_ms(), 0);
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

static unsigned int place_of_call(const char *service)
{
    unsigned int place = 0;

    while (place < fake_call_count() && strcmp(fake_call_at(place)->service, service) != 0)
        place++;
    return place;
}

/* ...also when the machine is. */
static void what_a_key_changed_is_kept_before_the_machine_is_left(void **state)
{
    static const uint64_t supported = 1;
    static const char *const typed[] = {"dO\r", "dB\r", "df\r\r"};

    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
        struct fake_terminal terminal = keys(typed[i]);
        uint32_t attributes;
        size_t size;

        (void)begin(state);
        fake_variable_set(fake_vendor_global, "OsIndicationsSupported", 6, &supported, 8);
        lay_down_entries("timeout 60\n", &terminal);
        fake_allow("ResetSystem");
        fake_behaviour.resets_that_return = 1;
        assert_string_equal(next(), "a.conf"); /* the firmware does not do it */
        assert_non_null(
            fake_variable(fake_vendor_systemd, "LoaderEntryPreferred", &attributes, &size));
        assert_true(place_of_call("SetVariable") < place_of_call("ResetSystem"));
        assert_int_equal(fake_calls_of("SetVariable"), i == 2 ? 2 : 1);
        assert_string_equal(chooser.menu.note, "");
        done();
        (void)end(state);
    }
    (void)begin(state);
}

static void what_the_firmware_does_not_keep_is_told(void **state)
{
    struct fake_terminal terminal = keys("jDr\r");

    (void)state;
    lay_down_entries("timeout 60\n", &terminal);
    fake_behaviour.set_variable_status = FAKE_DEVICE_ERROR;
    terminal.breaks_lines = true;
    fake_terminal(&terminal);
    assert_string_equal(next(), "b.conf");
    assert_true(fake_terminal_shows("baton: writing LoaderEntryDefault: the firmware does not"));
    assert_true(fake_terminal_shows("baton: writing LoaderConfigConsoleMode: the firmware"));
    done();
}

/* The number of the mode that was set last. */
static uint64_t mode_of_console(void)
{
    uint64_t mode = UINT64_MAX;

    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "SetMode") == 0)
            mode = fake_call_at(i)->a;
    return mode;
}

/* r: the next one from now on, written once; R: loader.conf's, whatever r has ever chosen. */
static void modes_of_the_console(void **state)
{
    static const struct {
        const char *conf;
        const char *kept; /* in the variable, or NULL */
        const char *keys;
        uint64_t mode;
        unsigned int writes;
    } cases[] = {
        {"timeout 60\n", NULL, "r\r", 1, 1},
        {"timeout 60\n", NULL, "rrR\r", 0, 1},
        {"timeout 60\nconsole-mode 2\n", "1", "R\r", 2, 1},
        {"timeout 60\nconsole-mode 2\n", "1", "\r", 1, 0},
        {"timeout 60\nconsole-mode auto\n", "1", "R\r", 0, 1},
        {"timeout 60\n", NULL, "R\r", 0, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char typed[16];
        struct fake_terminal terminal;
        uint32_t attributes;
        size_t size;

        (void)snprintf(typed, sizeof(typed), "%sQ", cases[i].keys);
        terminal = keys(typed);
        (void)begin(state);
        if (cases[i].kept != NULL)
            fake_variable_set(fake_vendor_systemd, "LoaderConfigConsoleMode", 7, u"1", 4);
        lay_down_entries(cases[i].conf, &terminal);
        assert_string_equal(next(), "a.conf");
        assert_int_equal(mode_of_console(), cases[i].mode);
        assert_int_equal(fake_calls_of("SetVariable"), cases[i].writes);
        assert_int_equal(fake_variable(fake_vendor_systemd, "LoaderConfigConsoleMode", &attributes,
                                       &size) != NULL,
                         strchr(cases[i].keys, 'R') == NULL);
        fails("one");
        assert_string_equal(next(), "quit");
        assert_int_equal(fake_calls_of("SetVariable"), cases[i].writes);
        done();
        (void)end(state);
    }
    (void)begin(state);
}

/* Two kernels of one system, as kernel-install writes them; what failed is told by the same name.
 */
static void equal_titles_are_told_apart(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down();
    add_kernel();
    (void)add_entry("a.conf", "title Debian\nversion 6.1.0-9\nlinux /k\n");
    (void)add_entry("b.conf", "title Debian\nversion 6.1.0-18\nlinux /k\n");
    (void)add_entry("c.conf", "linux /k\n");
    (void)add("\\loader\\loader.conf", "timeout 1\n");
    assert_int_equal(read_all(), 0);
    entries.list.entries[0]->id = "c\xC2\xAD.conf"; /* which the fake's volume cannot have */
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "c\xC2\xAD.conf");
    fails("one");
    assert_string_equal(chooser.menu.message, "c?.conf: loading \\k: one; mend it");
    assert_string_equal(next(), "b.conf");
    fails("two");
    assert_string_equal(chooser.menu.message, "Debian (6.1.0-18): loading \\k: two; mend it");
    done();
}

/* Overlays of device trees are not obeyed: the entry says so, not only the console. */
static void what_an_entry_asks_for_in_vain_is_on_its_page(void **state)
{
    struct fake_terminal terminal = keys("");
    char buffer[2000];
    struct text page = text_in(buffer, sizeof(buffer));

    (void)state;
    lay_down();
    add_kernel();
    (void)add_entry("a.conf", "linux /k\ndevicetree-overlay /x\nfoo bar\n"
                              "baton-module /m a  b\nbaton-module /n\n");
    assert_int_equal(read_all(), 0);
    fake_terminal(&terminal);
    assert_true(chooser_begin(firmware, &arena, &asked, &entries, "", &chooser));
    chooser_put_details(&chooser, 0, &page);
    assert_non_null(strstr(buffer, "  not obeyed: line 2: a key asks for something that Baton "
                                   "cannot do, and is ignored; boot the entry with"));
    assert_non_null(strstr(buffer, "\n  not obeyed: line 3: a key is unknown"));
    assert_non_null(strstr(buffer, "\nbaton-module: \\m a  b\nbaton-module: \\n \n"));
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
        TEST(an_entry_that_is_stopped_leads_to_the_menu),
        TEST(keys_are_found_anew_behind_a_program),
        TEST(options_are_edited),
        TEST(the_editor_can_be_turned_off),
        TEST(secure_boot_turns_the_editor_off),
        TEST(what_turns_secure_boot_on_turns_the_editor_off),
        TEST(what_was_typed_is_not_taken_under_secure_boot),
        TEST(menu_disabled_looks_for_no_key),
        TEST(a_key_that_is_held_down_brings_the_menu_or_boots),
        TEST(a_machine_without_keys_waits_for_nobody),
        TEST(a_person_leaves_when_everything_has_failed),
        TEST(nothing_to_boot_stays_to_be_read),
        TEST(a_keyboard_that_fails_ends_the_menu),
        TEST(what_a_key_changed_is_kept_when_the_menu_is_left),
        TEST(what_a_key_changed_is_kept_before_the_machine_is_left),
        TEST(what_the_firmware_does_not_keep_is_told),
        TEST(modes_of_the_console),
        TEST(equal_titles_are_told_apart),
        TEST(what_an_entry_asks_for_in_vain_is_on_its_page),
        TEST(pages_tell_of_the_entry_and_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
