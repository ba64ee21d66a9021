/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/unpack.h"

#include "core/base/crc32.h"
#include "core/base/page.h"
#include "unit/fixture/deflate_fixture.h"
#include "unit/fixture/firmware_fixture.h"

#define SIZE 60000U

static uint8_t contents[SIZE];
static struct boot boot;

/* A gzip file of SIZE bytes, stored. */
static struct span make(void)
{
    fake_allow_usual();
    boot = (struct boot){.firmware = firmware};
    for (unsigned int i = 0; i < SIZE; i++)
        contents[i] = (uint8_t)(i * 13 + i / 256);
    deflate_begin();
    put_bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put_stored(contents, SIZE, true);
    put(crc32_update(0, contents, SIZE) & 0xffff, 16);
    put(crc32_update(0, contents, SIZE) >> 16, 16);
    put(SIZE, 16);
    put(0, 16);
    return span_of(packed, packed_size());
}

static void claim(uint32_t size)
{
    memcpy(packed + packed_size() - 4, &size, sizeof(size));
}

static void assert_unpacked(struct span file, size_t allocations, uint64_t pages)
{
    struct span bytes = {0};

    if (!unpack_gzip(&boot, file, "\\a.gz", &bytes))
        fail_msg("%s", explained(boot.failure.why).problem);
    assert_int_equal(bytes.size, SIZE);
    assert_memory_equal(bytes.data, contents, SIZE);
    assert_int_equal(fake_calls_of("AllocatePages"), allocations);
    assert_int_equal(fake_memory_held(), pages);
}

static void assert_refused(struct span file, const char *problem)
{
    struct span bytes;

    assert_false(unpack_gzip(&boot, file, "\\a.gz", &bytes));
    assert_string_equal(boot.failure.file, "\\a.gz");
    assert_non_null(strstr(explained(boot.failure.why).problem, problem));
}

static void a_true_claim_takes_one_pass(void **state)
{
    (void)state;
    assert_unpacked(make(), 1, pages_for(SIZE));
}

/* What stands behind the file is taken for its size: too little, none, more than can be. */
static void bytes_behind_the_file_are_no_size(void **state)
{
    static const struct {
        const char *bytes;
        size_t allocations;
        uint64_t pages;
    } cases[] = {{"\x10\0\0\0", 2, 15},
                 {"\0\0\0\0", 1, 15},
                 {"\xff\xff\xff\xff", 1, 15},
                 {"\0\0\1\0", 1, 16}};

    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct span file = make();

        put_bytes(cases[i].bytes, 4);
        file.size += 4;
        assert_unpacked(file, cases[i].allocations, cases[i].pages);
        end(state);
        begin(state);
    }
}

static void a_wrong_size_of_its_own_is_damage(void **state)
{
    static const uint32_t claims[] = {0, 1, SIZE - 1, SIZE + 1, 1U << 26, UINT32_MAX};

    for (size_t i = 0; i < LENGTH_OF(claims); i++) {
        struct span file = make();

        claim(claims[i]);
        assert_refused(file, "not as long as it says");
        end(state);
        begin(state);
    }
}

static void damage_is_called_that(void **state)
{
    struct span file = make();

    (void)state;
    packed[1000] ^= 1;
    assert_refused(file, "checksum");
    file.size = 1000;
    assert_refused(file, "ends early");
}

static void without_memory_it_is_not_unpacked(void **state)
{
    struct span file = make();

    (void)state;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_refused(file, "not enough free memory");
    assert_true(boot.failure.status == FAKE_OUT_OF_RESOURCES);
}

static void nothing_needs_no_memory(void **state)
{
    struct span bytes;

    (void)state;
    (void)make();
    deflate_begin();
    put_bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put_stored("", 0, true);
    put_bytes("\0\0\0\0\0\0\0\0", 8);
    assert_true(unpack_gzip(&boot, span_of(packed, packed_size()), "\\a.gz", &bytes));
    assert_int_equal(bytes.size, 0);
    assert_int_equal(fake_memory_held(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_true_claim_takes_one_pass),       TEST(bytes_behind_the_file_are_no_size),
        TEST(a_wrong_size_of_its_own_is_damage), TEST(damage_is_called_that),
        TEST(without_memory_it_is_not_unpacked), TEST(nothing_needs_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
