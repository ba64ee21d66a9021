/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/random.h"

#include "firmware_bench.h"

static const uint8_t bytes[32] = "32 bytes that nobody would guess";
static uint8_t seed[32];

static bool take(void)
{
    fake_allow("LocateProtocol");
    fake_allow("GetRNG");
    return random_seed(firmware, seed, sizeof(seed));
}

static void no_generator(void **state)
{
    (void)state;
    assert_false(take());
}

static void raw_algorithm_first(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    assert_true(take());
    assert_memory_equal(seed, bytes, sizeof(seed));
    assert_int_equal(fake_calls_of("GetRNG"), 1);
    assert_int_equal(fake_call_at(fake_call_count() - 1)->a, 1);
}

static void default_algorithm_when_raw_is_missing(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_UNSUPPORTED, 0);
    assert_true(take());
    assert_memory_equal(seed, bytes, sizeof(seed));
}

static void generator_that_fails(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_NOT_READY, FAKE_DEVICE_ERROR);
    assert_false(take());
}

static void zeros_are_no_randomness(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    fake_rng(zeros, sizeof(zeros), 0, 0);
    assert_false(take());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_generator),
        TEST(raw_algorithm_first),
        TEST(default_algorithm_when_raw_is_missing),
        TEST(generator_that_fails),
        TEST(zeros_are_no_randomness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
