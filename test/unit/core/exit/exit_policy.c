/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/exit/exit_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT 5000000000ULL /* ticks */

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

/* Feeds an answer at the beginning. */
static struct exit_decision answer_with(struct exit_policy *policy, enum exit_answer answer)
{
    return exit_policy_next(policy, answer, 0);
}

static void good_map_is_followed_by_exit(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};

    (void)state;
    assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
    /* Even when there is no time left: the map is here, the call is quick. */
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_GOOD, LIMIT).action, EXIT_DO_EXIT);
}

static void leaving_finishes(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision = exit_policy_next(&policy, EXIT_SAID_LEFT, LIMIT);

    (void)state;
    assert_int_equal(decision.action, EXIT_DO_FINISH);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_LEFT);
    decision = exit_policy_next(&policy, EXIT_LEFT_UNSAID, LIMIT);
    assert_int_equal(decision.action, EXIT_DO_FINISH);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_LEFT_UNSAID);
}

static void each_bad_map_goes_to_the_reserve_and_stays_there(void **state)
{
    static const enum exit_answer bad[] = {EXIT_MAP_TOO_SMALL, EXIT_MAP_REFUSED, EXIT_MAP_MALFORMED,
                                           EXIT_MAP_SPILLED, EXIT_MAP_RAGGED};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct exit_policy policy = {.limit = LIMIT};

        assert_int_equal(answer_with(&policy, bad[i]).action, EXIT_DO_GET_MAP_RESERVE);
        assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).action, EXIT_DO_EXIT);
        assert_int_equal(answer_with(&policy, EXIT_REFUSED_MOVED).action, EXIT_DO_GET_MAP_RESERVE);
    }
}

static void bad_maps_are_bounded(void **state)
{
    static const enum exit_answer bad[] = {EXIT_MAP_TOO_SMALL, EXIT_MAP_REFUSED,
                                           EXIT_MAP_MALFORMED};
    struct exit_policy policy = {.limit = LIMIT};
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
    struct exit_policy policy = {.limit = LIMIT};

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
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision = {0};

    (void)state;
    for (unsigned int i = 0; i < EXIT_MAP_CALLS_MAX; i++)
        decision = answer_with(&policy, EXIT_MAP_SPILLED);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_OVERRUN);
    policy = (struct exit_policy){.limit = LIMIT};
    decision = answer_with(&policy, EXIT_MAP_OVERRUN);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_OVERRUN);
}

static void ragged_map_is_taken_in_the_end(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};

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
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision;

    (void)state;
    assert_int_equal(refuse(&policy, EXIT_REFUSED_MOVED, &decision), EXIT_ATTEMPTS_MAX);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_ATTEMPTS);
}

static void stuck_firmware_gets_every_attempt_too(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision;

    (void)state;
    assert_int_equal(refuse(&policy, EXIT_REFUSED_STILL, &decision), EXIT_ATTEMPTS_MAX);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_STUCK);
}

/* --- when --------------------------------------------------------------------------------------
 */

/* The first tries at once; the others later and later, the last when the limit is reached. */
static void tries_are_spread_over_the_limit(void **state)
{
    static const enum exit_answer answers[] = {EXIT_REFUSED_MOVED, EXIT_REFUSED_STILL,
                                               EXIT_MAP_TOO_SMALL, EXIT_MAP_REFUSED,
                                               EXIT_MAP_MALFORMED, EXIT_MAP_SPILLED};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        uint32_t bound = i < 2 ? EXIT_ATTEMPTS_MAX : EXIT_MAP_CALLS_MAX;
        struct exit_policy policy = {.limit = LIMIT};
        uint64_t wait = 0;
        uint64_t due = 0;

        for (uint32_t n = 1; n < bound; n++) {
            struct exit_decision decision = answer_with(&policy, answers[i]);

            assert_int_not_equal(decision.action, EXIT_DO_GIVE_UP);
            if (n < EXIT_TRIES_AT_ONCE) {
                assert_int_equal(decision.due, 0);
                continue;
            }
            assert_true(decision.due > due);
            assert_true(decision.due - due + 1000 > wait); /* what a division leaves */
            wait = decision.due - due;
            due = decision.due;
            if (n == EXIT_TRIES_AT_ONCE)
                assert_in_range(due, LIMIT / 4000, LIMIT / 500);
        }
        assert_true(due == LIMIT);
        assert_in_range(wait, 1, LIMIT / 10);
        assert_int_equal(answer_with(&policy, answers[i]).action, EXIT_DO_GIVE_UP);
    }
}

/* A map that is good is used at once, and one that is nearly good is asked for again at once. */
static void nothing_is_waited_for_with_a_map_in_hand(void **state)
{
    struct exit_policy policy = {.limit = LIMIT, .attempts = 40, .map_calls = 20};

    (void)state;
    assert_int_equal(answer_with(&policy, EXIT_MAP_RAGGED).due, 0);
    assert_int_equal(answer_with(&policy, EXIT_MAP_GOOD).due, 0);
}

static void any_limit_is_exact(void **state)
{
    static const uint64_t limits[] = {1, 59, 3599, 3601, 1000000, 600 * 6000000000ULL};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct exit_policy policy = {.limit = limits[i], .attempts = EXIT_ATTEMPTS_MAX - 2};
        struct exit_policy maps = {.limit = limits[i], .map_calls = EXIT_MAP_CALLS_MAX - 2};

        assert_true(answer_with(&policy, EXIT_REFUSED_MOVED).due == limits[i]);
        assert_true(answer_with(&maps, EXIT_MAP_REFUSED).due == limits[i]);
        policy.attempts = EXIT_ATTEMPTS_MAX / 2;
        assert_true(answer_with(&policy, EXIT_REFUSED_MOVED).due <= limits[i]);
    }
}

/*
 * A firmware on a clock: until it lets go each call refuses, in ways of its own, and takes its
 * time. Plays the loop of src/efi/exit/exit_loop.c; returns the outcome and when it came.
 */
struct play {
    uint64_t lets_go;   /* from when on every call succeeds */
    uint64_t map_takes; /* a call */
    uint64_t exit_takes;
    enum exit_answer (*refusal)(enum exit_action action, unsigned int call);
    uint64_t end;       /* when it was over */
    unsigned int exits; /* how many were called */
};

static enum exit_outcome play(struct play *game)
{
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    uint64_t now = 0;
    uint64_t began = 0;

    for (unsigned int call = 0; decision.outcome == EXIT_OUTCOME_PENDING; call++) {
        bool exits = decision.action == EXIT_DO_EXIT;
        enum exit_answer answer = exits ? EXIT_SAID_LEFT : EXIT_MAP_GOOD;

        if (!exits) {
            now = decision.due > now ? decision.due : now;
            began = now;
        }
        if (now < game->lets_go)
            answer = game->refusal(decision.action, call);
        now += exits ? game->exit_takes : game->map_takes;
        game->exits += exits;
        decision = exit_policy_next(&policy, answer, began);
    }
    game->end = now;
    return decision.outcome;
}

static enum exit_answer exit_moves(enum exit_action action, unsigned int call)
{
    (void)call;
    return action == EXIT_DO_EXIT ? EXIT_REFUSED_MOVED : EXIT_MAP_GOOD;
}

static enum exit_answer exit_is_still(enum exit_action action, unsigned int call)
{
    (void)call;
    return action == EXIT_DO_EXIT ? EXIT_REFUSED_STILL : EXIT_MAP_GOOD;
}

static enum exit_answer map_is_refused(enum exit_action action, unsigned int call)
{
    (void)call;
    return action == EXIT_DO_EXIT ? EXIT_REFUSED_MOVED : EXIT_MAP_REFUSED;
}

static enum exit_answer map_is_ragged(enum exit_action action, unsigned int call)
{
    (void)call;
    return action == EXIT_DO_EXIT ? EXIT_REFUSED_MOVED : EXIT_MAP_RAGGED;
}

static enum exit_answer both_in_turn(enum exit_action action, unsigned int call)
{
    if (action == EXIT_DO_EXIT)
        return call % 3 == 0 ? EXIT_REFUSED_STILL : EXIT_REFUSED_MOVED;
    return call % 5 == 0 ? EXIT_MAP_GOOD : call % 5 == 1 ? EXIT_MAP_RAGGED : EXIT_MAP_TOO_SMALL;
}

static enum exit_answer (*const refusals[])(enum exit_action action, unsigned int call) = {
    exit_moves, exit_is_still, map_is_refused, map_is_ragged, both_in_turn};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

/* At any time within the limit, with quick calls or slow ones. */
static void a_firmware_that_needs_time_is_left(void **state)
{
    static const uint64_t takes[] = {0, LIMIT / 50000, LIMIT / 100, LIMIT / 5, LIMIT * 3};

    (void)state;
    for (size_t i = 0; i < REFUSALS * 5; i++)
        for (uint64_t percent = 0; percent <= 100; percent++) {
            uint64_t each = takes[i / REFUSALS];
            struct play game = {.lets_go = LIMIT / 100 * percent,
                                .map_takes = each / 3,
                                .exit_takes = each,
                                .refusal = refusals[i % REFUSALS]};

            assert_int_equal(play(&game), EXIT_OUTCOME_LEFT);
            if (each == 0) /* and soon: the waits are short */
                assert_in_range(game.end, game.lets_go, game.lets_go + LIMIT / 10);
        }
}

/* One that never does is given up when the limit is reached: not sooner, not later. */
static void a_firmware_that_never_lets_go_takes_the_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSALS; i++) {
        struct play game = {
            .lets_go = UINT64_MAX, .map_takes = 10, .exit_takes = 10, .refusal = refusals[i]};
        enum exit_outcome outcome = play(&game);

        assert_true(outcome >= EXIT_OUTCOME_ATTEMPTS);
        assert_in_range(game.end, LIMIT, LIMIT + LIMIT / 1000);
    }
}

/* Slow calls: the last is one that began when the limit was over, and no more than a few are made
 * beyond it. */
static void slow_calls_are_bounded(void **state)
{
    static const uint64_t takes[] = {LIMIT / 5, LIMIT, 10 * LIMIT};

    (void)state;
    for (size_t i = 0; i < REFUSALS * 3; i++) {
        uint64_t each = takes[i / REFUSALS];
        struct play game = {.lets_go = UINT64_MAX,
                            .map_takes = each,
                            .exit_takes = each,
                            .refusal = refusals[i % REFUSALS]};

        assert_true(play(&game) >= EXIT_OUTCOME_ATTEMPTS);
        assert_in_range(game.end, LIMIT,
                        each * 9 * EXIT_ATTEMPTS_BEFORE_TIME * EXIT_MAP_CALLS_BEFORE_TIME);
        if (refusals[i % REFUSALS] == exit_moves)
            assert_in_range(game.exits, EXIT_ATTEMPTS_BEFORE_TIME, 6);
    }
}

/* Stuck for long, but at the end something moved: not stuck. */
static void movement_at_the_end_is_not_stuck(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};
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
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision;

    (void)state;
    for (unsigned int i = 1; i < EXIT_ATTEMPTS_BEFORE_TIME; i++) {
        decision = exit_policy_next(&policy, EXIT_REFUSED_MOVED, LIMIT);
        assert_int_equal(decision.action, EXIT_DO_GET_MAP_PRIMARY);
    }
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_TOO_SMALL, LIMIT).action,
                     EXIT_DO_GET_MAP_RESERVE);
    decision = exit_policy_next(&policy, EXIT_REFUSED_MOVED, LIMIT);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_TIME);
}

static void time_that_ends_a_stuck_firmware_says_stuck(void **state)
{
    struct exit_policy policy = {.limit = LIMIT};
    struct exit_decision decision;

    (void)state;
    answer_with(&policy, EXIT_REFUSED_MOVED);
    for (unsigned int i = 0; i < EXIT_STUCK_AFTER; i++)
        decision = answer_with(&policy, EXIT_REFUSED_STILL);
    decision = exit_policy_next(&policy, EXIT_REFUSED_STILL, LIMIT);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_STUCK);
}

static void time_ends_failing_maps_too(void **state)
{
    struct exit_policy policy = {.limit = LIMIT, .attempts = EXIT_ATTEMPTS_BEFORE_TIME};
    struct exit_decision decision = exit_policy_next(&policy, EXIT_MAP_REFUSED, LIMIT - 1);

    (void)state;
    assert_int_equal(decision.action, EXIT_DO_GET_MAP_RESERVE);
    decision = exit_policy_next(&policy, EXIT_MAP_REFUSED, LIMIT);
    assert_int_equal(decision.action, EXIT_DO_GIVE_UP);
    assert_int_equal(decision.outcome, EXIT_OUTCOME_TIME);
    policy = (struct exit_policy){.limit = LIMIT};
    for (unsigned int i = 1; i < EXIT_MAP_CALLS_BEFORE_TIME; i++)
        assert_int_equal(exit_policy_next(&policy, EXIT_MAP_REFUSED, LIMIT).action,
                         EXIT_DO_GET_MAP_RESERVE);
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_REFUSED, LIMIT).outcome, EXIT_OUTCOME_TIME);
}

/* There is no time to ask for a better one, and with this one the exit may work. */
static void a_ragged_map_is_taken_when_time_is_over(void **state)
{
    struct exit_policy policy = {.limit = LIMIT, .attempts = EXIT_ATTEMPTS_BEFORE_TIME};

    (void)state;
    assert_int_equal(exit_policy_next(&policy, EXIT_MAP_RAGGED, LIMIT).action, EXIT_DO_EXIT);
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
        struct exit_policy policy = {.limit = LIMIT};
        struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
        unsigned int maps = 0;
        unsigned int exits = 0;

        while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
            enum exit_answer answer = any_answer(decision.action);

            maps += is_for_map(answer);
            exits += !is_for_map(answer);
            decision = exit_policy_next(&policy, answer, 0);
            assert_true(decision.due <= LIMIT);
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
        cmocka_unit_test(tries_are_spread_over_the_limit),
        cmocka_unit_test(nothing_is_waited_for_with_a_map_in_hand),
        cmocka_unit_test(any_limit_is_exact),
        cmocka_unit_test(a_firmware_that_needs_time_is_left),
        cmocka_unit_test(a_firmware_that_never_lets_go_takes_the_limit),
        cmocka_unit_test(slow_calls_are_bounded),
        cmocka_unit_test(movement_at_the_end_is_not_stuck),
        cmocka_unit_test(time_ends_it_but_not_before_some_attempts),
        cmocka_unit_test(time_that_ends_a_stuck_firmware_says_stuck),
        cmocka_unit_test(time_ends_failing_maps_too),
        cmocka_unit_test(a_ragged_map_is_taken_when_time_is_over),
        cmocka_unit_test(every_sequence_ends_and_keeps_the_bounds),
        cmocka_unit_test(every_answer_has_a_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
