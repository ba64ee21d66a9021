/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/lease.h"

#include "efi/file.h"
#include "efi/pages.h"
#include "unit/fixture/firmware_fixture.h"

static uint64_t take_pages(uint64_t count)
{
    struct page_request request = {.count = count, .type = MEMORY_LOADER_DATA};
    uint64_t address = 0;

    assert_int_equal(pages_allocate(firmware, &request, &address), 0);
    return address;
}

static uint64_t released[4];
static unsigned int release_count;

static void release_counted(struct firmware *given, const struct lease *lease)
{
    assert_ptr_equal(given, firmware);
    assert_in_range(release_count, 0, 3);
    released[release_count++] = lease->address;
}

static void everything_goes_back_newest_first(void **state)
{
    uint64_t first;
    uint64_t second;

    (void)state;
    fake_allow_usual();
    first = take_pages(2);
    second = take_pages(3);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_call_at(fake_call_count() - 2)->a, second);
    assert_int_equal(fake_call_at(fake_call_count() - 1)->a, first);
}

static void mark_keeps_what_is_older(void **state)
{
    unsigned int mark;

    (void)state;
    fake_allow_usual();
    take_pages(1);
    mark = firmware->leases.count;
    take_pages(5);
    lease_release_since(firmware, mark);
    assert_int_equal(fake_memory_held(), 1);
    lease_release_since(firmware, mark); /* again: nothing left to do */
    assert_int_equal(fake_memory_held(), 1);
}

/* A thing is known by its kind and its number: another of the same number stays. */
static void two_kinds_with_one_number(void **state)
{
    (void)state;
    release_count = 0;
    assert_true(lease_record(firmware, release_counted, 7, 0));
    assert_true(lease_record(firmware, release_nothing, 7, 0));
    assert_true(lease_record(firmware, release_nothing, 8, 0));
    assert_true(lease_held(firmware, release_counted, 7));
    assert_false(lease_held(firmware, release_counted, 8));
    lease_release(firmware, release_counted, 8);
    assert_int_equal(firmware->leases.count, 3);
    lease_release(firmware, release_counted, 7);
    assert_int_equal(release_count, 1);
    assert_int_equal(firmware->leases.count, 2);
    assert_true(lease_held(firmware, release_nothing, 7));
    assert_false(lease_held(firmware, release_counted, 7));
}

static void one_goes_before_its_time_and_is_not_given_back_twice(void **state)
{
    uint64_t first;
    uint64_t middle;

    (void)state;
    fake_allow_usual();
    first = take_pages(1);
    middle = take_pages(2);
    take_pages(4);
    pages_free(firmware, middle);
    assert_int_equal(fake_memory_held(), 5);
    assert_int_equal(firmware->leases.count, 2);
    pages_free(firmware, middle); /* not held: nothing happens */
    assert_int_equal(fake_memory_held(), 5);
    lease_release(firmware, release_nothing, first); /* another kind */
    assert_int_equal(fake_memory_held(), 5);
}

static void forgotten_one_is_not_given_back(void **state)
{
    (void)state;
    release_count = 0;
    assert_true(lease_record(firmware, release_counted, 1, 0));
    assert_true(lease_record(firmware, release_counted, 2, 0));
    lease_forget(firmware, release_counted, 1);
    lease_forget(firmware, release_counted, 1); /* not held: nothing happens */
    lease_forget(firmware, release_nothing, 2); /* another kind */
    assert_int_equal(firmware->leases.count, 1);
    assert_false(lease_held(firmware, release_counted, 1));
    assert_true(lease_held(firmware, release_counted, 2));
    assert_false(lease_held(firmware, release_nothing, 2));
    lease_release_since(firmware, 0);
    assert_int_equal(release_count, 1);
    assert_int_equal(released[0], 2);
}

static void a_kind_goes_newest_first_and_the_others_stay(void **state)
{
    (void)state;
    release_count = 0;
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(lease_record(firmware, release_nothing, i, 0));
        assert_true(lease_record(firmware, release_counted, i, 0));
    }
    lease_release_kind(firmware, release_counted);
    assert_int_equal(release_count, 2);
    assert_int_equal(released[0], 2);
    assert_int_equal(released[1], 1);
    assert_int_equal(firmware->leases.count, 2);
}

static void files_are_closed_and_pages_stay(void **state)
{
    struct file *root;
    struct file *file;

    (void)state;
    fake_allow_usual();
    fake_volume();
    fake_file_add("\\a", "x", 1);
    take_pages(1);
    assert_int_equal(volume_open(firmware, &root), 0);
    take_pages(2);
    assert_int_equal(file_open(firmware, root, "\\a", &file), 0);
    assert_int_equal(fake_files_open(), 2);
    files_close(firmware);
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(fake_memory_held(), 3);
    assert_int_equal(firmware->leases.count, 2);
}

static void full_list_refuses(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < LEASES_MAX; i++)
        assert_true(lease_record(firmware, release_nothing, i, 1));
    assert_false(lease_record(firmware, release_nothing, 1, 1));
    assert_int_equal(firmware->leases.count, LEASES_MAX);
    lease_release(firmware, release_nothing, 0); /* the others move up; nothing behind them does */
    assert_int_equal(firmware->leases.count, LEASES_MAX - 1);
    firmware->leases.count = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_goes_back_newest_first),
        TEST(mark_keeps_what_is_older),
        TEST(two_kinds_with_one_number),
        TEST(one_goes_before_its_time_and_is_not_given_back_twice),
        TEST(forgotten_one_is_not_given_back),
        TEST(a_kind_goes_newest_first_and_the_others_stay),
        TEST(files_are_closed_and_pages_stay),
        TEST(full_list_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
