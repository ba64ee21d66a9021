/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/random_seed.h"

#include "core/base/mem.h"
#include "unit/fixture/exact.h"

static struct random_seed seed;

static int begin(void **state)
{
    (void)state;
    memset(&seed, 0xee, sizeof(seed));
    seed.size = 0;
    return 0;
}

static bool add(int byte, size_t size)
{
    memset(random_seed_end(&seed), byte, size);
    return random_seed_add(&seed, size);
}

static void parts_follow_each_other(void **state)
{
    (void)state;
    assert_true(add('a', 32));
    assert_true(add('b', 3));
    assert_int_equal(seed.size, 35);
    assert_int_equal(seed.bits[31], 'a');
    assert_int_equal(seed.bits[32], 'b');
    assert_int_equal(seed.bits[34], 'b');
    assert_int_equal(random_seed_room(&seed), 1024 - 35);
    assert_ptr_equal(random_seed_end(&seed), seed.bits + 35);
}

static void zeros_are_left_out(void **state)
{
    (void)state;
    assert_false(add(0, 32));
    assert_false(add('a', 0));
    assert_int_equal(seed.size, 0);
    memset(seed.bits, 0, 32);
    seed.bits[31] = 1;
    assert_true(random_seed_add(&seed, 32));
}

static void nothing_beyond_what_linux_takes(void **state)
{
    (void)state;
    assert_true(add('a', 1000));
    assert_false(random_seed_add(&seed, 25));
    assert_int_equal(seed.size, 1000);
    assert_true(add('b', 24));
    assert_int_equal(random_seed_room(&seed), 0);
    assert_false(random_seed_add(&seed, 1));
    assert_false(random_seed_add(&seed, SIZE_MAX));
    assert_int_equal(seed.size, 1024);
}

/* The bytes lie at the very end of their memory: the sanitizer sees every byte too many. */
static void earlier_table_is_believed_up_to_512_bytes(void **state)
{
    static const uint32_t sizes[] = {0, 1, 511, 512};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *table = test_malloc(4 + sizes[i]);
        struct span bits;

        memset(table, 0x55, 4 + sizes[i]);
        memcpy(table, &sizes[i], 4);
        bits = random_seed_earlier(table);
        assert_int_equal(bits.size, sizes[i]);
        assert_ptr_equal(bits.data, table + 4);
        test_free(table);
    }
}

static void earlier_table_that_claims_more_is_none(void **state)
{
    static const uint32_t sizes[] = {513, 1024, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(random_seed_earlier(&sizes[i]).size, 0);
    assert_int_equal(random_seed_earlier(NULL).size, 0);
}

static void earlier_table_may_lie_anywhere(void **state)
{
    static const uint8_t bytes[] = {0, 2, 0, 0, 0, 'x', 'y'};

    (void)state;
    assert_int_equal(random_seed_earlier(bytes + 1).size, 2);
    assert_memory_equal(random_seed_earlier(bytes + 1).data, "xy", 2);
}

static void wiping_clears_all_of_it(void **state)
{
    char secret[8] = "secrets";

    (void)state;
    memory_wipe(secret, 7);
    assert_memory_equal(secret, "\0\0\0\0\0\0\0", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(parts_follow_each_other, begin),
        cmocka_unit_test_setup(zeros_are_left_out, begin),
        cmocka_unit_test_setup(nothing_beyond_what_linux_takes, begin),
        cmocka_unit_test(earlier_table_is_believed_up_to_512_bytes),
        cmocka_unit_test(earlier_table_that_claims_more_is_none),
        cmocka_unit_test(earlier_table_may_lie_anywhere),
        cmocka_unit_test(wiping_clears_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
