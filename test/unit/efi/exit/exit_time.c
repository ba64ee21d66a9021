/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services, against a firmware that needs time, and with a clock that may be broken or
 * of unknown rate.
 */
#include "unit/fixture/exit_fixture.h"

#define MS           (HZ / 1000)
#define LIMIT        (EXIT_TIME_LIMIT_DEFAULT * HZ)
#define LONGEST_WAIT (LIMIT / 10)

/* The fake's own time; arch_ticks() is what the processor makes of it. */
static uint64_t now(void)
{
    uint64_t (*counter)(uint64_t ns) = fake_behaviour.counter;
    uint64_t ns;

    fake_behaviour.counter = NULL;
    ns = arch_ticks();
    fake_behaviour.counter = counter;
    return ns;
}

static uint64_t began;   /* the first ExitBootServices */
static uint64_t lets_go; /* nanoseconds after that */

static bool is_ready(void)
{
    return now() >= began + lets_go;
}

static void refuse_exit(struct fake_exit_answer *answer)
{
    if (answer->call == 1)
        began = now();
    if (is_ready())
        return;
    answer->status = FAKE_NOT_READY;
    answer->leaves = false;
    answer->signals = false;
}

static void refuse_exit_and_move(struct fake_exit_answer *answer)
{
    refuse_exit(answer);
    if (!answer->leaves)
        fake_map_grow(1);
}

static void refuse_map(struct fake_map_answer *answer)
{
    if (!answer->probe && fake_calls_of("ExitBootServices") > 0 && !is_ready())
        answer->status = FAKE_NOT_READY;
}

static void refuse_every_third_map(struct fake_map_answer *answer)
{
    if (answer->call % 3 != 0)
        refuse_map(answer);
}

static const struct {
    void (*exit)(struct fake_exit_answer *answer);
    void (*map)(struct fake_map_answer *answer);
} kinds[] = {
    {refuse_exit, NULL},
    {refuse_exit_and_move, NULL},
    {refuse_exit_and_move, refuse_map},
    {refuse_exit, refuse_every_third_map},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool leave_a_firmware(size_t kind, uint64_t ready)
{
    lets_go = ready;
    fake_behaviour.exit = kinds[kind].exit;
    fake_behaviour.map = kinds[kind].map;
    return leave();
}

/* Whatever it refuses until then, and however the map moves. */
static void a_firmware_that_needs_time_is_left(void **state)
{
    static const uint64_t times[] = {MS / 10, 10 * MS, 300 * MS, HZ, 3 * HZ, LIMIT - MS};

    (void)state;
    for (size_t i = 0; i < KINDS * 6; i++) {
        begin(NULL);
        assert_true(leave_a_firmware(i / 6, times[i % 6]));
        assert_final_map();
        assert_in_range(now() - began, times[i % 6], times[i % 6] + LONGEST_WAIT);
        assert_true(fake_calls_of("ExitBootServices") <= EXIT_ATTEMPTS_MAX);
        fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
        end(NULL);
        begin(NULL);
    }
}

static void a_firmware_that_never_lets_go_takes_the_limit(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        begin(NULL);
        assert_false(leave_a_firmware(kind, 1000 * HZ));
        assert_in_range(now() - began, LIMIT - MS, LIMIT + LIMIT / 20);
        fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
        end(NULL);
        begin(NULL);
    }
}

static void the_entry_says_how_long(void **state)
{
    (void)state;
    options.seconds = 20;
    assert_true(leave_a_firmware(1, 19 * HZ));
    assert_final_map();
}

/* --- slow calls ---------------------------------------------------------------------------------
 */

static uint64_t call_takes;

static void slow_refusal(struct fake_exit_answer *answer)
{
    refuse_exit_and_move(answer);
    fake_ticks_advance(call_takes);
}

/* Attempts that took long are no reason for fewer of them, nor for a wait between them. */
static void slow_calls_are_not_waited_between(void **state)
{
    (void)state;
    lets_go = LIMIT;
    call_takes = HZ;
    fake_behaviour.exit = slow_refusal;
    assert_true(leave());
    assert_final_map();
    assert_int_equal(plan.journal->attempt_count, 6);
    assert_in_range(now() - began, 6 * HZ, 6 * HZ + HZ / 10);
}

static void slow_maps(struct fake_map_answer *answer)
{
    refuse_map(answer);
    if (!answer->probe && fake_calls_of("ExitBootServices") > 0)
        fake_ticks_advance(HZ);
}

/* No exit can be tried: the limit ends it all the same. */
static void slow_maps_that_fail_are_bounded(void **state)
{
    (void)state;
    lets_go = 1000 * HZ;
    fake_behaviour.exit = refuse_exit;
    fake_behaviour.map = slow_maps;
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_TIME);
    assert_in_range(now() - began, LIMIT, 10 * HZ);
}

/* --- the first map, with the firmware alive -----------------------------------------------------
 */

static uint64_t first_map_at;

static void refuse_first_maps(struct fake_map_answer *answer)
{
    if (!answer->probe && now() < first_map_at)
        answer->status = FAKE_NOT_READY;
}

static void the_first_map_may_need_time_too(void **state)
{
    (void)state;
    for (uint64_t ms = 1; ms <= 1000; ms += 111) {
        begin(NULL);
        assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
        fake_behaviour.map = refuse_first_maps;
        first_map_at = now() + ms * MS;
        assert_int_equal(exit_look(firmware, &plan, &map), 0);
        assert_in_range(now(), first_map_at, first_map_at + 100 * MS);
        end(NULL);
        begin(NULL);
    }
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    first_map_at = now() + 1000 * HZ;
    fake_behaviour.map = refuse_first_maps;
    uint64_t start = now();
    assert_int_equal(exit_look(firmware, &plan, &map), FAKE_NOT_READY);
    assert_in_range(now() - start, HZ, HZ + HZ / 10);
}

/* --- clocks -------------------------------------------------------------------------------------
 */

static uint64_t stopped(uint64_t ns)
{
    (void)ns;
    return 0x1234;
}

/* A hundred million rounds would fail the test. */
static void a_clock_that_stands_still_ends_it_with_every_attempt(void **state)
{
    (void)state;
    fake_behaviour.counter = stopped;
    assert_false(leave_a_firmware(1, UINT64_MAX / 2));
    assert_int_equal(plan.journal->outcome, EXIT_OUTCOME_ATTEMPTS);
    assert_int_equal(plan.journal->attempt_count, EXIT_ATTEMPTS_MAX);
}

static void a_firmware_that_counts_calls_needs_no_clock(void **state)
{
    (void)state;
    fake_behaviour.counter = stopped;
    set_failures(9, FAKE_INVALID_PARAMETER, grow_by_one);
    assert_true(leave());
    assert_left(10);
}

static uint64_t steps_back_at;

static uint64_t steps_back(uint64_t ns)
{
    return ns < steps_back_at ? ns : ns - steps_back_at;
}

/* Whenever it happens: the firmware is left as if it had not. */
static void a_clock_that_steps_back_loses_nothing(void **state)
{
    static const uint64_t after[] = {0, MS / 100, MS, 500 * MS, 2 * HZ, 4 * HZ};

    (void)state;
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        begin(NULL);
        assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
        assert_int_equal(exit_look(firmware, &plan, &map), 0);
        steps_back_at = now() + after[i];
        fake_behaviour.counter = steps_back;
        fake_behaviour.exit = refuse_exit_and_move;
        lets_go = 9 * HZ / 2;
        assert_true(exit_boot_services(firmware, &plan, &map));
        assert_final_map();
        for (uint32_t n = 1; n < plan.journal->attempt_count; n++)
            assert_true(plan.journal->attempts[n].ticks > plan.journal->attempts[n - 1].ticks);
        assert_in_range(plan.journal->ticks_end - plan.journal->ticks_begin, lets_go - MS,
                        lets_go + LONGEST_WAIT);
        end(NULL);
        begin(NULL);
    }
}

static uint64_t speed; /* tenths of the fake's */

static uint64_t faster(uint64_t ns)
{
    return ns * speed / 10;
}

/* No processor says its rate here, and they differ by a factor of 14: five seconds are five. */
static void the_limit_is_right_at_every_rate(void **state)
{
    static const struct acpi_timer timer = {0x608, 0xffffff};
    static const uint64_t speeds[] = {6, 10, 22, 35, 57, 84};

    (void)state;
    for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        begin(NULL);
        speed = speeds[i];
        fake_behaviour.counter = faster;
        fake_acpi_timer(&timer);
        options.clock = (struct arch_clock){.timer = timer, .look = {.width = UINT64_MAX}};
        assert_false(leave_a_firmware(1, 1000 * HZ));
        assert_in_range(now() - began, LIMIT - LIMIT / 20, LIMIT + LIMIT / 20);
        assert_in_range(plan.journal->ticks_hz, speed * (HZ / 10) / 20 * 19,
                        speed * (HZ / 10) / 20 * 21);
        end(NULL);
        begin(NULL);
    }
}

/* Nothing says the rate and nothing shows it: then rather too long than too short. */
static void unknown_clock_gets_a_generous_limit(void **state)
{
    (void)state;
    options.clock = (struct arch_clock){0};
    fake_behaviour.counter = faster;
    speed = 59;
    assert_false(leave_a_firmware(1, 1000 * HZ));
    assert_int_equal(plan.journal->ticks_hz, 0);
    assert_in_range(now() - began, LIMIT, LIMIT + LIMIT / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_firmware_that_needs_time_is_left),
        TEST(a_firmware_that_never_lets_go_takes_the_limit),
        TEST(the_entry_says_how_long),
        TEST(slow_calls_are_not_waited_between),
        TEST(slow_maps_that_fail_are_bounded),
        TEST(the_first_map_may_need_time_too),
        TEST(a_clock_that_stands_still_ends_it_with_every_attempt),
        TEST(a_firmware_that_counts_calls_needs_no_clock),
        TEST(a_clock_that_steps_back_loses_nothing),
        TEST(the_limit_is_right_at_every_rate),
        TEST(unknown_clock_gets_a_generous_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
