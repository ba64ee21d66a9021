/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exit's decisions against a firmware that answers anything and takes any time. Input: the
 * limit, when it lets go, then answers; when they are used up they begin again, for the firmware
 * never stops refusing on its own.
 */
#include "core/exit/exit_policy.h"

#include "fuzz/fuzz.h"

#define STEPS_MAX (EXIT_ATTEMPTS_MAX * (EXIT_MAP_CALLS_MAX + EXIT_RAGGED_MAX + 1) + 1)

static bool asks_for_map(enum exit_action action)
{
    return action == EXIT_DO_GET_MAP_PRIMARY || action == EXIT_DO_GET_MAP_RESERVE;
}

/* An answer of the service that was called, as the judges make it of what came back. */
static enum exit_answer answer_of(enum exit_action action, uint64_t roll)
{
    static const uint64_t statuses[] = {0, 0, 0, 1ULL << 63 | 2, 1ULL << 63 | 5, 1ULL << 63 | 6, 4};
    static const uint64_t sizes[] = {4800, 4816, 0, 10, 48, 100000, UINT64_MAX};
    static const uint64_t strides[] = {48, 0, 39, 40, UINT64_MAX};
    const struct exit_map_answer facts = {
        .status = statuses[roll % 7],
        .size = sizes[roll / 7 % 7],
        .capacity = 8192,
        .descriptor_size = strides[roll / 49 % 5],
        .guard = roll % 31 == 0   ? EXIT_GUARD_SPILLED
                 : roll % 97 == 0 ? EXIT_GUARD_BROKEN
                                  : EXIT_GUARD_WHOLE,
    };

    if (action == EXIT_DO_EXIT)
        return exit_judge_exit(roll % 64 == 9 ? 0 : statuses[3 + roll % 4], roll % 64 == 10,
                               roll % 3 == 0);
    enum exit_answer answer = exit_judge_map(&facts);
    if (answer == EXIT_MAP_GOOD || answer == EXIT_MAP_RAGGED)
        REQUIRE(facts.status == 0 && facts.size <= facts.capacity && facts.descriptor_size >= 40 &&
                facts.size >= facts.descriptor_size && facts.guard == EXIT_GUARD_WHOLE);
    REQUIRE(answer != EXIT_MAP_GOOD || facts.size % facts.descriptor_size == 0);
    return answer;
}

static void require_decision(struct exit_decision decision, enum exit_answer answer, uint64_t limit,
                             uint64_t began)
{
    bool over = decision.action == EXIT_DO_FINISH || decision.action == EXIT_DO_GIVE_UP;

    REQUIRE(over == (decision.outcome != EXIT_OUTCOME_PENDING));
    REQUIRE((decision.action == EXIT_DO_FINISH) ==
            (answer == EXIT_SAID_LEFT || answer == EXIT_LEFT_UNSAID));
    /* An exit only with a map that the firmware has just given and that is one. */
    REQUIRE(decision.action != EXIT_DO_EXIT || answer == EXIT_MAP_GOOD ||
            answer == EXIT_MAP_RAGGED);
    REQUIRE(answer != EXIT_MAP_GOOD || decision.action == EXIT_DO_EXIT);
    REQUIRE(answer != EXIT_MAP_OVERRUN || decision.outcome == EXIT_OUTCOME_OVERRUN);
    /* Nothing but damage ends it sooner. */
    REQUIRE(decision.action != EXIT_DO_GIVE_UP || answer == EXIT_MAP_OVERRUN || began >= limit);
    REQUIRE(decision.due <= limit && (decision.due == 0 || asks_for_map(decision.action)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct exit_policy policy = {.limit = 1 + take(&input, 5)};
    uint64_t lets_go = take(&input, 5) % (2 * policy.limit);
    uint64_t now = 0;
    uint64_t began = 0;
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    unsigned int steps = 0;
    unsigned int exits = 0;
    unsigned int maps = 0; /* since the last exit */
    bool reserve = false;

    while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
        if (input.left == 0)
            input = (struct input){data, size};
        uint64_t roll = take(&input, 2);
        enum exit_answer answer = answer_of(decision.action, roll & 0x7fff);

        if (decision.action != EXIT_DO_EXIT)
            began = now = decision.due > now ? decision.due : now;
        if (now >= lets_go && answer != EXIT_MAP_OVERRUN)
            answer = decision.action == EXIT_DO_EXIT ? EXIT_SAID_LEFT : EXIT_MAP_GOOD;
        if ((roll & 0x8000) != 0)
            now += take(&input, 4);

        REQUIRE(decision.action != EXIT_DO_GET_MAP_PRIMARY || !reserve); /* never back to it */
        reserve |= decision.action == EXIT_DO_GET_MAP_RESERVE;
        maps = asks_for_map(decision.action) ? maps + 1 : 0;
        exits += decision.action == EXIT_DO_EXIT;
        REQUIRE(++steps <= STEPS_MAX && exits <= EXIT_ATTEMPTS_MAX);
        REQUIRE(maps <= EXIT_MAP_CALLS_MAX + EXIT_RAGGED_MAX);
        decision = exit_policy_next(&policy, answer, began);
        require_decision(decision, answer, policy.limit, began);
        REQUIRE(decision.outcome != EXIT_OUTCOME_TIME || exits >= EXIT_ATTEMPTS_BEFORE_TIME ||
                maps >= EXIT_MAP_CALLS_BEFORE_TIME);
        /* Whoever lets go within the limit is left. */
        REQUIRE(decision.action != EXIT_DO_GIVE_UP || answer == EXIT_MAP_OVERRUN ||
                lets_go > policy.limit);
        REQUIRE(decision.outcome != EXIT_OUTCOME_ATTEMPTS || exits == EXIT_ATTEMPTS_MAX);
    }
    return 0;
}
