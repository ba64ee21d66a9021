/* SPDX-License-Identifier: BSD-2-Clause */
/* What loader.conf has to say about who decides, and entries that nobody has written. */
#include "unit/fixture/chooser_fixture.h"
#include "unit/fixture/pe_image.h"

/* What an image brings is what is edited. */
static void the_options_of_an_image_are_edited(void **state)
{
    static struct pe_image image;
    struct fake_terminal terminal = keys("e x\rQ");

    (void)state;
    lay_down();
    pe_image_begin(&image);
    pe_image_add_text(&image, ".osrel", "ID=debian\n");
    pe_image_add_text(&image, ".linux", "kernel");
    pe_image_add_text(&image, ".cmdline", "quiet");
    (void)fake_file_add("\\EFI\\Linux\\u.efi", image.data, image.size);
    (void)add("\\loader\\loader.conf", "timeout 60\n");
    assert_int_equal(read_all(), 0);
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "u.efi");
    assert_string_equal(options, "quiet x");
    done();

    (void)begin(state);
    terminal = keys("ixQ");
    lay_down();
    (void)fake_file_add("\\EFI\\Linux\\u.efi", image.data, image.size);
    (void)add("\\loader\\loader.conf", "timeout 60\n");
    assert_int_equal(read_all(), 0);
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "quit");
    assert_non_null(strstr(chooser.menu.page, "\n     options: quiet\n"));
    done();
}

static void options_that_cannot_be_read_are_told_of(void **state)
{
    static struct pe_image image;
    struct fake_terminal terminal = keys("e\r");

    (void)state;
    lay_down();
    pe_image_begin(&image);
    pe_image_add_text(&image, ".osrel", "ID=debian\n");
    pe_image_add_text(&image, ".linux", "kernel");
    pe_image_add_text(&image, ".cmdline", "\xff");
    (void)fake_file_add("\\EFI\\Linux\\u.efi", image.data, image.size);
    (void)add("\\loader\\loader.conf", "timeout 60\n");
    assert_int_equal(read_all(), 0);
    terminal.breaks_lines = true;
    begin_chooser(&terminal, "");
    assert_string_equal(next(), "u.efi"); /* Enter boots it: the editor was not opened */
    assert_null(chooser.menu.items[0].editor);
    assert_int_equal(fake_terminal_ms(), 2000);
    assert_null(options);
    done();
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
#define VALUE(text)                                                                                \
    {                                                                                              \
        text, sizeof(text)                                                                         \
    }
    static const struct {
        uint16_t text[16];
        size_t size;
    } values[] = {VALUE(u"menu-disabled"), VALUE(u"menu-hidden"), VALUE(u"0"),
                  VALUE(u"menu-force")};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct fake_terminal terminal = keys("j\r");

        (void)begin(state);
        strokes[1].at = 3600000;
        lay_down();
        fake_variable_set(fake_vendor_systemd, "LoaderConfigTimeoutOneShot", 7, values[i].text,
                          values[i].size);
        asked_read(firmware, &arena, false, &asked);
        add_kernel();
        (void)add("\\loader\\loader.conf", "timeout menu-disabled\n");
        (void)add_entry("1.conf", "linux /k\nsort-key 1\n");
        (void)add_entry("2.conf", "linux /k\nsort-key 2\n");
        assert_int_equal(read_all(), 0);
        begin_chooser(&terminal, "");
        assert_string_equal(next(), "2.conf");
        done();
        (void)end(state);
    }
    (void)begin(state);
}

/* What failed last time is tried last, and that is what the bar is on. */
static void the_countdown_is_for_the_entry_with_the_bar(void **state)
{
    struct fake_terminal terminal = keys("");

    (void)state;
    lay_down_entries("default a.conf\ntimeout 5\n", &terminal);
    chooser_mark(&chooser, 0, "failed before");
    assert_string_equal(next(), "b.conf");
    assert_int_equal(chooser.menu.chosen, 1);
    done();
}

/* The default entry has been tried before, or its exit has failed: ten seconds, as for a person. */
static void a_default_that_has_failed_leads_to_the_menu(void **state)
{
    static const struct {
        const char *conf;
        const char *file;
        bool is_marked;
        uint64_t ms;
    } cases[] = {
        {"menu-on-failure yes\n", "0+2-1.conf", false, 10000},
        {"menu-on-failure yes\n", "0.conf", true, 10000},
        {"menu-on-failure yes\n", "0+3.conf", false, 0},
        {"menu-on-failure yes\n", "z+2-1.conf", false, 0}, /* is not the default */
        {"menu-on-failure no\n", "0+2-1.conf", false, 0},
        {"menu-on-failure yes\ntimeout 3\n", "0+2-1.conf", false, 3000},
        {"menu-on-failure yes\ntimeout menu-disabled\n", "0+2-1.conf", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake_terminal terminal = keys("");
        char conf[128];

        (void)begin(NULL);
        lay_down();
        add_kernel();
        snprintf(conf, sizeof(conf), "default 0*\n%s", cases[i].conf);
        (void)add("\\loader\\loader.conf", conf);
        (void)add_entry(cases[i].file, "linux /k\n");
        (void)add_entry("1.conf", "linux /k\nsort-key 1\n");
        (void)add_entry("2.conf", "linux /k\nsort-key 2\n");
        assert_int_equal(read_all(), 0);
        begin_chooser(&terminal, "");
        if (cases[i].is_marked)
            chooser_mark(&chooser, entries.chosen, "recorded");
        (void)next();
        assert_int_equal(fake_terminal_ms(), cases[i].ms);
        done();
        (void)end(NULL);
    }
    (void)begin(NULL);
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
    begin_chooser(terminal, "");
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
    assert_int_equal(fake_terminal_ms(), 10000);
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
    assert_int_equal(fake_terminal_ms(), 10000);
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
    assert_int_equal(fake_terminal_ms(), 0);
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
    begin_chooser(terminal, "");
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
        {"secure-boot-enroll force\ntimeout 5\n", "", "secure-boot-keys-auto", "a.conf", 15000},
        {"secure-boot-enroll force\nsecure-boot-enroll-timeout-sec 0\n", "",
         "secure-boot-keys-auto", "a.conf", 0},
        {"secure-boot-enroll force\n", "k\r", "a.conf", "nothing", 2000},
        {"secure-boot-enroll force\n", "Q", "quit", "a.conf", 1000},
        {"secure-boot-enroll manual\n", "", "a.conf", "nothing", 0},
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
            if (strstr(cases[i].conf, "\ntimeout 5") != NULL)
                assert_int_equal(chooser.menu.chosen, 0); /* which the bar is on */
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

/* Before loader.conf, which goes before it. */
static void how_much_is_said_comes_with_a_machine(void **state)
{
    static const struct {
        const char *string;
        const char *conf;
        uint8_t level;
    } cases[] = {
        {"io.systemd.boot.loglevel=err", "editor no\n", 3},
        {"io.systemd.boot.loglevel=err", "log-level debug\n", LOADER_LOG_DEBUG},
        {"io.systemd.boot.loglevel=quiet", "editor no\n", LOADER_LOG_INFO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down();
        add("\\loader\\loader.conf", cases[i].conf);
        asked.strings = span_of(cases[i].string, strlen(cases[i].string) + 1);
        assert_int_equal(read_all(), 0);
        assert_int_equal(entries.conf.log_level, cases[i].level);
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_options_of_an_image_are_edited),
        TEST(options_that_cannot_be_read_are_told_of),
        TEST(the_machine_restarts_behind_an_entry_that_failed),
        TEST(a_key_stops_the_restart),
        TEST(the_chosen_entry_is_told_by_the_speaker),
        TEST(one_shot_menus_are_shown),
        TEST(the_countdown_is_for_the_entry_with_the_bar),
        TEST(automatic_entries_wait_to_be_asked_for),
        TEST(alone_a_program_is_started_after_ten_seconds),
        TEST(a_default_that_has_failed_leads_to_the_menu),
        TEST(alone_an_action_is_not_done_unasked),
        TEST(an_early_key_does_no_action),
        TEST(keys_are_enrolled_unless_somebody_stops_it),
        TEST(how_much_is_said_comes_with_a_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
