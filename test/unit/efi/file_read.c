/* SPDX-License-Identifier: BSD-2-Clause */
/* The right bytes or an error, whatever the driver does. */
#include "unit/fixture/file_fixture.h"

#define UNTOUCHED 77U

static uint8_t read[DATA_SIZE + 64];

static struct fake_file *lay_down(void)
{
    memset(read, 0, sizeof(read));
    return open_one();
}

static void assert_reads_all(void)
{
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(read[DATA_SIZE], 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void assert_reads_nothing(efi_status expected)
{
    uint64_t size = UNTOUCHED;

    assert_int_equal(file_size(file, &size), expected);
    assert_int_equal(size, UNTOUCHED);
    assert_int_equal(fake_memory_held(), 0);
}

static void assert_size(uint64_t expected)
{
    uint64_t size = UNTOUCHED;

    assert_int_equal(file_size(file, &size), 0);
    assert_int_equal(size, expected);
    assert_int_equal(fake_memory_held(), 0);
}

/* A sound driver is asked for nothing twice. */
static void whole_file_in_one_read(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    assert_size(DATA_SIZE);
    assert_int_equal(made->reads, 0);
    assert_reads_all();
    assert_int_equal(made->reads, 1);
    assert_int_equal(made->opens, 1);
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
    assert_int_equal(fake_calls_of("GetInfo"), 1);
    assert_int_equal(fake_calls_of("SetPosition"), 3);
    assert_int_equal(fake_calls_of("GetPosition"), 1);
}

static void part_of_a_file(void **state)
{
    (void)state;
    lay_down();
    assert_int_equal(file_read(firmware, file, 5000, 100, read), 0);
    assert_memory_equal(read, data + 5000, 100);
    assert_int_equal(read[100], 0);
    assert_int_equal(file_read(firmware, file, 0, 0, NULL), 0);
    assert_int_equal(fake_calls_of("SetPosition"), 1); /* some firmware refuses the end */
}

static void short_reads_are_continued(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->most_per_read = 777;
    assert_int_equal(file_read(firmware, file, 0, 1000, read), 0);
    assert_memory_equal(read, data, 1000);
    assert_int_equal(read[1000], 0);
    assert_reads_all();
}

/* The driver remembers each failure for ever, as EDK II's does, until the file is opened anew. */
static void large_reads_that_fail_become_smaller(void **state)
{
    static const struct {
        uint64_t limit;
        unsigned int reads;
        unsigned int opens;
    } cases[] = {
        {DATA_SIZE, 1, 1}, {DATA_SIZE - 1, 3, 2},   /* two of 64 KiB */
        {64 << 10, 3, 2},  {(64 << 10) - 1, 27, 3}, /* of 4 KiB */
        {4 << 10, 27, 3},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct fake_file *made = lay_down();

        made->fail_above = cases[i].limit;
        assert_reads_all();
        assert_int_equal(made->reads, cases[i].reads);
        assert_int_equal(made->opens, cases[i].opens);
        begin_again();
    }
}

/* What failed is not asked for again, but once to a buffer that is lower. */
static void nothing_is_asked_for_twice(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->fail_above = (64 << 10) - 1;
    assert_int_equal(file_read(firmware, file, 0, 64 << 10, read), 0);
    assert_memory_equal(read, data, 64 << 10);
    assert_int_equal(made->reads, 17);
    made->fail_above = 0;
    made->fail_read = made->reads + 1;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(file_read(firmware, file, 0, 100, read), FAKE_DEVICE_ERROR);
    assert_int_equal(made->reads, 18);
}

/* 300 MiB that are never there: what is asked for at most, and how it goes down. */
static void steps_of_a_large_file(void **state)
{
    static const uint64_t expected[] = {256 << 20, 16 << 20, 1 << 20, 64 << 10, 4 << 10, 64 << 10};
    struct fake_file *made = lay_down();
    size_t steps = 0;

    (void)state;
    made->fail_above = 1;
    made->size = 300ULL << 20;
    assert_int_equal(file_read(firmware, file, 0, made->size, read), FAKE_DEVICE_ERROR);
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "Read") == 0)
            assert_int_equal(fake_call_at(i)->a, expected[steps++]);
    assert_int_equal(steps, LENGTH_OF(expected));
    assert_int_equal(made->opens, 6);
}

static void error_at_any_read_is_overcome(void **state)
{
    (void)state;
    for (unsigned int k = 1; k < 12; k++) {
        struct fake_file *made = lay_down();

        made->most_per_read = 10000;
        made->fail_read = k;
        assert_reads_all();
        begin_again();
    }
}

static void device_that_fails_for_good_is_an_error(void **state)
{
    (void)state;
    for (unsigned int k = 1; k < 12; k++) {
        struct fake_file *made = lay_down();

        made->most_per_read = 10000;
        made->fail_read = k;
        made->fail_ever_after = true;
        assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_DEVICE_ERROR);
        assert_int_equal(fake_memory_held(), 0);
        /* A disk may take ten seconds for each: two smaller steps, if there are, and the last
         * resort. */
        assert_int_equal(made->reads, k + (k < 5 ? 3 : k < 11 ? 2 : 1));
        begin_again();
    }
}

/* A device that reaches no memory above 4 GiB: the bounce buffer is below. */
static void reads_high_through_a_bounce_buffer(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    fake_memory_set(FAKE_HIGH, pages_for(DATA_SIZE), MEMORY_LOADER_DATA);
    made->fail_above_address = UINT32_MAX;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, (void *)(uintptr_t)FAKE_HIGH), 0);
    assert_memory_equal((void *)(uintptr_t)FAKE_HIGH, data, DATA_SIZE);
    assert_int_equal(fake_memory_held(), 0);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, (void *)(uintptr_t)FAKE_HIGH),
                     FAKE_DEVICE_ERROR);
}

/* The first read that fails, the second Open does too; a later one finds the file again. */
static void file_that_cannot_be_opened_once_more_is_an_error(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->fail_read = 1;
    made->reopen_fails = true;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_DEVICE_ERROR);
    assert_int_equal(fake_files_open(), 1);
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), FAKE_DEVICE_ERROR);
    assert_size(DATA_SIZE); /* as far as anybody knows */
    made->reopen_fails = false;
    assert_int_equal(file_read(firmware, file, 5000, 100, read), 0);
    assert_memory_equal(read, data + 5000, 100);
    assert_int_equal(fake_calls_of("AllocatePages"), 1); /* to count; nothing was read aside */
    assert_reads_all();
}

/* Nothing to open it from: the handle that there is stays in use. */
static void file_whose_directory_is_closed_is_read_all_the_same(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->fail_read = 2;
    file_close(firmware, root);
    assert_reads_all();
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_DEVICE_ERROR);
    assert_int_equal(fake_files_open(), 1);
}

static void file_that_ends_early(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->size = 60000;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_END_OF_FILE);
    assert_int_equal(made->reads, 2);
    assert_int_equal(made->opens, 1);
    assert_int_equal(file_read(firmware, file, 70000, 1, read) >> 63, 1);
    assert_int_equal(file_read(firmware, file, UINT64_MAX - 3, 8, read), FAKE_INVALID_PARAMETER);
}

/* It says that it has written behind the buffer: what it says of anything is not believed. */
static void read_that_claims_more_than_was_asked_for(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->read_claims = 1;
    assert_int_equal(file_read(firmware, file, 0, DATA_SIZE, read), FAKE_DEVICE_ERROR);
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), FAKE_DEVICE_ERROR);
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
    assert_int_equal(read[DATA_SIZE + 1], 0);
    assert_int_equal(fake_memory_held(), 0);
}

/* --- how large -----------------------------------------------------------------------------------
 */

static void no_way_to_seek_to_the_end(void **state)
{
    static const enum fake_end_of_file ends[] = {FAKE_END_IS_REFUSED, FAKE_END_IS_KEPT,
                                                 FAKE_END_IS_THE_LAST_BYTE, FAKE_END_IS_0};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        struct fake_file *made = lay_down();

        made->end = ends[i];
        assert_size(DATA_SIZE);
        assert_in_range(made->reads, 2, 4);
        begin_again();
    }
    lay_down()->no_position = true;
    assert_size(DATA_SIZE);
}

/* The first look at one of the sources fails; the other one is looked at all the same. */
static void error_while_the_size_is_looked_for(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->end = FAKE_END_IS_THE_LAST_BYTE;
    made->fail_read = 1;
    assert_size(DATA_SIZE);
    assert_int_equal(made->reads, 3);
    assert_int_equal(made->opens, 2);
}

static const uint64_t claims[] = {
    DATA_SIZE / 2,  2ULL * DATA_SIZE, 0,
    1ULL << 60,     INT64_MAX,        1ULL << 63,
    UINT64_MAX - 1, UINT64_MAX,       DATA_SIZE + 4096U,
    DATA_SIZE - 1,  DATA_SIZE + 1,    1,
};

/* One of the two sources lies: the other is found to be right, and the file is not read for it. */
static void size_that_lies_in_one_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(claims); i++) {
        struct fake_file *made = lay_down();

        file_close(firmware, file);
        made->lies = true;
        made->claimed_size = claims[i];
        assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
        assert_size(DATA_SIZE);
        assert_in_range(made->reads, 2, 4);
        begin_again();

        made = lay_down();
        made->end = FAKE_END_IS_CLAIMED;
        made->claimed_end = claims[i];
        assert_size(DATA_SIZE);
        assert_in_range(made->reads, 2, 4);
        assert_reads_all();
        begin_again();
    }
}

/* Both lie, each in its own way, or there is only one: the bytes are counted. */
static void size_that_lies_in_both_places(void **state)
{
    static const enum fake_end_of_file ends[] = {
        FAKE_END_IS_REFUSED,
        FAKE_END_IS_KEPT,
        FAKE_END_IS_THE_LAST_BYTE,
        FAKE_END_IS_0,
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(claims); i++) {
        for (size_t j = 0; j < LENGTH_OF(ends); j++) {
            struct fake_file *made = lay_down();

            if (claims[i] == DATA_SIZE - 1 && ends[j] == FAKE_END_IS_THE_LAST_BYTE)
                made->end = FAKE_END_IS_0; /* else it were the same lie */
            else
                made->end = ends[j];
            file_close(firmware, file);
            made->lies = true;
            made->claimed_size = claims[i];
            assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
            assert_size(DATA_SIZE);
            begin_again();
        }
    }
}

/* The same lie in both places is found out by whoever reads to the end: no wrong bytes. */
static void the_same_lie_in_both_places_is_found_out_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(claims); i++) {
        struct fake_file *made = lay_down();
        uint64_t size = UNTOUCHED;

        file_close(firmware, file);
        made->lies = true;
        made->claimed_size = claims[i];
        made->end = FAKE_END_IS_CLAIMED;
        made->claimed_end = claims[i];
        assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
        assert_int_equal(file_size(file, &size), 0);
        if (claims[i] == 0 || claims[i] > INT64_MAX) {
            assert_int_equal(size, DATA_SIZE); /* nothing says 0 or 2^63 unseen */
        } else {
            assert_int_equal(size, claims[i]);
            if (size < DATA_SIZE)
                assert_int_equal(file_confirm_end(file, size), FAKE_VOLUME_CORRUPTED);
            else
                assert_int_equal(file_read(firmware, file, DATA_SIZE - 8, 16, read),
                                 FAKE_END_OF_FILE);
        }
        begin_again();
    }
}

static void an_empty_file_is_empty(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    fake_file_add("\\empty", "", 0);
    file_close(firmware, file);
    assert_int_equal(file_open(firmware, root, "\\empty", &file), 0);
    assert_size(0);
    assert_int_equal(file_read_whole(firmware, file, 0, read), 0);
    file_close(firmware, file);
    /* It says so, but when that is tried nothing can be read. */
    made->lies = true;
    made->end = FAKE_END_IS_0;
    made->fail_read = 1;
    made->fail_ever_after = true;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
    assert_reads_nothing(FAKE_DEVICE_ERROR);
    made->end = FAKE_END_IS_REFUSED;
    assert_reads_nothing(FAKE_DEVICE_ERROR);
}

/* A chain of clusters that is a ring: up to FAT's largest file. */
static void bytes_are_not_counted_for_ever(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    file_close(firmware, file);
    made->lies = true;
    made->endless = true;
    made->end = FAKE_END_IS_0;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
    assert_reads_nothing(FAKE_VOLUME_CORRUPTED);
    assert_in_range(made->reads, 65536, 65550);
}

static void no_room_to_count_is_an_error(void **state)
{
    struct fake_file *made = lay_down();
    uint64_t size = UNTOUCHED;

    (void)state;
    file_close(firmware, file);
    made->lies = true;
    made->end = FAKE_END_IS_0;
    assert_int_equal(file_open(firmware, root, "\\boot\\kernel", &file), 0);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(file_size(file, &size), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(size, UNTOUCHED);
}

/* --- firmware that reads in its own way ----------------------------------------------------------
 */

/* At the end it has an error instead of no bytes; what comes before the end counts all the same. */
static void an_error_at_the_end_is_the_end(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->strict_end = true;
    made->end = FAKE_END_IS_REFUSED;
    assert_size(DATA_SIZE);
    assert_int_equal(made->reads, 2);
    assert_reads_all();
    assert_int_equal(made->reads, 3); /* to its place, not through a buffer */
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
    assert_reads_all(); /* once more, after the error */
    assert_int_equal(file_confirm_end(file, DATA_SIZE - 1), FAKE_VOLUME_CORRUPTED);
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), 0);
}

/* All that rust-hypervisor-firmware does: one Read of exactly the whole file, or an error. */
static struct fake_file *whole_only(void)
{
    struct fake_file *made = lay_down();

    made->whole_only = true;
    made->strict_end = true;
    made->no_position = true;
    made->end = FAKE_END_IS_REFUSED;
    assert_size(DATA_SIZE);
    return made;
}

static void driver_that_reads_whole_files_only(void **state)
{
    struct fake_file *made = whole_only();
    unsigned int reads = made->reads;

    (void)state;
    assert_reads_all();
    assert_int_equal(made->reads, reads + 1); /* straight to its place */
    assert_int_equal(file_confirm_end(file, DATA_SIZE), 0);
    assert_int_equal(file_read(firmware, file, 0, 4096, read), 0);
    assert_int_equal(file_read(firmware, file, 5000, 100, read + 5000), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(read[DATA_SIZE], 0);
    memset(read, 0, sizeof(read));
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(fake_memory_held(), 0);
}

static void part_of_a_whole_is_inside_it(void **state)
{
    (void)state;
    whole_only();
    assert_int_equal(file_read(firmware, file, DATA_SIZE, 1, read), FAKE_END_OF_FILE);
    assert_int_equal(file_read(firmware, file, DATA_SIZE + 1, 1, read), FAKE_END_OF_FILE);
    assert_int_equal(file_read(firmware, file, 512, DATA_SIZE - 511, read), FAKE_END_OF_FILE);
    assert_int_equal(file_read(firmware, file, 512, DATA_SIZE - 512, read), 0);
    assert_memory_equal(read, data + 512, DATA_SIZE - 512);
    assert_int_equal(read[DATA_SIZE - 512], 0);
    assert_int_equal(file_read(firmware, file, DATA_SIZE - 1, 1, read), 0);
    assert_int_equal(read[0], data[DATA_SIZE - 1]);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(file_read(firmware, file, 0, 4096, read), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_memory_held(), 0);
}

/* --- small files ---------------------------------------------------------------------------------
 */

static void a_small_file_is_read_to_its_end_in_one_read(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(made->reads, 1);
}

static void a_small_file_that_is_longer_or_shorter_is_an_error(void **state)
{
    (void)state;
    lay_down();
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE - 1, read), FAKE_VOLUME_CORRUPTED);
    assert_int_equal(read[DATA_SIZE], 0);
    memset(read, 0, sizeof(read));
    assert_int_equal(file_read_whole(firmware, file, 10, read), FAKE_VOLUME_CORRUPTED);
    assert_int_equal(read[11], 0);
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE + 1, read), FAKE_END_OF_FILE);
}

static void a_small_file_in_short_or_failing_reads(void **state)
{
    struct fake_file *made = lay_down();

    (void)state;
    made->most_per_read = 1000;
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE - 1, read), FAKE_VOLUME_CORRUPTED);
    memset(read, 0, sizeof(read));
    made->fail_read = made->reads + 1;
    assert_int_equal(file_read_whole(firmware, file, DATA_SIZE, read), 0);
    assert_memory_equal(read, data, DATA_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_file_in_one_read),
        TEST(part_of_a_file),
        TEST(short_reads_are_continued),
        TEST(large_reads_that_fail_become_smaller),
        TEST(nothing_is_asked_for_twice),
        TEST(steps_of_a_large_file),
        TEST(error_at_any_read_is_overcome),
        TEST(device_that_fails_for_good_is_an_error),
        TEST(reads_high_through_a_bounce_buffer),
        TEST(file_that_cannot_be_opened_once_more_is_an_error),
        TEST(file_whose_directory_is_closed_is_read_all_the_same),
        TEST(file_that_ends_early),
        TEST(read_that_claims_more_than_was_asked_for),
        TEST(no_way_to_seek_to_the_end),
        TEST(error_while_the_size_is_looked_for),
        TEST(size_that_lies_in_one_place),
        TEST(size_that_lies_in_both_places),
        TEST(the_same_lie_in_both_places_is_found_out_at_the_end),
        TEST(an_empty_file_is_empty),
        TEST(bytes_are_not_counted_for_ever),
        TEST(no_room_to_count_is_an_error),
        TEST(an_error_at_the_end_is_the_end),
        TEST(driver_that_reads_whole_files_only),
        TEST(part_of_a_whole_is_inside_it),
        TEST(a_small_file_is_read_to_its_end_in_one_read),
        TEST(a_small_file_that_is_longer_or_shorter_is_an_error),
        TEST(a_small_file_in_short_or_failing_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
