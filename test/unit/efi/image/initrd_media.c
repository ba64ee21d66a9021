/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image that asks for its initrd gets, as Linux's EFI stub asks. */
#include "efi/image/initrd_media.h"

#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"

static uint8_t first[5] = "first";
static uint8_t second[8] = "second..";
static uint8_t third[3] = "3rd";
static struct initrd_file files[INITRD_FILES_MAX + 1];
static struct fake_file *made[3];

/* Three files of awkward sizes and what they are together: 5, 8 and 3 bytes at 0, 8 and 16. */
static const uint8_t whole[19] = "first\0\0\0second..3rd";

static void open_file(struct file *root, const char *path, void *data, uint64_t size,
                      unsigned int index)
{
    made[index] = fake_file_add(path, data, size);
    assert_int_equal(file_open(firmware, root, path, &files[index].file), 0);
    files[index].size = size;
}

static void set_up(void)
{
    struct file *root;

    memset(files, 0, sizeof(files));
    fake_allow_usual();
    fake_volume();
    assert_int_equal(volume_open(firmware, &root), 0);
    open_file(root, "\\a", first, sizeof(first), 0);
    open_file(root, "\\b", second, sizeof(second), 1);
    open_file(root, "\\c", third, sizeof(third), 2);
}

static void assert_loads(const uint8_t *wanted, uint64_t wanted_size)
{
    uint8_t buffer[64];
    uint64_t size = 0;

    memset(buffer, 0xee, sizeof(buffer));
    assert_int_equal(fake_initrd_load(NULL, false, &size, NULL), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(size, wanted_size);
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), 0);
    assert_int_equal(size, wanted_size);
    assert_memory_equal(buffer, wanted, wanted_size);
    assert_int_equal(buffer[wanted_size], 0xee);
}

static void files_come_as_one_with_zeros_between(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_loads(whole, sizeof(whole));
}

static void what_is_in_memory_comes_from_there(void **state)
{
    (void)state;
    set_up();
    files[1].bytes = "SECOND!!";
    files[1].file = NULL;
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_loads((const uint8_t *)"first\0\0\0SECOND!!3rd", sizeof(whole));
}

static void it_can_be_asked_for_twice(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_loads(whole, sizeof(whole));
    assert_loads(whole, sizeof(whole));
}

static void array_of_the_caller_may_go(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    memset(files, 0xee, sizeof(files));
    assert_loads(whole, sizeof(whole));
}

static void nothing_of_a_file_is_read_before_somebody_asks(void **state)
{
    uint64_t size = 0;

    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, NULL), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(fake_calls_of("Read"), 0);
    assert_loads(whole, sizeof(whole));
    assert_int_equal(made[0]->reads, 2); /* the content, the end */
}

/* A size that was a lie, or a file that has grown: no image gets half an initrd. */
static void file_that_goes_on_is_an_error(void **state)
{
    uint8_t buffer[64];
    uint64_t size = sizeof(buffer);

    (void)state;
    set_up();
    files[1].size--;
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), FAKE_VOLUME_CORRUPTED);
}

static void buffer_that_is_too_small_stays_as_it_is(void **state)
{
    uint8_t buffer[sizeof(whole)] = {0};
    uint64_t size = sizeof(whole) - 1;

    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(size, sizeof(whole));
    assert_int_equal(buffer[0], 0);
    size = 1000;
    assert_int_equal(fake_initrd_load(NULL, false, &size, NULL), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(size, sizeof(whole));
}

/* UEFI 2.10, 13.2.2. */
static void boot_policy_and_other_paths_are_refused(void **state)
{
    static const uint8_t another[] = {4, 4, 8, 0, 'x', 0, 0, 0, 0x7f, 0xff, 4, 0};
    uint8_t buffer[64] = {0};
    uint64_t size = sizeof(buffer);

    (void)state;
    set_up();
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_initrd_load(NULL, true, &size, buffer), FAKE_UNSUPPORTED);
    assert_int_equal(fake_initrd_load(another, false, &size, buffer), FAKE_NOT_FOUND);
    assert_int_equal(fake_initrd_load(NULL, false, NULL, buffer), FAKE_INVALID_PARAMETER);
    assert_int_equal(size, sizeof(buffer));
    assert_int_equal(buffer[0], 0);
    assert_int_equal(fake_calls_of("Read"), 0);
}

static void file_that_can_not_be_read_is_an_error(void **state)
{
    uint8_t buffer[64];
    uint64_t size = sizeof(buffer);

    (void)state;
    set_up();
    made[1]->fail_read = 1;
    made[1]->fail_ever_after = true;
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), FAKE_DEVICE_ERROR);
    made[1]->fail_read = 0;
    made[2]->size = 2; /* it became shorter meanwhile */
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), FAKE_END_OF_FILE);
}

static void lease_takes_it_away(void **state)
{
    unsigned int mark;
    uint64_t size = 0;

    (void)state;
    set_up();
    mark = firmware->leases.count;
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_int_equal(fake_protocols_installed(), 2);
    lease_release_since(firmware, mark);
    assert_int_equal(fake_protocols_installed(), 0);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, NULL), FAKE_NOT_FOUND);
}

static void second_initrd_is_refused(void **state)
{
    unsigned int before;

    (void)state;
    set_up();
    fake_initrd_of_another();
    before = firmware->leases.count;
    assert_int_equal(initrd_media_install(firmware, files, 3), FAKE_ALREADY_STARTED);
    assert_int_equal(firmware->leases.count, before);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_protocols_installed(), 0);
}

static void without_a_byte_nothing_is_installed(void **state)
{
    unsigned int before;

    (void)state;
    set_up();
    before = firmware->leases.count;
    assert_int_equal(initrd_media_install(firmware, files, 0), 0);
    files[0].size = 0;
    assert_int_equal(initrd_media_install(firmware, files, 1), 0);
    assert_int_equal(firmware->leases.count, before);
    assert_int_equal(fake_calls_of("InstallMultipleProtocolInterfaces"), 0);
}

static void empty_file_among_others_is_nothing(void **state)
{
    static const uint8_t wanted[] = "first\0\0\0003rd";

    (void)state;
    set_up();
    made[1]->size = 0;
    files[1].size = 0;
    assert_int_equal(initrd_media_install(firmware, files, 3), 0);
    assert_loads(wanted, 11);
}

static void whatever_fails_gives_everything_back(void **state)
{
    unsigned int before;

    (void)state;
    set_up();
    before = firmware->leases.count;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(initrd_media_install(firmware, files, 3), FAKE_OUT_OF_RESOURCES);
    fake_behaviour.install_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(initrd_media_install(firmware, files, 3), FAKE_OUT_OF_RESOURCES);
    fake_behaviour.install_status = 0;
    files[1].size = UINT64_MAX - 2;
    assert_int_equal(initrd_media_install(firmware, files, 3), FAKE_INVALID_PARAMETER);
    assert_int_equal(initrd_media_install(firmware, files, INITRD_FILES_MAX + 1),
                     FAKE_INVALID_PARAMETER);
    assert_int_equal(firmware->leases.count, before);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_protocols_installed(), 0);
}

static void full_list_of_leases_installs_nothing(void **state)
{
    unsigned int before;

    (void)state;
    for (unsigned int room = 0; room < 2; room++) {
        set_up();
        before = firmware->leases.count;
        while (firmware->leases.count < LEASES_MAX - room)
            assert_true(lease_record(firmware, release_nothing, 0, 1));
        assert_int_equal(initrd_media_install(firmware, files, 3), FAKE_OUT_OF_RESOURCES);
        firmware->leases.count = before;
        assert_int_equal(fake_protocols_installed(), 0);
        assert_int_equal(fake_memory_held(), 0);
        end(NULL);
        begin(NULL);
    }
}

static void as_many_as_there_is_room_for(void **state)
{
    uint8_t buffer[8 * INITRD_FILES_MAX];
    uint64_t size = sizeof(buffer);

    (void)state;
    set_up();
    files[1] = files[2];
    for (unsigned int i = 2; i < INITRD_FILES_MAX; i++)
        files[i] = files[i - 2];
    assert_int_equal(initrd_media_install(firmware, files, INITRD_FILES_MAX), 0);
    assert_int_equal(fake_initrd_load(NULL, false, &size, buffer), 0);
    assert_int_equal(size, (8 + 4) * INITRD_FILES_MAX / 2 - 1);
    assert_memory_equal(buffer + size - 11, "first\0\0\0003rd", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_come_as_one_with_zeros_between),
        TEST(what_is_in_memory_comes_from_there),
        TEST(it_can_be_asked_for_twice),
        TEST(array_of_the_caller_may_go),
        TEST(nothing_of_a_file_is_read_before_somebody_asks),
        TEST(file_that_goes_on_is_an_error),
        TEST(buffer_that_is_too_small_stays_as_it_is),
        TEST(boot_policy_and_other_paths_are_refused),
        TEST(file_that_can_not_be_read_is_an_error),
        TEST(lease_takes_it_away),
        TEST(second_initrd_is_refused),
        TEST(without_a_byte_nothing_is_installed),
        TEST(empty_file_among_others_is_nothing),
        TEST(whatever_fails_gives_everything_back),
        TEST(full_list_of_leases_installs_nothing),
        TEST(as_many_as_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
