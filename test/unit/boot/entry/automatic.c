/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries that nobody has written: which there are, in which order, and as what. */
#include "boot/entry/automatic.h"

#include "efi/volumes.h"
#include "unit/fixture/entries_fixture.h"
#include "unit/fixture/second_volume.h"

#define WINDOWS    "\\EFI\\Microsoft\\Boot\\bootmgfw.efi"
#define SHELL      "\\shellx64.efi"
#define DEFAULT    "\\EFI\\BOOT\\BOOTx64.efi"
#define SETUP      "auto-reboot-to-firmware-setup "
#define IMAGE_BASE 112
#define HEADERS    480

static uint8_t image[2048];
static uint8_t copy[2048];

/* Baton beside what is usual, on a firmware that can be asked for its setup. */
static void lay_down_machine(const char *conf)
{
    static const uint64_t supported = 1;

    lay_down();
    add_kernel();
    for (size_t i = 0; i < sizeof(image); i++)
        copy[i] = (uint8_t)(i * 7);
    memset(image, 0, sizeof(image));
    memcpy(image, copy, HEADERS); /* what follows in the file is elsewhere in memory */
    (void)add("\\loader\\loader.conf", conf);
    (void)add_entry("a.conf", "linux /k\n");
    (void)add(WINDOWS, "windows");
    (void)add(SHELL, "shell");
    (void)fake_file_add(DEFAULT, copy, sizeof(copy));
    fake_image_path(u"\\EFI\\baton\\baton.efi");
    fake_image_memory(image, sizeof(image));
    copy[470] ^= 1; /* another program */
    fake_variable_set(fake_vendor_global, "OsIndicationsSupported", 6, &supported, 8);
}

static void loader_conf_says_which_there_are(void **state)
{
    static const struct {
        const char *conf;
        const char *ids;
    } cases[] = {
        {"", "a.conf auto-windows auto-efi-shell auto-efi-default " SETUP},
        {"auto-reboot yes\nauto-poweroff yes\n",
         "a.conf auto-windows auto-efi-shell auto-efi-default " SETUP "auto-poweroff auto-reboot "},
        {"auto-entries no\n", "a.conf " SETUP},
        {"auto-firmware no\n", "a.conf auto-windows auto-efi-shell auto-efi-default "},
        {"auto-entries no\nauto-firmware no\nauto-reboot yes\n", "a.conf auto-reboot "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down_machine(cases[i].conf);
        assert_int_equal(read_all(), 0);
        assert_string_equal(ids(), cases[i].ids);
        assert_string_equal(chosen(), "a.conf");
        assert_string_equal(fake_console_text(), "");
        (void)end(state);
    }
    (void)begin(state);
}

static void they_are_programs_and_actions(void **state)
{
    static const struct {
        const char *id;
        const char *title;
        const char *path;
        enum bls_kind kind;
        enum entry_action action;
        char key;
    } expected[] = {
        {"auto-windows", "Windows Boot Manager", WINDOWS, BLS_EFI, 0, 'w'},
        {"auto-efi-shell", "EFI Shell", SHELL, BLS_EFI, 0, 's'},
        {"auto-efi-default", "EFI Default Loader", DEFAULT, BLS_EFI, 0, 0},
        {"auto-reboot-to-firmware-setup", "Reboot Into Firmware Interface", "", BLS_ACTION,
         ENTRY_SETUP, 0},
        {"auto-poweroff", "Power Off The System", "", BLS_ACTION, ENTRY_POWER_OFF, 0},
        {"auto-reboot", "Reboot The System", "", BLS_ACTION, ENTRY_REBOOT, 0},
    };

    (void)state;
    lay_down_machine("auto-reboot yes\nauto-poweroff yes\n");
    assert_int_equal(read_all(), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct bls_entry *entry = entry_at(i + 1);

        assert_string_equal(entry->id, expected[i].id);
        assert_string_equal(entry->title, expected[i].title);
        assert_string_equal(entry->kernel, expected[i].path);
        assert_int_equal(entry->kind, expected[i].kind);
        assert_int_equal(entry->action, expected[i].action);
        assert_int_equal(entry->hot_key, expected[i].key);
        assert_int_equal(entry->is_windows, expected[i].key == 'w');
        assert_true(entry->is_automatic);
        assert_false(entry_may_be_unasked(entry));
        assert_false(entry_may_follow(entry));
        assert_int_equal(entry_may_run(entry), entry->kind == BLS_EFI);
        assert_string_equal(entry->options, "");
        assert_string_equal(entry->version, "");
        assert_string_equal(entry->sort_key, "");
        assert_string_equal(entry->machine_id, "");
        assert_string_equal(entry->file, "");
    }
}

static void what_is_not_there_is_not_listed(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    (void)add_entry("a.conf", "linux /k\n");
    fake_image_path(u"\\EFI\\baton\\baton.efi");
    fake_image_memory(image, sizeof(image));
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf ");
}

static void baton_does_not_list_itself(void **state)
{
    static const uint8_t head[HEADERS - 1];

    (void)state;
    /* In the default place. */
    lay_down_machine("auto-firmware no\n");
    fake_image_path(u"\\EFI\\Boot\\bootx64.EFI");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf auto-windows auto-efi-shell ");
    (void)end(state);
    /* A copy of it there: what was loaded has another base. */
    (void)begin(state);
    lay_down_machine("auto-firmware no\n");
    copy[470] ^= 1;
    memset(image + IMAGE_BASE, 0xAA, 8);
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf auto-windows auto-efi-shell ");
    (void)end(state);
    /* A firmware that does not say where Baton is in memory. */
    (void)begin(state);
    lay_down_machine("auto-firmware no\n");
    fake_image_memory(head, sizeof(head));
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf auto-windows auto-efi-shell auto-efi-default ");
    (void)end(state);
    /* No program has so few bytes. */
    (void)begin(state);
    lay_down_machine("auto-firmware no\n");
    ((struct fake_file *)(uintptr_t)fake_file_find(DEFAULT))->size = HEADERS - 1;
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf auto-windows auto-efi-shell ");
}

static void each_can_be_the_default(void **state)
{
    static const struct {
        const char *pattern;
        const char *id;
    } cases[] = {
        {"auto-windows", "auto-windows"}, {"AUTO-Windows", "auto-windows"},
        {"auto-*", "auto-windows"},       {"auto-reboot-*", "auto-reboot-to-firmware-setup"},
        {"auto-win", "a.conf"},           {"auto-reb", "a.conf"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down_machine("");
        asked.wishes.patterns[ENTRY_DEFAULT_VARIABLE] = cases[i].pattern;
        assert_int_equal(read_all(), 0);
        assert_string_equal(chosen(), cases[i].id);
        (void)end(state);
    }
    (void)begin(state);
}

/* Apple's firmware alone reads its file systems. */
static void macos_is_looked_for_on_all_volumes(void **state)
{
    for (unsigned int i = 0; i < 2; i++) {
        (void)begin(state);
        lay_down_machine("");
        lay_down_second_volume();
        (void)add("\\System\\Library\\CoreServices\\boot.efi", "macOS");
        fake_firmware_vendor(i == 0 ? u"Apple" : u"Apples");
        assert_int_equal(read_all(), 0);
        assert_int_equal(strstr(ids(), "auto-osx auto-windows ") != NULL, i == 0);
        if (i == 0) {
            const struct bls_entry *entry = entries.automatic[0];

            assert_int_equal(entry->volume, VOLUME_FOUND);
            assert_int_equal(entry->hot_key, 'a');
            assert_non_null(firmware->found);
        }
        assert_int_equal(entry_at(entries.list.count - 1)->volume, VOLUME_OWN);
        (void)end(state);
    }
    (void)begin(state);
}

static void more_entries_than_are_kept_do_not_push_them_out(void **state)
{
    static char names[1030][16];

    (void)state;
    lay_down_machine("");
    for (size_t i = 0; i < 1030; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu.conf", i);
        (void)add_entry(names[i], "linux /k\n");
    }
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1024 + 4);
    assert_string_equal(entry_at(1024)->id, "auto-windows");
}

/* `mode`: what SetupMode is; a machine that is virtual or not. */
static void lay_down_keys(const char *conf, uint8_t mode, bool is_virtual)
{
    lay_down();
    add_kernel();
    (void)add("\\loader\\loader.conf", conf);
    (void)add_entry("a.conf", "linux /k\n");
    (void)fake_directory_add("\\loader\\keys\\AUTO");
    (void)fake_directory_add("\\loader\\keys\\Mine");
    (void)fake_directory_add("\\loader\\keys\\.hidden");
    (void)add("\\loader\\keys\\file", "no folder");
    fake_variable_set(fake_vendor_global, "SetupMode", 6, &mode, 1);
    if (is_virtual)
        fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
}

static void keys_are_offered_where_there_are_none_yet(void **state)
{
    static const struct {
        const char *conf;
        uint8_t mode;
        bool is_virtual;
        bool offered;
        bool enrolls;
    } cases[] = {
        {"", 1, false, true, false},
        {"", 1, true, true, true},
        {"", 0, true, false, false},
        {"secure-boot-enroll off\n", 1, true, false, false},
        {"secure-boot-enroll manual\n", 1, true, true, false},
        {"secure-boot-enroll if-safe\n", 1, true, true, true},
        {"secure-boot-enroll force\n", 1, false, true, true},
        {"secure-boot-enroll force\n", 0, false, false, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down_keys(cases[i].conf, cases[i].mode, cases[i].is_virtual);
        assert_int_equal(read_all(), 0);
        assert_string_equal(ids(), cases[i].offered
                                       ? "a.conf secure-boot-keys-AUTO secure-boot-keys-Mine "
                                       : "a.conf ");
        assert_int_equal(entries.enrolls != NULL, cases[i].enrolls);
        assert_string_equal(chosen(), "a.conf");
        if (cases[i].enrolls)
            assert_ptr_equal(entries.enrolls, entry_at(1));
        (void)end(state);
    }
    (void)begin(state);
    lay_down_keys("", 1, false);
    assert_int_equal(read_all(), 0);
    assert_string_equal(entry_at(2)->title, "Enroll Secure Boot keys: Mine");
    assert_string_equal(entry_at(2)->kernel, "\\loader\\keys\\Mine");
    assert_int_equal(entry_at(2)->kind, BLS_ACTION);
    assert_int_equal(entry_at(2)->action, ENTRY_ENROLL);
}

/* Folders without end, and more of them than a menu should have. */
static void many_keys_are_too_many(void **state)
{
    static char path[64];

    for (unsigned int endless = 0; endless < 2; endless++) {
        (void)begin(state);
        lay_down_keys("", 1, false);
        for (int i = 0; i < 20 && endless == 0; i++) {
            snprintf(path, sizeof(path), "\\loader\\keys\\%d", i);
            (void)fake_directory_add(path);
        }
        ((struct fake_file *)(uintptr_t)fake_file_find("\\loader\\keys"))->has_no_end =
            endless != 0;
        assert_int_equal(read_all(), 0);
        assert_int_equal(entries.list.count, 1 + ENTRIES_AUTOMATIC_MAX);
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loader_conf_says_which_there_are),
        TEST(they_are_programs_and_actions),
        TEST(what_is_not_there_is_not_listed),
        TEST(baton_does_not_list_itself),
        TEST(each_can_be_the_default),
        TEST(macos_is_looked_for_on_all_volumes),
        TEST(keys_are_offered_where_there_are_none_yet),
        TEST(many_keys_are_too_many),
        TEST(more_entries_than_are_kept_do_not_push_them_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
