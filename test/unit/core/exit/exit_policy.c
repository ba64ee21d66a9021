/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/exit/exit_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ERROR_BIT         (1ULL << 63)
#define INVALID_PARAMETER (ERROR_BIT | 2)
#define BUFFER_TOO_SMALL  (ERROR_BIT | 5)
#define DEVICE_ERROR      (ERROR_BIT | 7)

static void judges_maps(void **state)
{
    static const struct {
        struct exit_map_answer answer;
        enum exit_answer expected;
    } cases[] = {
        {{0, 480, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_GOOD},
        {{0, 480, 480, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_GOOD},
        {{0, 400, 4096, 40, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_GOOD},
        {{0, 640, 4096, 64, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_GOOD},
        {{0, 48, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_GOOD},
        {{0, 481, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_RAGGED},
        {{0, 479, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_RAGGED},
        {{0, 480, 479, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, 480, 4096, 39, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, 480, 4096, 0, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, 0, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, 47, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, 480, 4096, UINT64_MAX, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{0, UINT64_MAX, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_MALFORMED},
        {{BUFFER_TOO_SMALL, 480, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_TOO_SMALL},
        {{DEVICE_ERROR, 480, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_REFUSED},
        {{INVALID_PARAMETER, 480, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_REFUSED},
        {{5, 480, 4096, 48, 0, 0, EXIT_GUARD_WHOLE}, EXIT_MAP_REFUSED}, /* a warning */
        {{0, 480, 4096, 48, 0, 0, EXIT_GUARD_SPILLED}, EXIT_MAP_SPILLED},
        {{0, 480, 4096, 48, 0, 0, EXIT_GUARD_BROKEN}, EXIT_MAP_OVERRUN},
        {{BUFFER_TOO_SMALL, 480, 4096, 48, 0, 0, EXIT_GUARD_SPILLED}, EXIT_MAP_SPILLED},
        {{BUFFER_TOO_SMALL, 480, 4096, 48, 0, 0, EXIT_GUARD_BROKEN}, EXIT_MAP_OVERRUN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(exit_judge_map(&cases[i].answer), cases[i].expected);
}

static void judges_exits(void **state)
{
    (void)state;
    assert_int_equal(exit_judge_exit(0, false, false), EXIT_SAID_LEFT);
    assert_int_equal(exit_judge_exit(0, true, true), EXIT_SAID_LEFT);
    assert_int_equal(exit_judge_exit(INVALID_PARAMETER, true, true), EXIT_LEFT_UNSAID);
    assert_int_equal(exit_judge_exit(1, true, false), EXIT_LEFT_UNSAID);
    assert_int_equal(exit_judge_exit(1, false, false), EXIT_REFUSED_MOVED);
    assert_int_equal(exit_judge_exit(INVALID_PARAMETER, false, false), EXIT_REFUSED_MOVED);
    assert_int_equal(exit_judge_exit(INVALID_PARAMETER, false, true), EXIT_REFUSED_STILL);
    assert_int_equal(exit_judge_exit(DEVICE_ERROR, false, true), EXIT_REFUSED_STILL);
}

/* Feeds an answer without the time being over. */
static struct exit_decision answer_with(struct exit_policy *policy, enum exit_answer answer)
{
    return exit_policy_next(policy, answer, false);
}

static void good_map_is_followed_by_exit(void **state)
{
    struct exit_policy policy = {0};

    (void)state;
    assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
    /* Even when there is no time left: the map is here, the call is quick. */
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_GOOD, true).action, EXIT_DO_EXIT);
}

static void leaving_finishes(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision = exit_policy_next(&policy, EXIT_SAID_LEFT, true);

    (void)state;
    assert_int_equal(decision.action, EXIT_DO_FINISH);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_LEFT);
    decision = exit_policy_next(&policy, EXIT_LEFT_UNSAID, true);
    assert_int_equal(decision.action, EXIT_DO_FINISH);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_LEFT_UNSAID);
    assert_false(decision.wait);
}

static void each_bad_map_goes_to_the_reserve_and_stays_there(void **state)
{
    static const enum exit_answer bad[] = {EXIT_MAP_TOO_SMALL, EXIT_MAP_REFUSED, EXIT_MAP_MALFORMED,
                                           EXIT_MAP_SPILLED, EXIT_MAP_RAGGED};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct exit_policy policy = {0};

        assert_int_equal(answer_with(&policy, bad[i]).action, EXIT_DO_GET_MAP_RESERVE);
        assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
        assert_int_equal(answer_with(&policy, EXIT_REFUSED_MOVED).action, EXIT_DO_GET_MAP_RESERVE);
    }
}

static void bad_maps_are_bounded(void **state)
{
    static const enum exit_answer bad[] = {EXIT_MAP_TOO_SMALL, EXIT_MAP_REFUSED,
                                           EXIT_MAP_MALFORMED};
    struct exit_policy policy = {0};
    struct exit_decision decision = {0};

    (void)state;
    for (unsigned int i = 0; i < EXIT_MAP_CALLS_MAX; i++) {
        assert_int_not_equal(decision.action, EXIT_DO_GIVE_UP);
        decision = answer_with(&policy, bad[i % 3]); /* all count together */
    }
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_MAP);
}

static void bad_maps_are_counted_anew_for_each_attempt(void **state)
{
    struct exit_policy policy = {0};

    (void)state;
    for (unsigned int round = 0; round < 3; round++) {
        for (unsigned int i = 0; i < EXIT_MAP_CALLS_MAX - 1; i++)
            assert_int_equal(answer_with(&policy, EXIT_MAP_TOO_SMALL).action,
                             EXIT_DO_GET_MAP_RESERVE);
        assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
        answer_with(&policy, EXIT_REFUSED_MOVED);
    }
}

static void spills_end_as_overrun(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision = {0};

    (void)state;
    for (unsigned int i = 0; i < EXIT_MAP_CALLS_MAX; i++)
        decision = answer_with(&policy, EXIT_MAP_SPILLED);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_OVERRUN);
    policy = (struct exit_policy){0};
    decision = answer_with(&policy, EXIT_MAP_OVERRUN);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_OVERRUN);
}

static void ragged_map_is_taken_in_the_end(void **state)
{
    struct exit_policy policy = {0};

    (void)state;
    for (unsigned int i = 0; i < EXIT_RAGGED_MAX - 1; i++)
        assert_int_equal(answer_with(&policy, EXIT_MAP_RAGGED).action, EXIT_DO_GET_MAP_RESERVE);
    assert_int_equal(answer_with(&policy, EXIT_MAP_RAGGED).action, EXIT_DO_EXIT);
    answer_with(&policy, EXIT_REFUSED_MOVED);
    assert_int_equal(answer_with(&policy, EXIT_MAP_RAGGED).action, EXIT_DO_GET_MAP_RESERVE);
}

/* Refuses until the end and returns how many exits that took. */
static unsigned int refuse(struct exit_policy *policy, enum exit_answer answer,
                           struct exit_decision *ret_decision)
{
    unsigned int exits = 0;

    do {
        assert_int_equal(answer_with(policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
        exits++;
        assert_in_range(exits, 1, EXIT_ATTEMPTS_MAX); /* a loop without end has to end here */
        *ret_decision = answer_with(policy, exits == 1 ? EXIT_REFUSED_MOVED : answer);
    } while (ret_decision->action == EXIT_DO_GET_MAP_PRIMARY);
    return exits;
}

static void attempts_are_bounded(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision;

    (void)state;
    assert_int_equal(refuse(&policy, EXIT_REFUSED_MOVED, &decision), EXIT_ATTEMPTS_MAX);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_ATTEMPTS);
}

static void stuck_firmware_gets_every_attempt_too(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision;

    (void)state;
    assert_int_equal(refuse(&policy, EXIT_REFUSED_STILL, &decision), EXIT_ATTEMPTS_MAX);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_STUCK);
    assert_false(decision.wait);
}

static void only_a_stuck_firmware_is_waited_for(void **state)
{
    struct exit_policy policy = {0};

    (void)state;
    assert_false(answer_with(&policy, EXIT_REFUSED_MOVED).wait);
    for (unsigned int still = 2; still < 10; still++)
        assert_int_equal(answer_with(&policy, EXIT_REFUSED_STILL).wait, still >= EXIT_STUCK_AFTER);
    assert_false(answer_with(&policy, EXIT_MAP_TOO_SMALL).wait);
    assert_false(answer_with(&policy, EXIT_REFUSED_MOVED).wait); /* progress: start over */
    assert_false(answer_with(&policy, EXIT_REFUSED_STILL).wait);
}

/* Stuck for long, but at the end something moved: not stuck. */
static void movement_at_the_end_is_not_stuck(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision = {0};

    (void)state;
    for (unsigned int i = 1; i < EXIT_ATTEMPTS_MAX; i++)
        answer_with(&policy, EXIT_REFUSED_STILL);
    decision = answer_with(&policy, EXIT_REFUSED_MOVED);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_ATTEMPTS);
}

static void time_ends_it_but_not_before_some_attempts(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision;

    (void)state;
    for (unsigned int i = 1; i < EXIT_ATTEMPTS_BEFORE_TIME; i++) {
        decision = exit_policy_next(&policy, EXIT_REFUSED_MOVED, true);
        assert_int_equal(decision.action, EXIT_DO_GET_MAP_PRIMARY);
    }
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_TOO_SMALL, true).action,
                     EXIT_DO_GET_MAP_RESERVE);
    decision = exit_policy_next(&policy, EXIT_REFUSED_MOVED, true);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_TIME);
}

static void time_that_ends_a_stuck_firmware_says_stuck(void **state)
{
    struct exit_policy policy = {0};
    struct exit_decision decision;

    (void)state;
    answer_with(&policy, EXIT_REFUSED_MOVED);
    for (unsigned int i = 0; i < EXIT_STUCK_AFTER; i++)
        decision = answer_with(&policy, EXIT_REFUSED_STILL);
    decision = exit_policy_next(&policy, EXIT_REFUSED_STILL, true);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_STUCK);
}

static void time_ends_failing_maps_too(void **state)
{
    struct exit_policy policy = {.attempts = EXIT_ATTEMPTS_BEFORE_TIME};
    struct exit_decision decision = exit_policy_next(&policy, EXIT_MAP_REFUSED, true);

    (void)state;
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_TIME);
}

static bool is_for_map(enum exit_answer answer)
{
    return answer <= EXIT_MAP_OVERRUN;
}

static bool asks_for_map(enum exit_action action)
{
    return action == EXIT_DO_GET_MAP_PRIMARY || action == EXIT_DO_GET_MAP_RESERVE;
}

static uint32_t next_random(void)
{
    static uint32_t random = 1;

    random = random * 1664525 + 1013904223;
    return random >> 16;
}

/* An answer of the kind that was asked for; those that end everything are rare. */
static enum exit_answer any_answer(enum exit_action asked)
{
    for (;;) {
        enum exit_answer answer = (enum exit_answer)(next_random() % EXIT_ANSWERS);
        bool ends =
            answer == EXIT_SAID_LEFT || answer == EXIT_LEFT_UNSAID || answer == EXIT_MAP_OVERRUN;

        if (is_for_map(answer) == asks_for_map(asked) && (!ends || next_random() % 64 == 0))
            return answer;
    }
}

/* Answers in any order a firmware could give them. */
static void every_sequence_ends_and_keeps_the_bounds(void **state)
{
    (void)state;
    for (unsigned int round = 0; round < 10000; round++) {
        struct exit_policy policy = {0};
        struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
        unsigned int maps = 0;
        unsigned int exits = 0;

        while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
            enum exit_answer answer = any_answer(decision.action);

            maps += is_for_map(answer);
            exits += !is_for_map(answer);
            decision = exit_policy_next(&policy, answer, false);
            if (decision.action == EXIT_DO_EXIT)
                assert_true(answer == EXIT_MAP_GOOD || answer == EXIT_MAP_RAGGED);
            if (decision.action == EXIT_DO_FINISH)
                assert_true(answer == EXIT_SAID_LEFT || answer == EXIT_LEFT_UNSAID);
            assert_int_equal(decision.outcome == EXIT_OUTCOME_PENDING,
                             decision.action != EXIT_DO_FINISH &&
                                 decision.action != EXIT_DO_GIVE_UP);
        }
        assert_in_range(exits, 0, EXIT_ATTEMPTS_MAX);
        assert_in_range(maps, 1, EXIT_ATTEMPTS_MAX * (EXIT_MAP_CALLS_MAX + EXIT_RAGGED_MAX));
    }
}

static void every_answer_has_a_rule(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < EXIT_ANSWERS; i++) {
        const struct exit_rule *rule = &exit_rules[i];

        if (rule->counts == EXIT_COUNT_NOTHING)
            assert_int_equal(rule->action, rule->exhausted);
        if (rule->action == EXIT_DO_FINISH || rule->exhausted == EXIT_DO_GIVE_UP)
            assert_int_not_equal(rule->outcome, EXIT_OUTCOME_PENDING);
        /* What asks again must be counted, or it could go on for ever. */
        if (asks_for_map(rule->action))
            assert_int_not_equal(rule->counts, EXIT_COUNT_NOTHING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_maps),
        cmocka_unit_test(judges_exits),
        cmocka_unit_test(good_map_is_followed_by_exit),
        cmocka_unit_test(leaving_finishes),
        cmocka_unit_test(each_bad_map_goes_to_the_reserve_and_stays_there),
        cmocka_unit_test(bad_maps_are_bounded),
        cmocka_unit_test(bad_maps_are_counted_anew_for_each_attempt),
        cmocka_unit_test(spills_end_as_overrun),
        cmocka_unit_test(ragged_map_is_taken_in_the_end),
        cmocka_unit_test(attempts_are_bounded),
        cmocka_unit_test(stuck_firmware_gets_every_attempt_too),
        cmocka_unit_test(only_a_stuck_firmware_is_waited_for),
        cmocka_unit_test(movement_at_the_end_is_not_stuck),
        cmocka_unit_test(time_ends_it_but_not_before_some_attempts),
        cmocka_unit_test(time_that_ends_a_stuck_firmware_says_stuck),
        cmocka_unit_test(time_ends_failing_maps_too),
        cmocka_unit_test(every_sequence_ends_and_keeps_the_bounds),
        cmocka_unit_test(every_answer_has_a_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
