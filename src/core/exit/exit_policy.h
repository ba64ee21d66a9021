/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of the exit: what to do after each answer of the firmware, and when. A machine over
 * a handful of small counters and one time that it is told: no pointer into the map, no service, no
 * clock, so that it can be enumerated, modelled and tested by itself. src/efi/exit/exit_loop.c
 * turns the answers of the services into `enum exit_answer` and does what the decision says,
 * nothing else.
 *
 * The whole machine is the table `exit_rules` (one row per answer), the bounds below and
 * exit_policy_next(), which applies them.
 *
 * What it promises: a firmware that lets go at any moment within the time limit is left. A refusal
 * may depend on time (a device that has to come to rest), on the number of calls, or on the map,
 * and nobody can tell which. So the first tries follow one another at once, and the others are
 * spread over the whole limit: the last ExitBootServices, and the last GetMemoryMap of an attempt,
 * come when the limit is reached. No loop ends sooner, unless memory is damaged.
 */
#ifndef BATON_CORE_EXIT_EXIT_POLICY_H
#define BATON_CORE_EXIT_EXIT_POLICY_H

#include "core/exit/exit_journal.h"

#include <stdbool.h>
#include <stdint.h>

/* ExitBootServices calls, at most. */
#define EXIT_ATTEMPTS_MAX EXIT_JOURNAL_ATTEMPTS

/*
 * The time bound does not count before this many attempts: a firmware that needs seconds for its
 * first exit (controllers stopped one by one, a debug build on a slow serial port) and then refuses
 * for a moved map key is healthy, and the next attempt is quick. Nor before this many GetMemoryMap
 * calls of one attempt have failed, for the same reason.
 */
#define EXIT_ATTEMPTS_BEFORE_TIME  4
#define EXIT_MAP_CALLS_BEFORE_TIME 8

/* GetMemoryMap calls of one attempt that may fail before there is no map to be had. */
#define EXIT_MAP_CALLS_MAX 32

/*
 * Tries that follow one another at once, of exits and of maps; most firmware that refuses needs one
 * or two. The waits between the others grow from milliseconds to a third of a second (of five
 * seconds): soon enough for a firmware that counts calls, and late enough for one that takes time.
 */
#define EXIT_TRIES_AT_ONCE 4

/* Maps of one attempt whose size is no multiple of the descriptor size before one is taken. */
#define EXIT_RAGGED_MAX 8

/*
 * Refusals in a row with the same status, the same key and the same map from which on the firmware
 * is called stuck. Stuck does not end the loop: machines are known that let go after a few
 * identical calls, nobody knows how many the next one needs, and there is nothing better to do than
 * to go on until attempts or time run out. A loop that ends so ends as EXIT_OUTCOME_STUCK.
 */
#define EXIT_STUCK_AFTER 4

enum exit_action {
    EXIT_DO_GET_MAP_PRIMARY, /* GetMemoryMap into the first buffer, its whole capacity */
    EXIT_DO_GET_MAP_RESERVE, /* the same into the second, large one */
    EXIT_DO_EXIT,            /* ExitBootServices with the key of the map just got */
    EXIT_DO_FINISH,          /* boot services are gone; the map just got is the final one */
    EXIT_DO_GIVE_UP,         /* call nothing any more; the outcome says why */
};

/* What the firmware did, as far as decisions depend on it. */
enum exit_answer {
    /* of GetMemoryMap */
    EXIT_MAP_GOOD,      /* EFI_SUCCESS and a map that holds together */
    EXIT_MAP_RAGGED,    /* EFI_SUCCESS, descriptors sound, but bytes left over behind the last */
    EXIT_MAP_TOO_SMALL, /* EFI_BUFFER_TOO_SMALL, whether true or not */
    EXIT_MAP_REFUSED,   /* any other status */
    EXIT_MAP_MALFORMED, /* EFI_SUCCESS, but size or descriptor size are impossible */
    EXIT_MAP_SPILLED,   /* it wrote past the capacity, but not past the guard behind it */
    EXIT_MAP_OVERRUN,   /* it wrote past the guard: memory that is not ours is damaged */
    /* of ExitBootServices */
    EXIT_SAID_LEFT,     /* EFI_SUCCESS */
    EXIT_LEFT_UNSAID,   /* any other status, but the boot services table is gone */
    EXIT_REFUSED_MOVED, /* refused; status, key or map differ from those of the refusal before */
    EXIT_REFUSED_STILL, /* refused; status, key and map are those of the refusal before */
    EXIT_ANSWERS,       /* how many there are */
};

/*
 * What a rule counts; each count has a bound, and reaching it takes the rule's other way. So does
 * the time limit.
 */
enum exit_count {
    EXIT_COUNT_NOTHING,
    EXIT_COUNT_MAP_CALLS, /* bound EXIT_MAP_CALLS_MAX, cleared by each exit attempt */
    EXIT_COUNT_RAGGED,    /* bound EXIT_RAGGED_MAX, cleared by each exit attempt */
    EXIT_COUNT_ATTEMPTS,  /* bound EXIT_ATTEMPTS_MAX, never cleared */
};

/* A byte each: the table is part of the loader. */
struct exit_rule {
    enum exit_count counts : 8;
    enum exit_action action : 8;    /* below the bound */
    enum exit_action exhausted : 8; /* at the bound, or out of time */
    enum exit_outcome outcome : 8;  /* with EXIT_DO_FINISH and EXIT_DO_GIVE_UP */
};
extern const struct exit_rule exit_rules[EXIT_ANSWERS];

/* All that is remembered from one answer to the next; all zero at the start but the limit. */
struct exit_policy {
    uint64_t limit;    /* the time limit, in whatever unit the caller counts time; not 0 */
    uint32_t attempts; /* refusals so far */
    uint32_t map_calls;
    uint32_t ragged;
    uint32_t still;   /* refusals in a row with nothing changed; 1 for the first of its kind */
    bool use_reserve; /* the first buffer has once been no good; sticky */
};

struct exit_decision {
    enum exit_action action;
    enum exit_outcome outcome; /* EXIT_OUTCOME_PENDING unless the loop ends here */
    uint64_t due; /* the action is not to begin before; <= the limit, 0 for EXIT_DO_EXIT */
};

/*
 * The decision after `answer`. `began`: when the last GetMemoryMap was called, since the first one
 * of all; a slow call that was begun in time is not the last. The first action of all is
 * EXIT_DO_GET_MAP_PRIMARY. Never asks for more than EXIT_ATTEMPTS_MAX exits nor EXIT_ATTEMPTS_MAX *
 * (EXIT_MAP_CALLS_MAX + EXIT_RAGGED_MAX) maps.
 */
struct exit_decision exit_policy_next(struct exit_policy *policy, enum exit_answer answer,
                                      uint64_t began);

/* The state of the guard behind a buffer after a call. */
enum exit_guard { EXIT_GUARD_WHOLE, EXIT_GUARD_SPILLED, EXIT_GUARD_BROKEN };

/* One GetMemoryMap as it came back. */
struct exit_map_answer {
    uint64_t status;
    uint64_t size;            /* as the firmware left it */
    uint64_t capacity;        /* as the firmware was told */
    uint64_t descriptor_size; /* as the firmware left it; 0 before the call */
    uint64_t key;             /* likewise */
    uint32_t descriptor_version;
    enum exit_guard guard;
};

/*
 * By the numbers alone. EXIT_MAP_RAGGED is a question: whoever has the descriptors looks at them
 * and answers EXIT_MAP_MALFORMED instead when they are not sound (efi/map_buffer.h).
 */
enum exit_answer exit_judge_map(const struct exit_map_answer *answer);

/*
 * `gone`: the system table's BootServices, or its GetMemoryMap or ExitBootServices, is NULL.
 * `same`: there was a refusal before, and status, key, size and checksum of the map are equal.
 */
enum exit_answer exit_judge_exit(uint64_t status, bool gone, bool same);

#endif
