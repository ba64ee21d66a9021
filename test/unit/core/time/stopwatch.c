/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/stopwatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void counts_what_passes(void **state)
{
    struct stopwatch watch = stopwatch_begin(1000);

    (void)state;
    assert_int_equal(watch.elapsed, 0);
    stopwatch_look(&watch, 1010);
    stopwatch_look(&watch, 1010);
    stopwatch_look(&watch, 1500);
    assert_int_equal(watch.elapsed, 500);
}

/* A counter that wraps has gone on. */
static void goes_on_over_the_end(void **state)
{
    struct stopwatch watch = stopwatch_begin(UINT64_MAX - 9);

    (void)state;
    stopwatch_look(&watch, 10);
    assert_int_equal(watch.elapsed, 20);
}

static void what_goes_back_is_not_counted(void **state)
{
    struct stopwatch watch = stopwatch_begin(1ULL << 62);

    (void)state;
    stopwatch_look(&watch, (1ULL << 62) + 7);
    stopwatch_look(&watch, 5); /* somebody has written it */
    assert_int_equal(watch.elapsed, 7);
    stopwatch_look(&watch, 25);
    assert_int_equal(watch.elapsed, 27);
}

static void never_wraps_itself(void **state)
{
    struct stopwatch watch = stopwatch_begin(0);
    uint64_t before = 0;

    (void)state;
    for (unsigned int i = 0; i < 12; i++) {
        stopwatch_look(&watch, i % 2 == 0 ? INT64_MAX : 0);
        assert_true(watch.elapsed >= before);
        before = watch.elapsed;
    }
    assert_true(watch.elapsed == UINT64_MAX);
}

/* Coarse is not dead: the counter's steps are what is counted, and nothing else. */
static void coarse_counter_is_believed(void **state)
{
    struct stopwatch watch = stopwatch_begin(0);

    (void)state;
    for (uint64_t i = 1; i <= 3ULL * (STOPWATCH_STILL_MAX - 1); i++)
        stopwatch_look(&watch, i / (STOPWATCH_STILL_MAX - 1) * 5000);
    assert_int_equal(watch.elapsed, 15000);
}

static void dead_counter_is_replaced_by_counting(void **state)
{
    struct stopwatch watch = stopwatch_begin(77);

    (void)state;
    for (uint64_t i = 1; i < STOPWATCH_STILL_MAX; i++)
        stopwatch_look(&watch, 77);
    assert_int_equal(watch.elapsed, 0);
    for (uint64_t i = 0; i < 1000; i++)
        stopwatch_look(&watch, 77);
    assert_int_equal(watch.elapsed, 1000ULL * STOPWATCH_ROUND_TICKS);
    stopwatch_look(&watch, 78); /* back to life */
    stopwatch_look(&watch, 78);
    assert_int_equal(watch.elapsed, 1000ULL * STOPWATCH_ROUND_TICKS + 1);
}

/* One that only goes back is as good as dead. */
static void backward_counter_is_replaced_by_counting(void **state)
{
    struct stopwatch watch = stopwatch_begin(1ULL << 40);

    (void)state;
    for (uint64_t i = 1; i < STOPWATCH_STILL_MAX + 1000ULL; i++)
        stopwatch_look(&watch, (1ULL << 40) - i);
    assert_int_equal(watch.elapsed, 1000ULL * STOPWATCH_ROUND_TICKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_passes),
        cmocka_unit_test(goes_on_over_the_end),
        cmocka_unit_test(what_goes_back_is_not_counted),
        cmocka_unit_test(never_wraps_itself),
        cmocka_unit_test(coarse_counter_is_believed),
        cmocka_unit_test(dead_counter_is_replaced_by_counting),
        cmocka_unit_test(backward_counter_is_replaced_by_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
