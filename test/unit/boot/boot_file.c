/* SPDX-License-Identifier: BSD-2-Clause */
/* The same bytes arrive wherever they are kept; only a whole file is held to its end. */
#include "boot/boot_file.h"

#include "boot/boot.h"
#include "core/base/page.h"
#include "unit/fixture/firmware_fixture.h"

#define SIZE 9000U

static uint8_t stored[SIZE];
static uint8_t arrived[SIZE + 1];
static struct fake_file *fake;
static struct boot boot;

static struct file *open_one(uint64_t size)
{
    struct file *root;
    struct file *file;

    fake_allow_usual();
    fake_volume();
    for (unsigned int i = 0; i < SIZE; i++)
        stored[i] = (uint8_t)(i * 7 + i / 256);
    memset(arrived, 0xee, sizeof(arrived));
    boot = (struct boot){.firmware = firmware};
    fake = fake_file_add("\\a", stored, size);
    assert_int_equal(volume_open(firmware, &root), 0);
    assert_int_equal(file_open(firmware, root, "\\a", &file), 0);
    return file;
}

static void a_file_is_read_as_it_is(void **state)
{
    struct boot_file file = {.path = "\\a", .file = open_one(SIZE), .size = SIZE};

    (void)state;
    assert_int_equal(boot_file_read_all(firmware, &file, arrived), 0);
    assert_memory_equal(arrived, stored, SIZE);
    assert_int_equal(arrived[SIZE], 0xee);
    assert_int_equal(boot_file_read(firmware, &file, 100, 10, arrived), 0);
    assert_memory_equal(arrived, stored + 100, 10);
}

static void a_part_begins_at_its_offset_and_may_end_before_its_file(void **state)
{
    struct boot_file part = {
        .path = "\\a", .file = open_one(SIZE), .offset = 512, .size = 1000, .part = true};

    (void)state;
    assert_int_equal(boot_file_read_all(firmware, &part, arrived), 0);
    assert_memory_equal(arrived, stored + 512, 1000);
    assert_int_equal(arrived[1000], 0xee);
    assert_int_equal(boot_file_read(firmware, &part, 8, 4, arrived), 0);
    assert_memory_equal(arrived, stored + 520, 4);
}

static void a_whole_file_that_goes_on_is_damage(void **state)
{
    struct boot_file file = {.path = "\\a", .file = open_one(SIZE), .size = SIZE - 1};

    (void)state;
    assert_true(boot_file_read_all(firmware, &file, arrived) == FAKE_VOLUME_CORRUPTED);
}

static void what_is_in_memory_is_not_read_again(void **state)
{
    struct boot_file part = {.path = "\\a", .file = open_one(SIZE), .bytes = stored, .size = 300};

    (void)state;
    assert_int_equal(boot_file_read_all(firmware, &part, arrived), 0);
    assert_memory_equal(arrived, stored, 300);
    assert_int_equal(arrived[300], 0xee);
    assert_int_equal(boot_file_read(firmware, &part, 50, 5, arrived), 0);
    assert_memory_equal(arrived, stored + 50, 5);
    assert_int_equal(fake->reads, 0);
}

static void nothing_is_read_for_nothing(void **state)
{
    struct boot_file part = {.path = "\\a", .file = open_one(SIZE), .size = 0, .part = true};

    (void)state;
    assert_int_equal(boot_file_read_all(firmware, &part, NULL), 0);
    assert_int_equal(fake->reads, 0);
}

static void an_error_of_the_disk_is_the_callers(void **state)
{
    struct boot_file file = {.path = "\\a", .file = open_one(SIZE), .size = SIZE};

    (void)state;
    fake->fail_read = 1;
    fake->fail_ever_after = true;
    fake->fail_status = FAKE_DEVICE_ERROR;
    assert_true(boot_file_read_all(firmware, &file, arrived) == FAKE_DEVICE_ERROR);
}

static void a_file_in_pages_of_its_own_has_room_in_front(void **state)
{
    struct boot_file file = {.path = "\\a", .file = open_one(SIZE), .size = SIZE};
    struct span bytes;

    (void)state;
    assert_true(boot_file_load(&boot, &file, SIZE, 0xff0, "opening", &bytes));
    assert_int_equal(bytes.size, SIZE);
    assert_int_equal((uintptr_t)bytes.data % PAGE_SIZE, 0xff0);
    assert_memory_equal(bytes.data, stored, SIZE);
    /* Its beginning may be all that is wanted, whatever follows. */
    file.size = SIZE - 1;
    assert_true(boot_file_load(&boot, &file, 4096, 0, "opening", &bytes));
    assert_memory_equal(bytes.data, stored, 4096);
    assert_false(boot_file_load(&boot, &file, SIZE - 1, 0, "opening", &bytes));
    assert_string_equal(boot.failure.doing, "reading");
    assert_true(boot.failure.status == FAKE_VOLUME_CORRUPTED);
}

static void a_size_that_no_memory_has_is_not_asked_for(void **state)
{
    struct boot_file file = {.path = "\\a", .file = open_one(SIZE), .size = UINT64_MAX - 15};
    struct span bytes;

    (void)state;
    assert_false(boot_file_load(&boot, &file, UINT64_MAX - 15, 0x20, "opening", &bytes));
    assert_string_equal(boot.failure.doing, "opening");
    assert_int_equal(fake_calls_of("AllocatePages"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_as_it_is),
        TEST(a_part_begins_at_its_offset_and_may_end_before_its_file),
        TEST(a_whole_file_that_goes_on_is_damage),
        TEST(what_is_in_memory_is_not_read_again),
        TEST(nothing_is_read_for_nothing),
        TEST(an_error_of_the_disk_is_the_callers),
        TEST(a_file_in_pages_of_its_own_has_room_in_front),
        TEST(a_size_that_no_memory_has_is_not_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
