/* SPDX-License-Identifier: BSD-2-Clause */
/* The right bytes or an error, whatever the driver does. */
#include "efi/file.h"

#include "core/base/page.h"
#include "unit/fixture/firmware_fixture.h"

#define DATA_SIZE 100003U

static uint8_t data[DATA_SIZE];
static uint8_t read[DATA_SIZE + 64];
static struct file *root;
static struct file *file;

/* A volume with one file of no round size in it, opened. */
static struct fake_file *open_one(void)
{
    struct fake_file *made;

    for (size_t i = 0; i < DATA_SIZE; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    memset(read, 0, sizeof(read));
    fake_allow_usual();
    fake_volume();
    made = fake_file_add("\\boot\\kernel", data, DATA_SIZE);
    assert_int_equal(volume_open(firmware, &root), 0);
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
    return made;
}

static void assert_reads_all(void)
{
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(read[DATA_SIZE], 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void whole_file_in_one_read(void **state)
{
    struct fake_file *made = open_one();
    uint64_t size;

    (void)state;
    assert_int_equal(file_size(file, &size), 0);
    assert_int_equal(size, DATA_SIZE);
    assert_reads_all();
    assert_int_equal(made->reads, 1);
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
}

static void part_of_a_file(void **state)
{
    (void)state;
    open_one();
    assert_int_equal(file_read(firmware, file, 5000, 100, read), 0);
    assert_memory_equal(read, data + 5000, 100);
    assert_int_equal(read[100], 0);
    assert_int_equal(file_read(firmware, file, 0, 0, NULL), 0);
}

static void short_reads_are_continued(void **state)
{
    struct fake_file *made = open_one();

    (void)state;
    made->most_per_read = 777;
    assert_reads_all();
}

static void large_reads_that_fail_become_smaller(void **state)
{
    static const uint64_t limits[] = {16 << 20, 65536, 4096};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        open_one()->fail_above = limits[i];
        assert_reads_all();
        lease_release_since(firmware, 0);
        end(NULL);
        begin(NULL);
    }
}

static void error_at_any_read_is_overcome_or_reported(void **state)
{
    (void)state;
    for (unsigned int k = 1; k < 12; k++) {
        struct fake_file *made = open_one();

        made->most_per_read = 10000;
        made->fail_read = k;
        assert_reads_all();
        lease_release_since(firmware, 0);
        end(NULL);
        begin(NULL);
    }
}

static void device_that_fails_for_good_is_an_error(void **state)
{
    (void)state;
    for (unsigned int k = 1; k < 12; k++) {
        struct fake_file *made = open_one();

        made->most_per_read = 10000;
        made->fail_read = k;
        made->fail_ever_after = true;
        assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read),
                         k <= 11 ? FAKE_DEVICE_ERROR : 0);
        assert_int_equal(fake_memory_held(), 0);
        lease_release_since(firmware, 0);
        end(NULL);
        begin(NULL);
    }
}

/* A device that reaches no memory above 4 GiB: the bounce buffer is below. */
static void reads_high_through_a_bounce_buffer(void **state)
{
    struct fake_file *made = open_one();

    (void)state;
    fake_memory_set(FAKE_HIGH, pages_for(DATA_SIZE), MEMORY_LOADER_DATA);
    made->fail_above_address = UINT32_MAX;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, (void *)(uintptr_t)FAKE_HIGH), 0);
    assert_memory_equal((void *)(uintptr_t)FAKE_HIGH, data, DATA_SIZE);
    assert_int_equal(fake_memory_held(), 0);
}

static void file_that_ends_early(void **state)
{
    struct fake_file *made = open_one();

    (void)state;
    made->size = 60000;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_END_OF_FILE);
    assert_int_equal(file_read(firmware, file, 70000, 1, read) >> 63, 1);
}

/* Half, double, zero, 2^60, a page more: never the wrong bytes without an error. */
static void size_that_lies_is_found_out(void **state)
{
    static const uint64_t claims[] = {DATA_SIZE / 2, 2ULL * DATA_SIZE,  0,
                                      1ULL << 60,    DATA_SIZE + 4096U, DATA_SIZE - 1};

    (void)state;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        struct fake_file *made = open_one();
        uint64_t size = 0;

        made->lies = true;
        made->claimed_size = claims[i];
        assert_int_equal(file_size(file, &size), 0);
        assert_int_equal(size, claims[i]);
        if (size < DATA_SIZE)
            assert_int_equal(file_confirm_end(file, size), FAKE_VOLUME_CORRUPTED);
        else
            assert_int_equal(file_read(firmware, file, DATA_SIZE - 8, 16, read), FAKE_END_OF_FILE);
        lease_release_since(firmware, 0);
        end(NULL);
        begin(NULL);
    }
}

static void size_that_cannot_be(void **state)
{
    struct fake_file *made = open_one();
    uint64_t size = 5;

    (void)state;
    made->lies = true;
    made->claimed_size = UINT64_MAX - 1;
    assert_int_equal(file_size(file, &size), FAKE_VOLUME_CORRUPTED);
    assert_int_equal(size, 5);
    assert_int_equal(file_read(firmware, file, UINT64_MAX - 3, 8, read), FAKE_INVALID_PARAMETER);
}

static void missing_file_and_wrong_kind(void **state)
{
    struct file *other = NULL;

    (void)state;
    open_one();
    assert_int_equal(file_open(firmware, root, "\\boot\\nothing", &other), FAKE_NOT_FOUND);
    assert_int_equal(file_open(firmware, root, "\\boot", &other), FAKE_INVALID_PARAMETER);
    assert_int_equal(directory_open(firmware, root, "\\boot\\kernel", &other),
                     FAKE_INVALID_PARAMETER);
    assert_int_equal(file_open(firmware, root, "\\\xff", &other), FAKE_INVALID_PARAMETER);
    assert_null(other);
    assert_int_equal(fake_files_open(), 2);
}

static void names_are_case_insensitive(void **state)
{
    struct file *other;

    (void)state;
    open_one();
    assert_int_equal(file_open(firmware, root, "\\BOOT\\Kernel", &other), 0);
}

static void errors_of_open_and_info_close_what_was_opened(void **state)
{
    struct fake_file *made = open_one();
    struct file *other;

    (void)state;
    made->open_status = FAKE_ACCESS_DENIED;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_ACCESS_DENIED);
    made->open_status = 0;
    made->info_status = FAKE_DEVICE_ERROR;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_DEVICE_ERROR);
    made->info_status = 0;
    firmware->leases.count = LEASES_MAX;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &other), FAKE_OUT_OF_RESOURCES);
    firmware->leases.count = 2;
    assert_int_equal(fake_files_open(), 2);
}

static void closing_early(void **state)
{
    (void)state;
    open_one();
    file_close(firmware, file);
    assert_int_equal(fake_files_open(), 1);
    assert_int_equal(firmware->leases.count, 1);
}

static void directory_is_listed_to_its_end(void **state)
{
    static const char *const expected[] = {"a.conf", "deeper", "", "B.CONF"};
    struct file *directory;
    char name[64];
    bool is_directory;

    (void)state;
    open_one();
    fake_file_add("\\loader\\entries\\a.conf", "", 0);
    fake_directory_add("\\loader\\entries\\deeper");
    fake_file_add("\\loader\\entries\\deeper\\not-me", "", 0);
    fake_file_add("\\loader\\entries\\a-name-that-does-not-fit-the-buffer-that-the-caller-gave-is-"
                  "left-empty.conf",
                  "", 0);
    fake_file_add("\\loader\\entries\\B.CONF", "", 0);
    assert_int_equal(directory_open(firmware, root, "\\loader\\entries", &directory), 0);
    for (unsigned int i = 0; i < 4; i++) {
        assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory), 0);
        assert_string_equal(name, expected[i]);
        assert_int_equal(is_directory, i == 1);
    }
    assert_int_equal(directory_next(directory, name, sizeof(name), &is_directory),
                     FAKE_END_OF_FILE);
}

static void no_volume_is_an_error(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_int_equal(volume_open(firmware, &root), FAKE_UNSUPPORTED);
    fake_volume();
    fake_image_device_absent();
    assert_int_equal(volume_open(firmware, &root), FAKE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_file_in_one_read),
        TEST(part_of_a_file),
        TEST(short_reads_are_continued),
        TEST(large_reads_that_fail_become_smaller),
        TEST(error_at_any_read_is_overcome_or_reported),
        TEST(device_that_fails_for_good_is_an_error),
        TEST(reads_high_through_a_bounce_buffer),
        TEST(file_that_ends_early),
        TEST(size_that_lies_is_found_out),
        TEST(size_that_cannot_be),
        TEST(missing_file_and_wrong_kind),
        TEST(names_are_case_insensitive),
        TEST(errors_of_open_and_info_close_what_was_opened),
        TEST(closing_early),
        TEST(directory_is_listed_to_its_end),
        TEST(no_volume_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
