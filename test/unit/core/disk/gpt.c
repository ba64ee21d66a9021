/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that a partition is found by its type, and that no table that is unsound is believed. */
#include "core/disk/gpt.h"

#include "unit/fixture/exact.h"
#include "unit/fixture/gpt_disk.h"

static const uint8_t other_type[16] = {0x28, 0x73, 0x2a, 0xc1};
static struct gpt_disk disk;
static struct gpt gpt;
static struct gpt_partition partition;

static bool parse(uint64_t block)
{
    struct span copy = exact_copy(gpt_disk_block(&disk, block), disk.block_size);
    bool sound = gpt_header_parse(copy, block, &gpt);

    exact_free(copy);
    return sound;
}

static bool find(void)
{
    struct span copy = exact_copy(gpt_disk_block(&disk, 2), (size_t)gpt.count * gpt.size);
    bool found = gpt_find(&gpt, copy, gpt_type_extended, &partition);

    if (found)
        found = gpt_array_is_sound(&gpt, copy);

    exact_free(copy);
    return found;
}

static void finds_the_first_of_that_type(void **state)
{
    (void)state;
    for (uint32_t size = 128; size <= 512; size += 128) {
        gpt_disk_begin(&disk, 512);
        disk.entry_size = size;
        gpt_disk_seal(&disk);
        assert_true(parse(1) && parse(gpt_disk_last(&disk)));
        assert_false(find());
        gpt_disk_add(&disk, 1, other_type, 2048, 4095, 1);
        gpt_disk_add(&disk, 2, gpt_type_extended, 5000, 4999, 2); /* no block in it */
        gpt_disk_add(&disk, 3, gpt_type_extended, 0x123456789, 0x223456788, 3);
        gpt_disk_add(&disk, 128, gpt_type_extended, 1, 1, 4);
        assert_true(parse(1));
        assert_true(find());
        assert_int_equal(partition.number, 3);
        assert_true(partition.first == 0x123456789 && partition.blocks == 0x100000000);
        assert_int_equal(partition.guid[0] + partition.guid[15], 6);
    }
}

static void believes_no_header_that_is_unsound(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t size;
    } cases[] = {
        {0, 0, 8},           {8, 0x20000, 4},
        {12, 91, 4},         {12, 513, 4},
        {12, UINT32_MAX, 4}, {24, 2, 8},
        {80, 0, 4},          {80, 1025, 4},
        {80, UINT32_MAX, 4}, {84, 0, 4},
        {84, 127, 4},        {84, 4224, 4},
        {84, UINT32_MAX, 4}, {84, UINT32_MAX & ~127U, 4},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        uint8_t *header;
        uint32_t size;

        gpt_disk_begin(&disk, 512);
        header = gpt_disk_block(&disk, 1);
        memcpy(header + cases[i].at, &cases[i].value, cases[i].size);
        memcpy(&size, header + 12, 4);
        memset(header + 16, 0, 4);
        store_u32(header + 16, crc32_update(0, header, size > 512 ? 512 : size));
        if (parse(1))
            fail_msg("case %zu", i);
    }
    gpt_disk_begin(&disk, 512);
    for (size_t at = 0; at < 92; at++) {
        gpt_disk_block(&disk, 1)[at] ^= 1;
        assert_false(parse(1));
        gpt_disk_block(&disk, 1)[at] ^= 1;
    }
    assert_true(parse(1));
}

static void believes_no_short_header(void **state)
{
    (void)state;
    gpt_disk_begin(&disk, 512);
    for (size_t size = 0; size < 92; size++) {
        struct span copy = exact_copy(gpt_disk_block(&disk, 1), size);

        assert_false(gpt_header_parse(copy, 1, &gpt));
        exact_free(copy);
    }
}

static void believes_no_array_with_another_checksum(void **state)
{
    (void)state;
    gpt_disk_begin(&disk, 512);
    gpt_disk_add(&disk, 1, gpt_type_extended, 2048, 4095, 1);
    assert_true(parse(1) && find());
    gpt_disk_entry(&disk, 77)[5] ^= 1;
    assert_false(find());
    gpt_disk_seal(&disk);
    assert_true(parse(1) && find());
    assert_false(gpt_array_is_sound(&gpt, span_of(gpt_disk_block(&disk, 2), 128 * 128 - 1)));
    assert_false(gpt_find(&gpt, span_of(gpt_disk_block(&disk, 2), 128 * 128 - 1), gpt_type_extended,
                          &partition));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_of_that_type),
        cmocka_unit_test(believes_no_header_that_is_unsound),
        cmocka_unit_test(believes_no_short_header),
        cmocka_unit_test(believes_no_array_with_another_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
