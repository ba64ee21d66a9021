/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot counting over the fake firmware: what the file is called afterwards, and that at every
 * moment, whatever fails, one file of the entry is there and whole.
 */
#include "boot/entry/boot_count.h"

#include "boot/entry/entries.h"
#include "unit/fixture/entries_fixture.h"

static const char text[] = "title x\nlinux /k\noptions a b c d e f g\n";
static struct bls_entry counted;
static struct bls_entry other; /* in the list beside it */

static void lay_down_counted(const char *name)
{
    static const char *const changing[] = {"Write", "Flush", "Delete", "SetInfo"};

    lay_down();
    for (size_t i = 0; i < 4; i++)
        fake_allow(changing[i]);
    add_kernel();
    add_entry(name, text);
    counted = (struct bls_entry){.id = "x", .image_id = "x", .file = name, .kernel = "\\k"};
    counted.counter = (struct entry_counter){.counted = true, .left = 3};
    other = counted;
    other.counter.counted = false; /* as of a machine's maker */
}

static const char *count(void)
{
    struct bls_entry *listed[] = {&other, &counted};
    const struct entry_list list = {.entries = listed, .count = 2};
    const char *path = boot_count(firmware, &arena, &list, &counted);

    assert_int_equal(fake_files_open(), 0);
    return path;
}

static bool is_there(const char *name)
{
    char path[300];

    snprintf(path, sizeof(path), "\\loader\\entries\\%s", name);
    return fake_file_find(path) != NULL;
}

static bool is_whole(const char *name, const char *contents)
{
    const struct fake_file *file;
    char path[300];

    snprintf(path, sizeof(path), "\\loader\\entries\\%s", name);
    file = fake_file_find(path);
    return file != NULL && file->size == strlen(contents) &&
           memcmp(file->data, contents, file->size) == 0;
}

static void a_try_is_taken_off_the_name(void **state)
{
    static const char *const names[][2] = {
        {"k+3.conf", "k+2-1.conf"},
        {"k+03-00.conf", "k+02-01.conf"},
        {"K+1-2.CONF", "K+0-3.CONF"},
        {"k+0-3.conf", "k+0-4.conf"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];

        (void)begin(state);
        lay_down_counted(names[i][0]);
        snprintf(path, sizeof(path), "\\loader\\entries\\%s", names[i][1]);
        assert_string_equal(count(), path);
        assert_string_equal(counted.kernel, "\\k");
        assert_true(is_whole(names[i][1], text));
        assert_false(is_there(names[i][0]));
        assert_string_equal(fake_console_text(), "");
        (void)end(state);
    }
    (void)begin(state);
}

static void an_entry_without_a_counter_is_left_alone(void **state)
{
    (void)state;
    lay_down_counted("k.conf");
    counted.counter.counted = false;
    assert_null(count());
    assert_int_equal(fake_calls_of("Open"), 0);
    assert_int_equal(fake_changes(), 0);
}

/* Somebody's wish, or the medium's: no word about it. */
static void what_must_not_be_written_is_left_alone_in_silence(void **state)
{
    static const uint64_t statuses[] = {FAKE_ERROR(8), FAKE_ACCESS_DENIED, FAKE_UNSUPPORTED,
                                        FAKE_DEVICE_ERROR};

    (void)state;
    lay_down_counted("k+3.conf");
    add_entry("k+3.conf", text)->is_read_only = true;
    assert_null(count());
    assert_int_equal(fake_changes(), 0);
    for (size_t i = 0; i < 4; i++) {
        (void)end(state);
        (void)begin(state);
        lay_down_counted("k+3.conf");
        fake_behaviour.change_that_fails = 1;
        fake_behaviour.changes_fail_ever_after = true;
        fake_behaviour.change_status = statuses[i];
        assert_null(count());
        assert_true(is_whole("k+3.conf", text));
        assert_string_equal(fake_console_text(), "");
    }
}

static void look_after_a_change(void)
{
    assert_true(is_whole("k+3.conf", text) || is_whole("k+2-1.conf", text));
}

/* Each of the calls that change the volume fails, alone or with all behind it. */
static void at_every_moment_one_of_the_two_is_whole(void **state)
{
    unsigned int changes = 100;

    (void)state;
    for (unsigned int failing = 0; failing <= changes; failing++) {
        for (unsigned int ever = 0; ever < 2; ever++) {
            const char *path;

            (void)begin(state);
            lay_down_counted("k+3.conf");
            fake_behaviour.change_that_fails = failing;
            fake_behaviour.changes_fail_ever_after = ever == 1;
            fake_behaviour.change_status = FAKE_VOLUME_CORRUPTED;
            fake_behaviour.on_change = look_after_a_change;
            path = count();
            if (failing == 0)
                changes = fake_changes();
            /* The path is told exactly when the file is there and whole. */
            if (path != NULL)
                assert_true(is_whole("k+2-1.conf", text));
            else
                assert_true(is_whole("k+3.conf", text));
            assert_int_equal(path == NULL, fake_console_text()[0] != '\0');
            fake_behaviour.on_change = NULL;
            (void)end(state);
        }
    }
    assert_in_range(changes, 5, 10);
    (void)begin(state);
}

/* The copy was made and the old name was not deleted. */
static void the_trace_of_a_power_failure_is_followed(void **state)
{
    (void)state;
    lay_down_counted("k+3.conf");
    add_entry("k+2-1.conf", text);
    assert_string_equal(count(), "\\loader\\entries\\k+1-2.conf");
    assert_true(is_whole("k+1-2.conf", text));
    assert_false(is_there("k+3.conf") || is_there("k+2-1.conf"));
}

/* Nobody's file is overwritten or deleted, and the try is counted all the same. */
static void a_file_of_the_next_name_with_other_bytes_stays(void **state)
{
    char longer[sizeof(text) + 8];

    (void)state;
    snprintf(longer, sizeof(longer), "%s# more\n", text);
    lay_down_counted("k+3.conf");
    add_entry("k+2-1.conf", "linux /k\noptions other\n");
    add_entry("k+1-2.conf", "");
    add_entry("k+0-3.conf", longer);
    assert_string_equal(count(), "\\loader\\entries\\k+0-4.conf");
    assert_true(is_whole("k+2-1.conf", "linux /k\noptions other\n"));
    assert_true(is_whole("k+1-2.conf", ""));
    assert_true(is_whole("k+0-3.conf", longer));
    assert_true(is_whole("k+0-4.conf", text));
    assert_false(is_there("k+3.conf"));
}

static void damage_the_copy(void)
{
    const struct fake_file *copy = fake_file_find("\\loader\\entries\\k+2-1.conf");

    if (copy != NULL && copy->size != 0)
        memset((void *)(uintptr_t)copy->data, 'x', 1);
}

/* By a disk that says it has written what it was given. */
static void a_copy_that_is_damaged_takes_nobodys_place(void **state)
{
    (void)state;
    lay_down_counted("k+3.conf");
    fake_behaviour.on_change = damage_the_copy;
    assert_null(count());
    assert_true(is_whole("k+3.conf", text));
    assert_said("cannot be counted");
}

static void a_counter_that_can_say_no_more_stays(void **state)
{
    (void)state;
    lay_down_counted("k+0-9.conf");
    assert_string_equal(count(), "\\loader\\entries\\k+0-9.conf");
    assert_int_equal(fake_changes(), 0);
}

static void lay_down_image(void)
{
    static const char *const changing[] = {"Flush", "SetInfo"};

    lay_down();
    for (size_t i = 0; i < 2; i++)
        fake_allow(changing[i]);
    add("\\EFI\\Linux\\k+3.efi", "image");
    counted =
        (struct bls_entry){.is_image = true, .file = "k+3.efi", .kernel = "\\EFI\\Linux\\k+3.efi"};
    counted.counter = (struct entry_counter){.counted = true, .left = 3};
    other = counted;
    other.profile = 1;
}

static void an_image_is_renamed_and_started_under_its_new_name(void **state)
{
    (void)state;
    lay_down_image();
    assert_string_equal(count(), "\\EFI\\Linux\\k+2-1.efi");
    assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+2-1.efi");
    assert_non_null(fake_file_find("\\EFI\\Linux\\k+2-1.efi"));
    assert_null(fake_file_find("\\EFI\\Linux\\k+3.efi"));
}

/* Its other profiles are in the same file; nothing else is. */
static void all_profiles_of_an_image_move_with_it(void **state)
{
    static char same_name[] = "k+3.efi";

    (void)state;
    lay_down_image();
    other.file = same_name; /* each entry has its own strings */
    assert_non_null(count());
    assert_string_equal(other.kernel, "\\EFI\\Linux\\k+2-1.efi");
    assert_string_equal(other.file, "k+2-1.efi");
    assert_int_equal(other.counter.left, 2);
    for (unsigned int i = 0; i < 3; i++) {
        (void)end(state);
        (void)begin(state);
        lay_down_image();
        other.is_image = i != 0;
        other.volume = i == 1;
        other.counter.counted = i != 2;
        assert_non_null(count());
        assert_string_equal(other.file, "k+3.efi");
        assert_string_equal(other.kernel, "\\EFI\\Linux\\k+3.efi");
    }
}

/* A person may choose it once more, in the same start. */
static void an_entry_that_is_tried_again_is_counted_again(void **state)
{
    (void)state;
    lay_down_image();
    assert_string_equal(count(), "\\EFI\\Linux\\k+2-1.efi");
    assert_string_equal(counted.file, "k+2-1.efi");
    assert_int_equal(counted.counter.left, 2);
    assert_int_equal(counted.counter.done, 1);
    assert_string_equal(count(), "\\EFI\\Linux\\k+1-2.efi");
    assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+1-2.efi");
    assert_non_null(fake_file_find(counted.kernel));
    (void)end(state);
    (void)begin(state);
    lay_down_counted("k+3.conf");
    assert_string_equal(count(), "\\loader\\entries\\k+2-1.conf");
    assert_string_equal(count(), "\\loader\\entries\\k+1-2.conf");
    assert_string_equal(counted.kernel, "\\k");
    assert_true(is_there("k+1-2.conf"));
    assert_false(is_there("k+2-1.conf"));
}

/* EDK II would lose it. */
static void an_image_is_not_renamed_on_a_full_volume(void **state)
{
    (void)state;
    lay_down_image();
    fake_behaviour.free_space = (64U << 10) - 1;
    assert_null(count());
    assert_int_equal(fake_changes(), 0);
    assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+3.efi");
    assert_said("reading k+3.efi: the try that it is about to have cannot be counted");
}

static void an_image_on_a_read_only_volume_is_left_alone_in_silence(void **state)
{
    (void)state;
    lay_down_image();
    fake_behaviour.volume_is_read_only = true;
    assert_null(count());
    assert_int_equal(fake_changes(), 0);
    assert_string_equal(fake_console_text(), "");
}

static void an_image_that_cannot_be_renamed_is_booted_as_it_is(void **state)
{
    (void)state;
    for (unsigned int failing = 1; failing <= 3; failing++) {
        (void)begin(state);
        lay_down_image();
        fake_behaviour.change_that_fails = failing;
        fake_behaviour.change_status = FAKE_VOLUME_CORRUPTED;
        fake_behaviour.changes_fail_ever_after = true;
        if (count() == NULL) {
            assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+3.efi");
            assert_said("cannot be counted");
        } else {
            assert_int_equal(failing, 3); /* renamed, and the flush failed */
            assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+2-1.efi");
        }
        assert_non_null(fake_file_find(counted.kernel));
        (void)end(state);
    }
    (void)begin(state);
}

static void an_image_of_the_next_name_stays(void **state)
{
    (void)state;
    lay_down_image();
    add("\\EFI\\Linux\\k+2-1.efi", "other");
    assert_string_equal(count(), "\\EFI\\Linux\\k+1-2.efi");
    assert_non_null(fake_file_find("\\EFI\\Linux\\k+2-1.efi"));
    assert_string_equal(counted.kernel, "\\EFI\\Linux\\k+1-2.efi");
    assert_memory_equal(fake_file_find(counted.kernel)->data, "image", 5);
}

static void a_file_that_has_gone_is_not_counted(void **state)
{
    (void)state;
    lay_down_counted("k+3.conf");
    counted.file = "gone+3.conf";
    assert_null(count());
    assert_int_equal(fake_changes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_try_is_taken_off_the_name),
        TEST(an_entry_without_a_counter_is_left_alone),
        TEST(what_must_not_be_written_is_left_alone_in_silence),
        TEST(at_every_moment_one_of_the_two_is_whole),
        TEST(the_trace_of_a_power_failure_is_followed),
        TEST(a_file_of_the_next_name_with_other_bytes_stays),
        TEST(a_copy_that_is_damaged_takes_nobodys_place),
        TEST(a_counter_that_can_say_no_more_stays),
        TEST(an_image_is_renamed_and_started_under_its_new_name),
        TEST(all_profiles_of_an_image_move_with_it),
        TEST(an_entry_that_is_tried_again_is_counted_again),
        TEST(an_image_is_not_renamed_on_a_full_volume),
        TEST(an_image_on_a_read_only_volume_is_left_alone_in_silence),
        TEST(an_image_that_cannot_be_renamed_is_booted_as_it_is),
        TEST(an_image_of_the_next_name_stays),
        TEST(a_file_that_has_gone_is_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
