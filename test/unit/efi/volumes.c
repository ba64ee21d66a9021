/* SPDX-License-Identifier: BSD-2-Clause */
/* The second volume: found by the disk's table, connected where it has to be, and else not there.
 */
#include "efi/volumes.h"

#include "efi/file.h"
#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/gpt_disk.h"
#include "unit/fixture/partition.h"

static const uint8_t own_type[16] = {0x28, 0x73, 0x2a, 0xc1};
static struct gpt_disk disk;
static uint8_t disk_path[PARTITION_NODE + 4];
static uint8_t extended_path[sizeof(partition_path)];
static struct fake_disk made;

static void lay_down_table(uint32_t block_size, uint32_t entry_size)
{
    uint8_t *node = extended_path + PARTITION_NODE;

    fake_allow_usual();
    fake_volume();
    fake_volume_path(partition_path);
    memcpy(disk_path, partition_path, PARTITION_NODE);
    memcpy(disk_path + PARTITION_NODE, partition_path + sizeof(partition_path) - 4, 4);
    memcpy(extended_path, partition_path, sizeof(extended_path));
    store_u32(node + 4, 2);
    store_u64(node + 8, 100);
    store_u64(node + 16, 20);
    memset(node + 24, 9, 16);
    gpt_disk_begin(&disk, block_size);
    disk.entry_size = entry_size;
    gpt_disk_add(&disk, 1, own_type, 40, 99, 1);
    gpt_disk_add(&disk, 2, gpt_type_extended, 100, 119, 9);
    made = (struct fake_disk){.bytes = disk.bytes,
                              .size = sizeof(disk.bytes),
                              .block_size = block_size,
                              .path = disk_path,
                              .extended_path = extended_path};
}

static void lay_down(uint32_t block_size)
{
    lay_down_table(block_size, 128);
}

static bool is_found(void)
{
    fake_disk(&made);
    firmware->extended = NULL;
    volume_find_extended(firmware);
    assert_int_equal(firmware->volume, VOLUME_OWN);
    return firmware->extended != NULL;
}

static void the_second_volume_is_found_and_opened(void **state)
{
    struct file *root;

    (void)state;
    for (uint32_t block_size = 512; block_size <= 4096; block_size *= 8) {
        (void)begin(state);
        lay_down(block_size);
        assert_true(is_found());
        assert_int_equal(fake_calls_of("ReadBlocks"), 2);
        firmware->volume = VOLUME_EXTENDED;
        assert_int_equal(volume_open(firmware, &root), 0);
        file_close(firmware, root);
        (void)end(state);
    }
    (void)begin(state);
}

static void what_is_not_connected_is_connected(void **state)
{
    (void)state;
    for (unsigned int connects = 1; connects <= 3; connects++) {
        (void)begin(state);
        lay_down(512);
        fake_allow("ConnectController");
        made.connects = connects;
        assert_int_equal(is_found(), connects < 3);
        assert_int_equal(fake_calls_of("ConnectController"), 1);
        (void)end(state);
    }
    (void)begin(state);
}

/* One that there is no room for behind the header's. */
static void a_long_table_is_read_whole(void **state)
{
    (void)state;
    lay_down_table(512, 256);
    assert_true(is_found());
    assert_int_equal(firmware->leases.count, 2);
}

/* Nothing is connected for it. */
static void a_disk_without_such_a_partition_has_no_second_volume(void **state)
{
    (void)state;
    lay_down(512);
    memcpy(gpt_disk_entry(&disk, 2), own_type, 16);
    gpt_disk_seal(&disk);
    assert_false(is_found());
    assert_int_equal(fake_calls_of("ReadBlocks"), 2);
}

static void the_table_at_the_end_stands_in(void **state)
{
    (void)state;
    lay_down(512);
    gpt_disk_block(&disk, 1)[0] ^= 1;
    assert_true(is_found());
    (void)end(state);
    (void)begin(state);
    lay_down(512);
    made.bad_block = 1;
    assert_true(is_found());
    assert_int_equal(firmware->leases.count, 1); /* the room for what was read */
    (void)end(state);
    (void)begin(state);
    /* A header that is damaged as a whole: no block is asked for that the disk does not have. */
    lay_down(512);
    memset(gpt_disk_block(&disk, 1), 0xa5, 512);
    assert_true(is_found());
    assert_int_equal(fake_calls_of("ReadBlocks"), 3);
    (void)end(state);
    (void)begin(state);
    lay_down(512);
    gpt_disk_block(&disk, 1)[0] ^= 1;
    gpt_disk_block(&disk, gpt_disk_last(&disk))[0] ^= 1;
    assert_false(is_found());
}

/* The header is sound, the array is not. */
static void the_array_at_the_end_stands_in(void **state)
{
    (void)state;
    lay_down(512);
    gpt_disk_entry(&disk, 77)[5] ^= 1;
    assert_true(is_found());
    (void)end(state);
    (void)begin(state);
    lay_down(512);
    made.bad_block = 2;
    assert_true(is_found());
    (void)end(state);
    (void)begin(state);
    lay_down(512);
    gpt_disk_entry(&disk, 77)[5] ^= 1;
    gpt_disk_block(&disk, gpt_disk_last(&disk) - 1)[5] ^= 1;
    assert_false(is_found());
}

static void the_table_of_a_disk_that_has_grown_is_where_the_first_says(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        (void)begin(state);
        lay_down(512);
        disk.behind = 7;
        gpt_disk_seal(&disk);
        memset(gpt_disk_block(&disk, gpt_disk_last(&disk) + 7), 0, 512);
        if (i == 0)
            gpt_disk_entry(&disk, 77)[5] ^= 1; /* the array */
        else
            gpt_disk_block(&disk, 1)[16] ^= 1; /* the header */
        assert_true(is_found());
        (void)end(state);
    }
    (void)begin(state);
}

static void a_device_that_is_no_disk_is_not_read(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        (void)begin(state);
        lay_down(512);
        made.is_absent = i == 0;
        made.is_partition = i == 1;
        made.block_size = i == 2 ? 256 : i == 3 ? 8192 : 512;
        assert_false(is_found());
        assert_int_equal(fake_calls_of("ReadBlocks"), 0);
        (void)end(state);
    }
    (void)begin(state);
}

static void without_a_partition_of_its_own_baton_looks_nowhere(void **state)
{
    (void)state;
    fake_allow_usual();
    fake_volume();
    volume_find_extended(firmware);
    assert_null(firmware->extended);
    lay_down(512);
    disk_path[0] = 9; /* the disk is not there by its path */
    assert_false(is_found());
}

static void without_memory_there_is_no_second_volume(void **state)
{
    (void)state;
    for (unsigned int failing = 1; failing <= 2; failing++) {
        (void)begin(state);
        lay_down_table(512, 256);
        gpt_disk_block(&disk, gpt_disk_last(&disk))[0] ^= 1;
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        assert_false(is_found());
        (void)end(state);
    }
    (void)begin(state);
}

/* The files of Baton's volume are on the second one, too. */
static void a_volume_is_found_by_a_file_on_it(void **state)
{
    struct file *root;

    (void)state;
    lay_down(512);
    fake_disk(&made);
    (void)fake_file_add("\\a\\b", "c", 1);
    assert_false(volume_find(firmware, "\\a\\c"));
    assert_int_equal(firmware->volume, VOLUME_OWN);
    firmware->volume = VOLUME_EXTENDED;
    assert_true(volume_find(firmware, "\\a\\b"));
    assert_int_equal(firmware->volume, VOLUME_EXTENDED);
    firmware->volume = VOLUME_FOUND;
    assert_int_equal(volume_open(firmware, &root), 0);
    file_close(firmware, root);
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(firmware->leases.count, 0);
}

static void without_volumes_none_is_found(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_false(volume_find(firmware, "\\a"));
    assert_false(volume_is_any_sealed(firmware));
}

static void sealed_volumes_are_known_by_their_first_block(void **state)
{
    static const struct {
        const char *name;
        uint32_t block_size;
        bool is_absent;
        bool is_partition;
        bool sealed;
    } cases[] = {
        {"-FVE-FS-", 512, false, true, true},  {"-FVE-FS-", 4096, false, false, true},
        {"-FVE-FS+", 512, false, true, false}, {"NTFS    ", 512, false, true, false},
        {"-FVE-FS-", 512, true, true, false},  {"-FVE-FS-", 8192, false, true, false},
        {"-FVE-FS-", 256, false, true, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down(512);
        memcpy(disk.bytes + 3, cases[i].name, 8);
        made.block_size = cases[i].block_size;
        made.is_absent = cases[i].is_absent;
        made.is_partition = cases[i].is_partition;
        fake_disk(&made);
        assert_int_equal(volume_is_any_sealed(firmware), cases[i].sealed);
        assert_int_equal(firmware->leases.count, 0);
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_second_volume_is_found_and_opened),
        TEST(what_is_not_connected_is_connected),
        TEST(a_long_table_is_read_whole),
        TEST(a_disk_without_such_a_partition_has_no_second_volume),
        TEST(the_table_at_the_end_stands_in),
        TEST(the_array_at_the_end_stands_in),
        TEST(the_table_of_a_disk_that_has_grown_is_where_the_first_says),
        TEST(a_device_that_is_no_disk_is_not_read),
        TEST(without_a_partition_of_its_own_baton_looks_nowhere),
        TEST(without_memory_there_is_no_second_volume),
        TEST(a_volume_is_found_by_a_file_on_it),
        TEST(without_volumes_none_is_found),
        TEST(sealed_volumes_are_known_by_their_first_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
