/* SPDX-License-Identifier: BSD-2-Clause */
/* What is opened, what is closed again, and what directories say. */
#include "unit/fixture/file_fixture.h"

static void missing_file_and_wrong_kind(void **state)
{
    struct file *other = NULL;

    (void)state;
    open_one();
    assert_int_equal(file_open(firmware, root, "\\boot\\nothing", &other), FAKE_NOT_FOUND);
    assert_int_equal(directory_open(firmware, root, "\\nothing", &other), FAKE_NOT_FOUND);
    assert_int_equal(file_open(firmware, root, "\\boot", &other), FAKE_UNSUPPORTED);
    assert_int_equal(directory_open(firmware, root, "\\boot\\kernel", &other), FAKE_NOT_FOUND);
    assert_int_equal(file_open(firmware, root, "\\\xff", &other), FAKE_INVALID_PARAMETER);
    assert_null(other);
    assert_int_equal(fake_files_open(), 2);
}

/* What a driver says when a part of the path is a file; FAT's in EDK II says Not Found itself. */
static void way_through_a_file_leads_nowhere(void **state)
{
    struct fake_file *made = open_one();
    struct file *other = NULL;
    char path[256];

    (void)state;
    made->open_status = FAKE_INVALID_PARAMETER;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_NOT_FOUND);
    assert_int_equal(directory_open(firmware, root, "\\boot\\kernel", &other), FAKE_NOT_FOUND);
    for (size_t length = 240; length <= 241; length++) { /* a longer one may be too long */
        memset(path, 'n', length);
        path[0] = '\\';
        path[length] = '\0';
        fake_file_add(path, "", 0)->open_status = FAKE_INVALID_PARAMETER;
        assert_int_equal(file_open(firmware, root, path, &other),
                         length == 240 ? FAKE_NOT_FOUND : FAKE_INVALID_PARAMETER);
    }
    assert_null(other);
}

static void names_are_case_insensitive(void **state)
{
    struct file *other;

    (void)state;
    open_one();
    assert_int_equal(file_open(firmware, root, "\\BOOT\\Kernel", &other), 0);
}

/* Each error that there can be, in every order; a directory that was opened on the way too. */
static void errors_of_open_and_info_close_what_was_opened(void **state)
{
    struct fake_file *made = open_one();
    struct file *other = NULL;

    (void)state;
    made->open_status = FAKE_ACCESS_DENIED;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_ACCESS_DENIED);
    made->open_status = 0;
    made->info_status = FAKE_DEVICE_ERROR;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_DEVICE_ERROR);
    made->info_status = 0;
    fake_behaviour.open_gives_nothing = true;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_DEVICE_ERROR);
    fake_behaviour.open_gives_nothing = false;
    firmware->leases.count = LEASES_MAX;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(volume_open(firmware, &other), FAKE_OUT_OF_RESOURCES);
    firmware->leases.count = 2;
    assert_int_equal(fake_files_open(), 2);
    assert_null(other);
}

static void a_file_that_was_looked_for_is_closed(void **state)
{
    (void)state;
    open_one();
    assert_int_equal(file_probe(firmware, root, "\\boot\\kernel"), 0);
    assert_int_equal(file_probe(firmware, root, "\\boot"), FAKE_UNSUPPORTED);
    assert_int_equal(file_probe(firmware, root, "\\boot\\absent"), FAKE_NOT_FOUND);
    assert_int_equal(fake_files_open(), 2);
}

/* As many as one boot can need; the next one is an error, and closed. */
static void more_files_than_there_are_slots(void **state)
{
    struct file *other = NULL;

    (void)state;
    open_one();
    for (unsigned int i = 2; i < OPEN_FILES_MAX; i++) {
        assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), 0);
        assert_int_equal(fake_files_open(), i + 1);
    }
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_files_open(), OPEN_FILES_MAX);
    file_close(firmware, file);
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
    files_close(firmware);
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(firmware->leases.count, 0);
}

/* From a directory; a leading backslash means the root all the same. */
static void paths_begin_in_their_directory(void **state)
{
    struct file *directory;
    struct file *other;
    char byte;

    (void)state;
    open_one();
    assert_int_equal(directory_open(firmware, root, "\\boot", &directory), 0);
    assert_int_equal(file_open(firmware, directory, "kernel", &other), 0);
    assert_int_equal(file_read(firmware, other, 1, 1, &byte), 0);
    assert_int_equal(byte, (char)data[1]);
    assert_int_equal(file_open(firmware, directory, "\\boot\\kernel", &other), 0);
    assert_int_equal(file_open(firmware, directory, "boot\\kernel", &other), FAKE_NOT_FOUND);
}

/* "\directory\" and `count` letters; the file is there. */
static const char *add_long(size_t count)
{
    static char path[512];

    memset(path, 'n', sizeof(path));
    memcpy(path, "\\directory\\", 11);
    path[11 + count] = '\0';
    fake_file_add(path, data, DATA_SIZE);
    return path;
}

/* A driver with room for 255 units and the NUL, and one that counts from the root on. */
static void long_paths_are_opened_part_by_part(void **state)
{
    struct file *other;
    const char *path;

    (void)state;
    open_one();
    fake_behaviour.open_units_max = 255;
    for (size_t count = 228; count <= 255; count++) {
        size_t opens = fake_calls_of("Open");

        path = add_long(count);
        assert_int_equal(file_open(firmware, root, path, &other), 0);
        assert_int_equal(fake_calls_of("Open"), opens + (count + 11 > 240 ? 2 : 1));
        file_close(firmware, other);
    }
    assert_int_equal(fake_files_open(), 2);
    path = add_long(256);
    assert_int_equal(file_open(firmware, root, path, &other), FAKE_INVALID_PARAMETER);
    path = add_long(255);
    fake_behaviour.open_units_max = 254;
    assert_int_equal(file_open(firmware, root, path, &other), FAKE_INVALID_PARAMETER);
    fake_behaviour.open_units_max = 5;
    assert_int_equal(file_open(firmware, root, path, &other), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_files_open(), 2);
}

/* What is left behind the first part goes at once when it is short enough. */
static void long_path_of_many_parts(void **state)
{
    char path[512];
    struct file *other;

    (void)state;
    open_one();
    fake_behaviour.open_units_max = 240;
    for (size_t left = 240; left <= 241; left++) {
        size_t opens = fake_calls_of("Open");

        memset(path, 'p', sizeof(path));
        path[0] = '\\';
        path[200] = '\\';
        path[200 + 1 + 120] = '\\';
        path[200 + 1 + left] = '\0';
        fake_file_add(path, data, DATA_SIZE);
        assert_int_equal(file_open(firmware, root, path, &other), 0);
        assert_int_equal(fake_calls_of("Open"), opens + (left == 240 ? 2 : 3));
    }
    assert_int_equal(fake_files_open(), 4);
    memset(path, 'x', 400); /* no backslash to part it at: tried as it is */
    assert_int_equal(file_open(firmware, root, path, &other), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_files_open(), 4);
}

static void closing_early(void **state)
{
    (void)state;
    open_one();
    file_close(firmware, file);
    assert_int_equal(fake_files_open(), 1);
    assert_int_equal(firmware->leases.count, 1);
}

static const char *const names[] = {"a.conf", "deeper", "", "B.CONF"};

/* A directory with these, one of which is too long for who asks; the second is a directory. */
static struct file *open_directory(void)
{
    struct file *directory;

    open_one();
    fake_file_add("\\loader\\entries\\a.conf", "", 0);
    fake_directory_add("\\loader\\entries\\deeper");
    fake_file_add("\\loader\\entries\\deeper\\not-me", "", 0);
    fake_file_add("\\loader\\entries\\a-name-that-does-not-fit-the-buffer-that-the-caller-gave-is-"
                  "left-empty.conf",
                  "", 0);
    fake_file_add("\\loader\\entries\\B.CONF", "", 0);
    assert_int_equal(directory_open(firmware, root, "\\loader\\entries", &directory), 0);
    return directory;
}

static void assert_lists_all(struct file *directory)
{
    char name[64];
    bool is_directory;

    for (unsigned int i = 0; i < LENGTH_OF(names); i++) {
        assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory), 0);
        assert_string_equal(name, names[i]);
        assert_int_equal(is_directory, i == 1);
    }
    assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory),
                     FAKE_END_OF_FILE);
    assert_int_equal(fake_memory_held(), 0);
}

static void directory_is_listed_to_its_end(void **state)
{
    (void)state;
    assert_lists_all(open_directory());
    assert_int_equal(fake_calls_of("Read"), LENGTH_OF(names) + 1);
    assert_int_equal(fake_calls_of("AllocatePages"), 0);
}

/* NTFS drivers want 2 to 8 KiB for any name; 64 KiB is where it ends. */
static void drivers_that_want_more_room_get_it(void **state)
{
    static const struct {
        uint64_t room;
        unsigned int calls; /* of GetInfo */
    } cases[] = {{1024, 1}, {1025, 2},  {2048, 2},  {2049, 2},       {5000, 2},
                 {8192, 2}, {12345, 2}, {65536, 2}, {UINT64_MAX, 0}, {65537, 0}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct file *directory = open_directory();
        struct fake_file *wide = fake_file_add("\\loader\\entries\\B.CONF", data, DATA_SIZE);
        struct file *other;
        char name[8];
        bool is_directory;
        size_t before = fake_calls_of("GetInfo");

        wide->info_room = cases[i].room;
        if (cases[i].calls != 0) {
            assert_lists_all(directory);
            assert_int_equal(file_open(firmware, root, "\\loader\\entries\\B.CONF", &other), 0);
            assert_int_equal(fake_calls_of("GetInfo"), before + cases[i].calls);
            assert_int_equal(file_read(firmware, other, 0, 1, name), 0);
        } else {
            for (size_t k = 0; k + 1 < LENGTH_OF(names); k++)
                assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory), 0);
            assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory),
                             FAKE_BUFFER_TOO_SMALL);
            assert_int_equal(file_open(firmware, root, "\\loader\\entries\\B.CONF", &other),
                             FAKE_BUFFER_TOO_SMALL);
            assert_in_range(fake_calls_of("GetInfo"), before + 2, before + 8);
        }
        assert_int_equal(fake_memory_held(), 0);
        begin_again();
    }
}

/* It never says how much it wants. */
static void drivers_that_want_more_than_they_say(void **state)
{
    struct file *directory = open_directory();
    struct fake_file *wide = fake_file_add("\\loader\\entries\\B.CONF", "", 0);

    (void)state;
    wide->info_room = 20000;
    wide->info_wants = 1;
    assert_lists_all(directory);
    wide->info_room = 70000;
    assert_int_equal(file_open(firmware, root, "\\loader\\entries\\B.CONF", &directory),
                     FAKE_BUFFER_TOO_SMALL);
}

static void no_room_for_a_driver_that_wants_more(void **state)
{
    struct fake_file *made = open_one();
    struct file *other;

    (void)state;
    made->info_room = 3000;
    made->info_wants = 1; /* so that it is asked with 2 KiB, then with 4 KiB */
    for (unsigned int n = 1; n <= 2; n++) {
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other),
                         FAKE_OUT_OF_RESOURCES);
        assert_int_equal(fake_memory_held(), 0);
        assert_int_equal(fake_files_open(), 2);
    }
}

/* A success, and a size that is no EFI_FILE_INFO's, or more than there is room for. */
static void sizes_of_facts_that_cannot_be(void **state)
{
    static const struct {
        uint64_t claim;
        efi_status status;
    } cases[] = {{79, FAKE_VOLUME_CORRUPTED},
                 {80, 0},
                 {1024, 0},
                 {1025, FAKE_DEVICE_ERROR},
                 {1ULL << 40, FAKE_DEVICE_ERROR},
                 {UINT64_MAX, FAKE_DEVICE_ERROR}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct file *directory = open_directory();
        struct fake_file *liar = fake_file_add("\\loader\\entries\\a.conf", "", 0);
        struct file *other = NULL;
        char name[64] = "untouched";
        bool is_directory = true;

        liar->info_claims = cases[i].claim;
        assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory),
                         cases[i].status);
        assert_string_equal(name, cases[i].status != 0   ? "untouched"
                                  : cases[i].claim == 80 ? ""
                                                         : "a.conf");
        assert_int_equal(is_directory, cases[i].status != 0);
        assert_int_equal(file_open(firmware, root, "\\loader\\entries\\a.conf", &other),
                         cases[i].status);
        begin_again();
    }
}

static void no_volume_is_an_error(void **state)
{
    (void)state;
    fake_allow_usual();
    root = NULL;
    assert_int_equal(volume_open(firmware, &root), FAKE_NOT_FOUND); /* no loaded image */
    fake_volume();
    fake_behaviour.open_volume_status = FAKE_ACCESS_DENIED;
    assert_int_equal(volume_open(firmware, &root), FAKE_ACCESS_DENIED);
    fake_behaviour.open_volume_status = 0;
    fake_behaviour.open_gives_nothing = true;
    assert_int_equal(volume_open(firmware, &root), FAKE_DEVICE_ERROR);
    fake_volume_absent();
    assert_int_equal(volume_open(firmware, &root), FAKE_UNSUPPORTED);
    fake_image_device_absent();
    assert_int_equal(volume_open(firmware, &root), FAKE_NOT_FOUND);
    assert_null(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_file_and_wrong_kind),
        TEST(way_through_a_file_leads_nowhere),
        TEST(names_are_case_insensitive),
        TEST(errors_of_open_and_info_close_what_was_opened),
        TEST(a_file_that_was_looked_for_is_closed),
        TEST(more_files_than_there_are_slots),
        TEST(paths_begin_in_their_directory),
        TEST(long_paths_are_opened_part_by_part),
        TEST(long_path_of_many_parts),
        TEST(closing_early),
        TEST(directory_is_listed_to_its_end),
        TEST(drivers_that_want_more_room_get_it),
        TEST(drivers_that_want_more_than_they_say),
        TEST(no_room_for_a_driver_that_wants_more),
        TEST(sizes_of_facts_that_cannot_be),
        TEST(no_volume_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
