/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole of Baton, from its first to its last line, where nothing can be booted. */
#include "core/base/page.h"
#include "fake/fake.h"
#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"

#include <stdio.h>

struct _EFI_SYSTEM_TABLE;
efi_status efi_main(void *image_handle, struct _EFI_SYSTEM_TABLE *system_table);

#define ENTRIES    20
#define EXTRA_SIZE 20000

/* What the maker of a virtual machine adds to the options of each kernel. */
static void add_extra_options(void)
{
    static const char option[] = "io.systemd.boot.kernel-cmdline-extra=";
    static uint8_t table[EXTRA_SIZE + 100] = {11, 5};

    memset(table + 5, 'b', EXTRA_SIZE);
    memcpy(table + 5, option, sizeof(option) - 1);
    fake_smbios(table, sizeof(table));
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
}

static void lay_down(void)
{
    fake_allow_usual();
    fake_allow("OutputString");
    fake_volume();
}

static efi_status run(void)
{
    return efi_main(firmware->image_handle, firmware->system_table);
}

/* Their options need more memory than there is before the first of them: what one of them took is
 * given back, and the next one must not write there. The fake sees who does. */
static void each_of_many_entries_that_fail_has_memory_of_its_own(void **state)
{
    static char texts[ENTRIES][64];
    const struct fake_file *kernel;
    char path[64];

    (void)state;
    lay_down();
    add_extra_options();
    kernel = fake_file_add("\\k", "no kernel", 9);
    for (int i = 0; i < ENTRIES; i++) {
        int length = snprintf(texts[i], sizeof(texts[i]), "title %d\nlinux /k\noptions a", i);

        snprintf(path, sizeof(path), "\\loader\\entries\\%02d.conf", i);
        (void)fake_file_add(path, texts[i], (uint64_t)length);
    }
    assert_int_not_equal(run(), 0);
    assert_true(kernel->opens >= ENTRIES);
    assert_int_equal(fake_memory_held(), 0);
}

static void nothing_to_boot_is_said_and_all_is_given_back(void **state)
{
    (void)state;
    lay_down();
    fake_console();
    assert_int_equal(run(), FAKE_NOT_FOUND);
    assert_non_null(strstr(fake_console_text(), "baton: nothing to boot: "));
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_files_open(), 0);
}

static void when_the_menu_was_shown_is_told_to_what_is_booted(void **state)
{
    static const uint8_t program[5000] = "MZ";
    static const char entry[] = "efi /p.efi\n";
    static const char conf[] = "timeout 1\n";
    static const uint8_t device[] = {1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0};
    static const struct fake_stroke quit = {.at = 2000, .character = 'Q'};
    struct fake_terminal terminal = {
        .columns = 80, .rows = 25, .has_plain = true, .strokes = &quit, .stroke_count = 1};
    uint32_t attributes;
    size_t size;

    (void)state;
    lay_down();
    fake_volume_path(device);
    fake_terminal(&terminal);
    fake_judges(FAKE_JUDGE_OF_FILES);
    fake_cpuid_set(1, (struct cpuid_answer){0});
    fake_cpuid_set(0, (struct cpuid_answer){.eax = 0x16});
    fake_cpuid_set(0x15, (struct cpuid_answer){.eax = 1, .ebx = 1, .ecx = 1000000000});
    (void)fake_file_add("\\p.efi", program, sizeof(program));
    (void)fake_file_add("\\loader\\loader.conf", conf, sizeof(conf) - 1);
    (void)fake_file_add("\\loader\\entries\\p.conf", entry, sizeof(entry) - 1);
    assert_int_equal(run(), 0);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_non_null(fake_variable(fake_vendor_systemd, "LoaderTimeMenuUSec", &attributes, &size));
}

/* What was said stays until a key or ten seconds, where the firmware would clear the screen and
 * somebody is there; not where the menu has shown it. */
static void what_was_said_stays_to_be_read(void **state)
{
    enum how { NO_VOLUME, NO_VOLUME_NOR_WISH, NO_ENTRY, BAD_OPTIONS, BAD_KERNEL, HELP };
    static const uint16_t options[][32] = {
        [BAD_OPTIONS] = u"baton.efi --nonsense",
        [BAD_KERNEL] = u"--debug \\k",
        [HELP] = u"baton.efi --help",
    };
    static const struct {
        enum how how;
        const char *conf;
        bool in_shell;
        bool has_key;
        bool no_keyboard;
        uint64_t ms;
    } cases[] = {
        {NO_VOLUME, "", false, false, false, 10000},
        {NO_VOLUME, "", true, false, false, 0},
        {NO_VOLUME_NOR_WISH, "", false, false, false, 0},
        {NO_VOLUME, "", false, false, true, 0},
        {NO_ENTRY, "", false, true, false, 3000},
        {NO_ENTRY, "timeout menu-disabled\n", false, false, false, 0},
        {BAD_OPTIONS, "", false, false, false, 10000},
        {BAD_KERNEL, "", false, false, false, 10000},
        {HELP, "", false, false, false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const struct fake_stroke stroke = {.at = 3000, .character = 'x'};
        struct fake_terminal terminal = {.columns = 80,
                                         .rows = 25,
                                         .has_plain = !cases[i].no_keyboard,
                                         .breaks_lines = true,
                                         .strokes = &stroke,
                                         .stroke_count = cases[i].has_key};

        (void)begin(state);
        lay_down();
        (void)fake_file_add("\\k", "no kernel", 9);
        (void)fake_file_add("\\loader\\loader.conf", cases[i].conf, strlen(cases[i].conf));
        fake_image_options(options[cases[i].how], sizeof(options[0]));
        if (cases[i].how == NO_VOLUME_NOR_WISH)
            fake_variable_set(fake_vendor_systemd, "LoaderConfigTimeout", 7, u"menu-disabled",
                              sizeof(u"menu-disabled"));
        if (cases[i].how == NO_VOLUME || cases[i].how == NO_VOLUME_NOR_WISH)
            fake_behaviour.open_volume_status = FAKE_DEVICE_ERROR;
        if (cases[i].in_shell)
            fake_in_shell();
        fake_terminal(&terminal);
        assert_int_equal(run() == 0, cases[i].how == HELP);
        assert_int_equal(fake_terminal_ms(), cases[i].ms);
        assert_int_equal(fake_terminal_shows("press a key, or wait ten seconds"), cases[i].ms != 0);
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_of_many_entries_that_fail_has_memory_of_its_own),
        TEST(nothing_to_boot_is_said_and_all_is_given_back),
        TEST(when_the_menu_was_shown_is_told_to_what_is_booted),
        TEST(what_was_said_stays_to_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
