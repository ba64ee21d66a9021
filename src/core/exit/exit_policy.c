/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/exit/exit_policy.h"

#include "core/base/efi_status.h"

/*
 * Whatever a GetMemoryMap that is not good was, the next one goes into the large buffer: it can
 * only be better there. EXIT_MAP_TOO_SMALL is repeated there too, because firmware exists that says
 * so although the map fits (U-Boot before commit b61d857b2f; found by fault injection in others).
 */
const struct exit_rule exit_rules[EXIT_ANSWERS] = {
    [EXIT_MAP_GOOD] = {EXIT_COUNT_NOTHING, EXIT_DO_EXIT, EXIT_DO_EXIT, EXIT_OUTCOME_PENDING},
    [EXIT_MAP_RAGGED] = {EXIT_COUNT_RAGGED, EXIT_DO_GET_MAP_RESERVE, EXIT_DO_EXIT,
                         EXIT_OUTCOME_PENDING},
    [EXIT_MAP_TOO_SMALL] = {EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE, EXIT_DO_GIVE_UP,
                            EXIT_OUTCOME_MAP},
    [EXIT_MAP_REFUSED] = {EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE, EXIT_DO_GIVE_UP,
                          EXIT_OUTCOME_MAP},
    [EXIT_MAP_MALFORMED] = {EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE, EXIT_DO_GIVE_UP,
                            EXIT_OUTCOME_MAP},
    [EXIT_MAP_SPILLED] = {EXIT_COUNT_MAP_CALLS, EXIT_DO_GET_MAP_RESERVE, EXIT_DO_GIVE_UP,
                          EXIT_OUTCOME_OVERRUN},
    [EXIT_MAP_OVERRUN] = {EXIT_COUNT_NOTHING, EXIT_DO_GIVE_UP, EXIT_DO_GIVE_UP,
                          EXIT_OUTCOME_OVERRUN},
    [EXIT_SAID_LEFT] = {EXIT_COUNT_NOTHING, EXIT_DO_FINISH, EXIT_DO_FINISH, EXIT_OUTCOME_LEFT},
    [EXIT_LEFT_UNSAID] = {EXIT_COUNT_NOTHING, EXIT_DO_FINISH, EXIT_DO_FINISH,
                          EXIT_OUTCOME_LEFT_UNSAID},
    [EXIT_REFUSED_MOVED] = {EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY, EXIT_DO_GIVE_UP,
                            EXIT_OUTCOME_ATTEMPTS},
    [EXIT_REFUSED_STILL] = {EXIT_COUNT_ATTEMPTS, EXIT_DO_GET_MAP_PRIMARY, EXIT_DO_GIVE_UP,
                            EXIT_OUTCOME_ATTEMPTS},
};

static bool count_reaches_bound(struct exit_policy *policy, enum exit_count counts)
{
    switch (counts) {
    case EXIT_COUNT_MAP_CALLS:
        return ++policy->map_calls >= EXIT_MAP_CALLS_MAX;
    case EXIT_COUNT_RAGGED:
        return ++policy->ragged >= EXIT_RAGGED_MAX;
    case EXIT_COUNT_ATTEMPTS:
        return ++policy->attempts >= EXIT_ATTEMPTS_MAX;
    case EXIT_COUNT_NOTHING:
        break;
    }
    return false;
}

/*
 * When the next try is due after `failures` of at most `bound` tries. With n waits left at the
 * start, k of them taken, the (k/n)^2-th part of the limit: exact at its end.
 */
static uint64_t due_after(uint64_t limit, uint32_t failures, uint32_t bound)
{
    uint64_t waits = bound - EXIT_TRIES_AT_ONCE;
    uint64_t ahead = bound - 1 - failures; /* waits after this one */

    if (failures < EXIT_TRIES_AT_ONCE)
        return 0;
    return limit - limit / (waits * waits) * (ahead * (2 * waits - ahead));
}

/* Time that is over ends what has been tried a few times. */
static bool out_of_time(const struct exit_policy *policy, uint64_t began)
{
    return began >= policy->limit && (policy->attempts >= EXIT_ATTEMPTS_BEFORE_TIME ||
                                      policy->map_calls >= EXIT_MAP_CALLS_BEFORE_TIME);
}

struct exit_decision exit_policy_next(struct exit_policy *policy, enum exit_answer answer,
                                      uint64_t began)
{
    const struct exit_rule *rule = &exit_rules[answer];
    bool exhausted = count_reaches_bound(policy, rule->counts);
    bool other_way = exhausted || out_of_time(policy, began);
    struct exit_decision decision = {
        .action = other_way ? rule->exhausted : rule->action,
        .outcome = EXIT_OUTCOME_PENDING,
    };

    if (answer == EXIT_REFUSED_MOVED)
        policy->still = 1;
    if (answer == EXIT_REFUSED_STILL)
        policy->still++;

    if (decision.action == EXIT_DO_EXIT) {
        policy->map_calls = 0;
        policy->ragged = 0;
        return decision;
    }
    if (decision.action == EXIT_DO_GET_MAP_RESERVE)
        policy->use_reserve = true;
    if (decision.action == EXIT_DO_GET_MAP_PRIMARY && policy->use_reserve)
        decision.action = EXIT_DO_GET_MAP_RESERVE;

    if (decision.action == EXIT_DO_GIVE_UP || decision.action == EXIT_DO_FINISH) {
        decision.outcome =
            exhausted || rule->action == rule->exhausted ? rule->outcome : EXIT_OUTCOME_TIME;
    } else if (rule->counts == EXIT_COUNT_ATTEMPTS) {
        decision.due = due_after(policy->limit, policy->attempts, EXIT_ATTEMPTS_MAX);
    } else if (rule->counts == EXIT_COUNT_MAP_CALLS) {
        decision.due = due_after(policy->limit, policy->map_calls, EXIT_MAP_CALLS_MAX);
    }
    if ((decision.outcome == EXIT_OUTCOME_ATTEMPTS || decision.outcome == EXIT_OUTCOME_TIME) &&
        policy->still >= EXIT_STUCK_AFTER)
        decision.outcome = EXIT_OUTCOME_STUCK;
    return decision;
}

enum exit_answer exit_judge_map(const struct exit_map_answer *answer)
{
    const struct memory_map map = {.size = answer->size,
                                   .descriptor_size = answer->descriptor_size};

    /* Before the status: bytes behind the buffer tell more than what the firmware says. */
    if (answer->guard == EXIT_GUARD_BROKEN)
        return EXIT_MAP_OVERRUN;
    if (answer->guard == EXIT_GUARD_SPILLED)
        return EXIT_MAP_SPILLED;
    if (answer->status == STATUS_BUFFER_TOO_SMALL)
        return EXIT_MAP_TOO_SMALL;
    if (answer->status != STATUS_SUCCESS)
        return EXIT_MAP_REFUSED;
    switch (memory_map_check(&map, answer->capacity)) {
    case MEMORY_MAP_OK:
        return EXIT_MAP_GOOD;
    case MEMORY_MAP_RAGGED: /* with not one whole descriptor it is nothing to go on with */
        if (memory_map_count(&map) != 0)
            return EXIT_MAP_RAGGED;
        break;
    case MEMORY_MAP_OVERRUN:
    case MEMORY_MAP_DESCRIPTOR_TOO_SMALL:
    case MEMORY_MAP_EMPTY:
        break;
    }
    return EXIT_MAP_MALFORMED;
}

enum exit_answer exit_judge_exit(uint64_t status, bool gone, bool same)
{
    if (status == STATUS_SUCCESS)
        return EXIT_SAID_LEFT;
    if (gone)
        return EXIT_LEFT_UNSAID;
    return same ? EXIT_REFUSED_STILL : EXIT_REFUSED_MOVED;
}
