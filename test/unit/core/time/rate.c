/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TIMER_HZ 3579545ULL
#define MASK_24  0xffffffU

static const struct rate_timer timer_24 = {TIMER_HZ, MASK_24};
static const struct rate_timer timer_32 = {TIMER_HZ, UINT32_MAX};

/* What a counter of `hz` shows `us` after the first look, with the timer about to go round. */
static uint64_t rate_after(const struct rate_timer *timer, uint64_t hz, uint64_t us, uint64_t width)
{
    const struct rate_look first = {123456789, width, timer->mask - 5};
    const struct rate_look second = {
        first.ticks + us * hz / 1000000, width,
        (uint32_t)((first.count + us * TIMER_HZ / 1000000) & timer->mask)};

    return rate_between(timer, &first, &second);
}

static void assert_near(uint64_t value, uint64_t hz)
{
    assert_in_range(value, hz - hz / RATE_ERROR, hz + hz / RATE_ERROR);
}

static void every_processor_is_measured(void **state)
{
    static const uint64_t rates[] = {500000000,  1000000000, 1996250000, 2595124000,
                                     3693000000, 4491000000, 6000000000};
    static const uint64_t intervals[] = {100, 1000, 10000, 100000, 300000};

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        for (size_t j = 0; j < sizeof(intervals) / sizeof(intervals[0]); j++) {
            assert_near(rate_after(&timer_24, rates[i], intervals[j], 100), rates[i]);
            assert_near(rate_after(&timer_32, rates[i], intervals[j], 100), rates[i]);
        }
    assert_near(rate_after(&timer_32, 3000000000, 60000000, 100), 3000000000);
    assert_near(rate_after(&timer_24, 500000000, 3900000, 100), 500000000);
}

/* 24 bits go round every 4.7 seconds, 32 bits every 20 minutes: how often nobody can tell. */
static void a_timer_that_may_have_gone_round_tells_nothing(void **state)
{
    (void)state;
    assert_int_equal(rate_after(&timer_24, 3000000000, 4700000, 100), 0);
    assert_int_equal(rate_after(&timer_24, 1000000000, 5000000, 100), 0);
    assert_int_equal(rate_after(&timer_24, 500000000, 4700000, 100), 0);
    assert_int_equal(rate_after(&timer_24, 6000000000, 600000000, 100), 0);
    assert_int_equal(rate_after(&timer_32, 500000000, 1201000000, 100), 0);
    assert_int_equal(rate_after(&timer_32, 6000000000, 7200000000, 100), 0);
}

/* 63 steps of the timer may be 62 or 64. */
static void too_short_tells_nothing(void **state)
{
    (void)state;
    assert_int_equal(rate_after(&timer_24, 3000000000, 17, 0), 0);
    assert_int_equal(rate_after(&timer_24, 3000000000, 0, 0), 0);
    assert_near(rate_after(&timer_24, 3000000000, 19, 0), 3000000000);
}

/* In the middle of a look somebody took the processor away: System Management Mode, a host. */
static void wide_looks_tell_nothing(void **state)
{
    struct rate_look first = {1000, 100, 0};
    struct rate_look second = {30001000, 100, 35795}; /* 10 ms at 3 GHz */

    (void)state;
    assert_near(rate_between(&timer_24, &first, &second), 3000000000);
    first.width = 300000;
    assert_int_equal(rate_between(&timer_24, &first, &second), 0);
    first.width = 100;
    second.width = 300000;
    assert_int_equal(rate_between(&timer_24, &first, &second), 0);
    second.width = UINT64_MAX;
    assert_int_equal(rate_between(&timer_24, &first, &second), 0);
}

static void broken_counters_and_timers_tell_nothing(void **state)
{
    const struct rate_look first = {30001000, 100, 0};
    const struct rate_look back = {1000, 100, 35795};
    const struct rate_look same = {30001000, 0, 35795};
    const struct rate_look stopped = {60001000, 100, 0};

    (void)state;
    assert_int_equal(rate_between(&timer_24, &first, &back), 0);
    assert_int_equal(rate_between(&timer_32, &first, &back), 0);
    assert_int_equal(rate_between(&timer_24, &first, &same), 0);
    assert_int_equal(rate_between(&timer_24, &first, &stopped), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_is_measured),
        cmocka_unit_test(a_timer_that_may_have_gone_round_tells_nothing),
        cmocka_unit_test(too_short_tells_nothing),
        cmocka_unit_test(wide_looks_tell_nothing),
        cmocka_unit_test(broken_counters_and_timers_tell_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
