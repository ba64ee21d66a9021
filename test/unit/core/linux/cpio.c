/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives as systemd-boot and its stub write them, byte for byte. */
#include "core/linux/cpio.h"

#include "unit/fixture/exact.h"

#include <string.h>

/* Magic, inode, mode, owner, group, links, time, size, four devices, the name's size, a checksum.
 */
#define NUMBERS(inode, mode, links, size, name_size)                                               \
    "070701" inode mode "0000000000000000" links "00000000" size                                   \
    "00000000000000000000000000000000" name_size "00000000"

static const char expected[] =
    /* a name of 7 bytes: 3 behind it */
    NUMBERS("00000001", "0000416d", "00000001", "00000000", "00000007") ".extra\0\0\0\0"
    /* 9 bytes: 1 behind; contents of 5 bytes: 3 behind */
    NUMBERS("00000002", "00008124", "00000001", "00000005", "00000009") ".extra/x\0\0hello\0\0\0"
    /* 10 bytes: none behind; no contents */
    NUMBERS("00000003", "00008100", "00000001", "00000000", "0000000a") ".extra/yz\0" NUMBERS(
        "00000000", "00000000", "00000001", "00000000", "0000000B") "TRAILER!!!\0\0\0";

static void fill(struct cpio *archive)
{
    uint8_t *place;

    assert_true(cpio_put(archive, ".extra", CPIO_DIRECTORY | 0555, 0) != NULL ||
                archive->data == NULL);
    place = cpio_put(archive, ".extra/x", CPIO_FILE | 0444, 5);
    if (place != NULL)
        memcpy(place, "hello", 5);
    (void)cpio_put(archive, ".extra/yz", CPIO_FILE | 0400, 0);
    cpio_end(archive);
}

static void an_archive_is_as_systemd_writes_it(void **state)
{
    struct cpio archive = {0};
    uint64_t size;

    (void)state;
    fill(&archive);
    assert_int_equal(archive.size, sizeof(expected));
    size = archive.size;
    archive = (struct cpio){.data = (uint8_t *)exact_buffer(size)};
    memset(archive.data, 0xee, size);
    fill(&archive);
    assert_int_equal(archive.size, size);
    assert_memory_equal(archive.data, expected, sizeof(expected));
    free(archive.data);
}

static void sizes_of_32_bits_are_told(void **state)
{
    struct cpio archive = {0};

    (void)state;
    assert_null(cpio_put(&archive, "a", CPIO_FILE, UINT32_MAX));
    assert_int_equal(archive.size, 112 + 0x100000000ULL);
    assert_null(cpio_put(&archive, "a", CPIO_FILE, UINT32_MAX));
    assert_int_equal(archive.size, 2 * (112 + 0x100000000ULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_is_as_systemd_writes_it),
        cmocka_unit_test(sizes_of_32_bits_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
