/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits end, whatever the counter does, and last as long as they should when it is sound. */
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND 1000000000ULL

static int begin(void **state)
{
    (void)state;
    fake_begin();
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static uint64_t wait_for(uint64_t ticks)
{
    struct stopwatch watch = stopwatch_begin(arch_ticks());

    arch_wait(&watch, ticks);
    assert_true(watch.elapsed >= ticks);
    return watch.elapsed;
}

static void waits_as_long_as_it_should(void **state)
{
    uint64_t start = arch_ticks();

    (void)state;
    assert_in_range(wait_for(SECOND), SECOND, SECOND + SECOND / 100);
    assert_in_range(arch_ticks() - start, SECOND, SECOND + SECOND / 50);
}

/* What has passed before counts. */
static void what_is_over_is_not_waited_for(void **state)
{
    struct stopwatch watch = stopwatch_begin(arch_ticks());
    uint64_t start;

    (void)state;
    fake_ticks_advance(2 * SECOND);
    start = arch_ticks();
    arch_wait(&watch, SECOND);
    arch_wait(&watch, 0);
    assert_true(arch_ticks() - start < 1000);
    assert_in_range(watch.elapsed, 2 * SECOND, 2 * SECOND + 1000);
}

static uint64_t stopped(uint64_t ns)
{
    (void)ns;
    return 12345;
}

static uint64_t backwards(uint64_t ns)
{
    return 1000 * SECOND - ns;
}

/* The fake fails a test that pauses a hundred million times. */
static void counters_that_do_not_go_on_end_it_all_the_same(void **state)
{
    (void)state;
    fake_behaviour.counter = stopped;
    wait_for(5 * SECOND);
    fake_begin();
    fake_behaviour.counter = backwards;
    wait_for(5 * SECOND);
}

static uint64_t steps_back_at;

static uint64_t steps_back(uint64_t ns)
{
    return ns < steps_back_at ? ns : ns - steps_back_at;
}

/* Neither over at once, nor longer than what the step has taken. */
static void a_step_back_is_nothing(void **state)
{
    uint64_t start = arch_ticks();

    (void)state;
    steps_back_at = start + SECOND / 2;
    fake_behaviour.counter = steps_back;
    assert_in_range(wait_for(SECOND), SECOND, SECOND + SECOND / 100);
    fake_behaviour.counter = NULL;
    assert_in_range(arch_ticks() - start, SECOND, SECOND + SECOND / 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waits_as_long_as_it_should),
        TEST(what_is_over_is_not_waited_for),
        TEST(counters_that_do_not_go_on_end_it_all_the_same),
        TEST(a_step_back_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
