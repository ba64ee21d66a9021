/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume offers to boot: all that is sound, in order, and a word on the rest. */
#include "boot/entry/entries.h"

#include "core/entry/entry_order.h"
#include "efi/volumes.h"
#include "unit/fixture/entries_fixture.h"
#include "unit/fixture/second_volume.h"

static char many[1024 + 8][64];

static void entries_come_in_the_specifications_order(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("b-6.9.conf", "linux /k\nsort-key debian\nversion 6.9\n");
    add_entry("a-6.10.conf", "linux /k\nsort-key debian\nversion 6.10\n");
    add_entry("z.conf", "linux /k\n");
    add_entry("c.conf", "linux /k\nsort-key arch\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "c.conf a-6.10.conf b-6.9.conf z.conf ");
    assert_string_equal(fake_console_text(), "");
}

static void the_words_of_an_entry_arrive(void **state)
{
    const struct bls_entry *entry;

    (void)state;
    lay_down();
    add_kernel();
    add("\\a\\vmlinuz", "kernel");
    add_entry("one+3-1.conf", "title One\nlinux /a/vmlinuz\ninitrd /a/1\ninitrd /a/2\n"
                              "options root=/dev/vda\noptions quiet\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1);
    entry = entry_at(0);
    assert_string_equal(entry->id, "one.conf");
    assert_string_equal(entry->file, "one+3-1.conf");
    assert_string_equal(entry->kernel, "\\a\\vmlinuz");
    assert_int_equal(entry->initrd_count, 2);
    assert_string_equal(entry->initrds[1], "\\a\\2");
    assert_string_equal(entry->options, "root=/dev/vda quiet");
    assert_int_equal(entry->counter.left, 3);
}

static void broken_entries_are_reported_and_passed_over(void **state)
{
    struct fake_file *unreadable;

    (void)state;
    lay_down();
    add_kernel();
    add_entry("1-good.conf", "linux /k\n");
    add_entry("2-empty.conf", "");
    add_entry("3-two.conf", "linux /k\nefi /e\n");
    add_entry("4-odd.conf", "linux /k\nintrd /i\n");
    unreadable = add_entry("5-unreadable.conf", "linux /k\n");
    unreadable->fail_read = 1;
    unreadable->fail_ever_after = true;
    add_entry("6-refused.conf", "linux /k\n")->open_status = FAKE_ACCESS_DENIED;
    add_entry("7-good.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "7-good.conf 4-odd.conf 1-good.conf ");
    assert_said("reading \\loader\\entries\\2-empty.conf: ");
    assert_said("reading \\loader\\entries\\3-two.conf: ");
    assert_said("(line 2)");
    assert_said(
        "reading \\loader\\entries\\4-odd.conf: a key is unknown to Baton and is ignored (line 2)");
    assert_said("5-unreadable.conf: it cannot be read (Device Error)");
    assert_said("6-refused.conf: it cannot be read (Access Denied)");
    assert_null(strstr(fake_console_text(), "good"));
}

static void a_file_that_is_too_large_is_no_entry(void **state)
{
    static char text[LINES_TEXT_MAX + 100];

    (void)state;
    memset(text, '\n', sizeof(text));
    memcpy(text, "linux /k\n", 9);
    lay_down();
    add_kernel();
    (void)fake_file_add("\\loader\\entries\\just.conf", text, LINES_TEXT_MAX);
    (void)fake_file_add("\\loader\\entries\\large.conf", text, LINES_TEXT_MAX + 1);
    (void)fake_file_add("\\loader\\entries\\larger.conf", text, sizeof(text));
    (void)fake_file_add("\\loader\\loader.conf", text, sizeof(text));
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "just.conf ");
    assert_said("large.conf: ");
    assert_said("larger.conf: ");
    assert_said("loader.conf: ");
}

/* However large it says it is, no more is read than shows that it is too large. */
static void a_file_without_an_end_is_called_too_large(void **state)
{
    struct fake_file *file;

    (void)state;
    lay_down();
    file = add_entry("vast.conf", "linux /k\n");
    file->lies = true;
    file->claimed_size = 1ULL << 40;
    file->end = FAKE_END_IS_CLAIMED;
    file->claimed_end = 1ULL << 40;
    file->endless = true;
    assert_int_equal(read_all(), 0);
    assert_said("vast.conf: the entry has more than 64 KiB");
}

static void more_warnings_than_are_kept_are_not_read(void **state)
{
    char text[1000] = "linux /k\n";
    unsigned int said = 0;

    (void)state;
    lay_down();
    add_kernel();
    for (unsigned int i = 0; i < BLS_WARNINGS_MAX + 3; i++)
        strcat(text, "odd /x\n");
    add_entry("a.conf", text);
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.conf ");
    for (const char *at = fake_console_text(); (at = strstr(at, "a.conf: ")) != NULL; at++)
        said++;
    assert_int_equal(said, BLS_WARNINGS_MAX);
}

static void entries_for_another_machine_are_hidden(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("arm.conf", "linux /k\narchitecture aa64\n");
    add_entry("x64.conf", "linux /k\narchitecture x64\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "x64.conf ");
    assert_string_equal(fake_console_text(), "");
}

/* systemd-boot hides them too; Baton says why. */
static void entries_without_their_kernel_are_left_out(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "default 2-*\n");
    add_entry("1.conf", "linux /k\n");
    add_entry("2-gone.conf", "linux /gone\n");
    add_entry("2-there.conf", "efi /k\n");
    add_entry("3-gone.conf", "uki /k/gone\n");
    add("\\refused", "kernel")->open_status = FAKE_ACCESS_DENIED;
    add_entry("4.conf", "linux /refused\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "4.conf 2-there.conf 1.conf ");
    assert_string_equal(chosen(), "2-there.conf");
    assert_said("reading \\loader\\entries\\2-gone.conf: the entry is left out, its kernel is not "
                "there (\\gone) (Not Found); correct its path");
    assert_said("3-gone.conf: the entry is left out");
    assert_null(strstr(fake_console_text(), "there.conf"));
}

/* It would be the default, and start itself. On the other volume it is another file. */
static void entries_that_name_baton_itself_are_left_out(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\EFI\\BOOT\\BOOTX64.EFI", "Baton");
    fake_image_path(u"\\EFI\\BOOT\\bootx64.efi");
    add_entry("4.conf", "efi /EFI/BOOT/BOOTX64.EFI\n");
    add_entry("3.conf", "linux /efi/boot/bootx64.efi\n");
    add_entry("2.conf", "efi /EFI/../EFI/BOOT/BOOTX64.EFI\n");
    add_entry("1.conf", "linux /k\n");
    add_entry("0.conf", "uki /gone\n");
    lay_down_second_volume();
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "4.conf 3.conf 2.conf 1.conf 1.conf ");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(entry_at(i)->volume, VOLUME_EXTENDED);
    assert_int_equal(entries.absent_count, 5);
    assert_int_equal(entries.absent[4]->volume, VOLUME_EXTENDED);
    assert_said("4.conf: it is Baton itself, the entry is left out (\\EFI\\BOOT\\BOOTX64.EFI); "
                "name the program");
    assert_said("3.conf: it is Baton itself, the entry is left out (\\efi");
    assert_said("2.conf: it is Baton itself, the entry is left out (\\EFI");
}

/* It failed when the copy was there and the old file was, too. */
static void two_files_that_a_power_failure_has_left_are_one_entry(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("k+3.conf", "linux /k\n");
    add_entry("k+2-1.conf", "linux /k\n");
    add_entry("l+3.conf", "linux /k\n");
    add_entry("l+2-1.conf", "linux /k\n# mine\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "l.conf l.conf k.conf ");
    assert_string_equal(entry_at(2)->file, "k+3.conf");
    assert_int_equal(entry_at(2)->counter.left, 2);
}

static void names_that_are_taken_and_hidden_names_are_no_entries(void **state)
{
    struct fake_file *taken;

    (void)state;
    lay_down();
    add_kernel();
    taken = add_entry("auto-windows.conf", "linux /k\n");
    add_entry("AUTO-x.conf", "linux /k\n");
    add_entry(".hidden.conf", "linux /k\n");
    add_entry("automatic.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "automatic.conf ");
    assert_int_equal(taken->reads, 0);
    assert_string_equal(fake_console_text(), "");
}

static void what_is_no_entry_file_is_not_looked_at(void **state)
{
    struct fake_file *text;

    (void)state;
    lay_down();
    add_kernel();
    (void)fake_directory_add("\\loader\\entries\\folder.conf");
    text = add_entry("readme.txt", "not for Baton");
    add_entry("UPPER.CONF", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "upper.conf ");
    assert_int_equal(text->reads, 0);
    assert_string_equal(fake_console_text(), "");
}

static void a_missing_directory_is_no_error(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 0);
    assert_string_equal(fake_console_text(), "");
}

static void an_empty_directory_is_no_error(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    (void)fake_directory_add("\\loader");
    (void)fake_directory_add("\\loader\\entries");
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 0);
}

static void a_file_in_the_directorys_place_is_no_directory(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\entries", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 0);
}

static void a_directory_that_can_not_be_opened_is_an_error(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("a.conf", "linux /k\n");
    for (unsigned int i = 0; i < 2; i++) {
        struct fake_file *directory = fake_directory_add("\\loader\\entries");

        if (i == 0)
            directory->open_status = FAKE_DEVICE_ERROR;
        else
            directory->info_status = FAKE_VOLUME_CORRUPTED;
        assert_true(read_all() == (i == 0 ? FAKE_DEVICE_ERROR : FAKE_VOLUME_CORRUPTED));
        assert_int_equal(entries.list.count, 77);
    }
}

/* Windows and the firmware's setup do not depend on it. */
static void a_directory_that_can_not_be_opened_leaves_automatic_entries(void **state)
{
    (void)state;
    lay_down();
    add("\\loader\\loader.conf", "auto-reboot yes\n");
    fake_directory_add("\\loader\\entries")->open_status = FAKE_DEVICE_ERROR;
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "auto-reboot ");
    assert_said(
        "reading \\loader\\entries: the directory cannot be read to its end (Device Error)");
}

static void a_directory_without_an_end_does_not_hang(void **state)
{
    struct fake_file *directory;
    struct fake_file *other;
    struct fake_file *asked_for;

    (void)state;
    lay_down();
    add_kernel();
    fake_file_add("\\loader\\entries\\letter.txt", "x", 1);
    directory = fake_directory_add("\\loader\\entries");
    directory->has_no_end = true;
    console_open(firmware);
    assert_true(read_all() == FAKE_VOLUME_CORRUPTED);

    /* What it holds again and again is found, up to the most entries there can be; behind that
     * many, files are read only when somebody asks for them. */
    add("\\loader\\loader.conf", "default d\n");
    other = add_entry("a.conf", "linux /k\n");
    asked_for = add_entry("d.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    assert_true(entries.list.count > 0);
    assert_true(other->reads > 0);
    assert_true(asked_for->reads > other->reads + 1);
}

static void a_directory_that_breaks_off_counts_as_far_as_it_goes(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("a.conf", "linux /k\n");
    add_entry("b.conf", "linux /k\n");
    add_entry("c.conf", "linux /k\n");
    for (unsigned int failing = 1; failing < 5; failing++) {
        static const char *const found[] = {"", "a.conf ", "b.conf a.conf ",
                                            "c.conf b.conf a.conf "};
        struct fake_file *directory = fake_directory_add("\\loader\\entries");

        directory->fail_read = failing; /* the fourth would be the end */
        console_open(firmware);
        if (failing == 1) {
            assert_true(read_all() == FAKE_DEVICE_ERROR);
            continue;
        }
        assert_int_equal(read_all(), 0);
        assert_string_equal(ids(), found[failing - 1]);
        assert_said("reading \\loader\\entries: the directory cannot be read to its end (Device");
    }
}

static void no_volume_is_an_error(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    fake_image_device_absent();
    assert_true(read_all() == FAKE_NOT_FOUND);
    assert_int_equal(entries.list.count, 77);
}

/* Behind the entries of the first volume; only entries are read from there. */
static void entries_of_the_second_volume_come_behind(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "default b*\n");
    add_entry("b.conf", "linux /k\n");
    add_entry("a.conf", "linux /k\n");
    lay_down_second_volume();
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "b.conf b.conf a.conf a.conf ");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(entry_at(i)->volume, i % 2);
    assert_int_equal(firmware->volume, VOLUME_OWN);
    assert_int_equal(entries.chosen, 0);
    assert_string_equal(fake_console_text(), "");
}

/* Not counted, and on Baton's volume. */
static void entries_come_with_a_machine(void **state)
{
    static const char strings[] =
        "other\0io.systemd.boot.entries-extra:Z+3.conf=title Z\nlinux /k\noptions z\n\0"
        "io.systemd.boot.entries-extra:gone.conf=linux /gone\n\0"
        "io.systemd.boot.entries-extra:bad.conf=title only\n\0"
        "io.systemd.boot.entries-extra:name\0io.systemd.boot.entries-extra:a.txt=linux /k\0";

    (void)state;
    lay_down();
    add_kernel();
    add_entry("a.conf", "linux /k\n");
    asked.strings = span_of(strings, sizeof(strings) - 1);
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "z.conf a.conf ");
    assert_string_equal(entry_at(0)->options, "z");
    assert_false(entry_at(0)->counter.counted);
    assert_said("reading SMBIOS\\gone.conf: the entry is left out");
    assert_said("reading SMBIOS\\bad.conf: the entry names no kernel");
    assert_said("reading SMBIOS\\a.txt: the name of an entry does not end in .conf");
}

static void add_many(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        char path[64];

        snprintf(path, sizeof(path), "\\loader\\entries\\%u.conf", i);
        snprintf(many[i], sizeof(many[i]), "linux /k\nsort-key s\nversion %u\n", i);
        (void)add(path, many[i]);
    }
}

static void a_thousand_entries_are_read_and_sorted(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_many(1000);
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1000);
    for (unsigned int i = 0; i < 1000; i++) {
        char expected[16];

        snprintf(expected, sizeof(expected), "%u.conf", 999 - i);
        assert_string_equal(entry_at(i)->id, expected);
    }
}

static void more_entries_than_there_is_room_for_are_left_out_aloud(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_many(ENTRY_ORDER_MAX + 8);
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, ENTRY_ORDER_MAX);
    assert_string_equal(fake_console_text(),
                        "baton: reading \\loader\\entries: there are more than 1024 entries, those "
                        "that come last are left out (8 are left out); take out those that are not "
                        "needed\r\n");
    assert_string_equal(entry_at(0)->id, "1031.conf");
    assert_string_equal(entry_at(ENTRY_ORDER_MAX - 1)->id, "8.conf");
}

/* Whatever its place in the directory and in the order. */
static void the_default_is_never_left_out(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    (void)add("\\loader\\loader.conf", "default 3\n");
    add_many(ENTRY_ORDER_MAX + 8);
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, ENTRY_ORDER_MAX);
    assert_string_equal(chosen(), "3.conf");
    assert_string_equal(entry_at(ENTRY_ORDER_MAX - 1)->id, "3.conf");
}

static void as_many_entries_as_there_is_room_for_are_read_in_silence(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_many(ENTRY_ORDER_MAX);
    add_entry("notes.txt", "no entry");
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, ENTRY_ORDER_MAX);
    assert_string_equal(fake_console_text(), "");
}

/* Each is read, or named with the reason; a refusal is never taken for a bad disk. */
static void every_allocation_may_fail(void **state)
{
    for (unsigned int failing = 1; failing < 6; failing++) {
        efi_status status;

        (void)begin(state);
        lay_down();
        add_kernel();
        add("\\loader\\loader.conf", "default 1\n");
        add_many(200);
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        status = read_all();
        if (failing == 1) {
            assert_true(status == FAKE_OUT_OF_RESOURCES);
            assert_int_equal(entries.list.count, 77);
        } else {
            assert_int_equal(status, 0);
            assert_in_range(entries.list.count, 199, 200);
            if (entries.list.count < 200)
                assert_said("there is not enough free memory");
            assert_null(strstr(fake_console_text(), "disk"));
        }
        (void)end(state);
    }
    (void)begin(state);
}

/* As they could use up the list of what Baton holds, and with it the boot of every one of them. */
static void many_large_entries_leave_room_for_a_boot(void **state)
{
    static char text[60000];

    (void)state;
    memset(text, '\n', sizeof(text));
    memcpy(text, "linux /k\n", 9);
    lay_down();
    add_kernel();
    for (unsigned int i = 0; i < 400; i++) {
        char path[64];

        snprintf(path, sizeof(path), "\\loader\\entries\\%u.conf", i);
        (void)fake_file_add(path, text, sizeof(text));
    }
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 400);
    assert_true(firmware->leases.count < LEASES_MAX / 2);
}

static void a_large_entry_without_memory_is_not_blamed_on_the_disk(void **state)
{
    static char text[LINES_TEXT_MAX];

    (void)state;
    memset(text, '\n', sizeof(text));
    memcpy(text, "linux /k\n", 9);
    lay_down();
    add_kernel();
    (void)fake_file_add("\\loader\\entries\\large.conf", text, sizeof(text));
    add_entry("small.conf", "linux /k\n");
    fake_memory_set(FAKE_LOW, FAKE_LOW_PAGES - 17, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "small.conf ");
    assert_said("large.conf: there is not enough free memory (Out of Resources); give the");
}

/* EDK II's FAT takes 256 units from the root on; names alone may have 255. */
static void a_name_as_long_as_names_can_be_is_read(void **state)
{
    char name[256];

    (void)state;
    lay_down();
    add_kernel();
    memset(name, 'n', sizeof(name));
    memcpy(name + 250, ".conf", 6);
    (void)add_entry(name, "linux /k\n");
    fake_behaviour.open_units_max = 256;
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1);
    assert_string_equal(fake_console_text(), "");
}

static void the_watchdog_guards_the_reading_of_directories(void **state)
{
    size_t armed = 0;

    (void)state;
    lay_down();
    add_kernel();
    (void)add_entry("a.conf", "linux /k\n");
    assert_int_equal(read_all(), 0);
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "SetWatchdogTimer") == 0) {
            assert_int_equal(fake_call_at(i)->a, 300);
            armed++;
        }
    assert_int_equal(armed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_as_long_as_names_can_be_is_read),
        TEST(the_watchdog_guards_the_reading_of_directories),
        TEST(entries_come_in_the_specifications_order),
        TEST(the_words_of_an_entry_arrive),
        TEST(broken_entries_are_reported_and_passed_over),
        TEST(a_file_that_is_too_large_is_no_entry),
        TEST(a_file_without_an_end_is_called_too_large),
        TEST(more_warnings_than_are_kept_are_not_read),
        TEST(entries_for_another_machine_are_hidden),
        TEST(what_is_no_entry_file_is_not_looked_at),
        TEST(entries_without_their_kernel_are_left_out),
        TEST(entries_that_name_baton_itself_are_left_out),
        TEST(two_files_that_a_power_failure_has_left_are_one_entry),
        TEST(names_that_are_taken_and_hidden_names_are_no_entries),
        TEST(a_missing_directory_is_no_error),
        TEST(an_empty_directory_is_no_error),
        TEST(a_file_in_the_directorys_place_is_no_directory),
        TEST(a_directory_that_can_not_be_opened_is_an_error),
        TEST(a_directory_that_can_not_be_opened_leaves_automatic_entries),
        TEST(a_directory_without_an_end_does_not_hang),
        TEST(a_directory_that_breaks_off_counts_as_far_as_it_goes),
        TEST(no_volume_is_an_error),
        TEST(entries_of_the_second_volume_come_behind),
        TEST(entries_come_with_a_machine),
        TEST(a_thousand_entries_are_read_and_sorted),
        TEST(the_default_is_never_left_out),
        TEST(more_entries_than_there_is_room_for_are_left_out_aloud),
        TEST(as_many_entries_as_there_is_room_for_are_read_in_silence),
        TEST(every_allocation_may_fail),
        TEST(many_large_entries_leave_room_for_a_boot),
        TEST(a_large_entry_without_memory_is_not_blamed_on_the_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
