/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened while leaving boot services, attempt by attempt: plain data in memory reserved
 * before, written on the far side of the point of no return and handed to the kernel. Knows no
 * service.
 */
#ifndef BATON_CORE_EXIT_EXIT_JOURNAL_H
#define BATON_CORE_EXIT_EXIT_JOURNAL_H

#include "core/memory/memory_map.h"
#include "core/text/text.h"

#include <stdbool.h>
#include <stdint.h>

#define EXIT_JOURNAL_ATTEMPTS 64 /* as many as there can be: nothing is ever dropped */
#define EXIT_JOURNAL_CHANGES  4  /* per attempt; more are counted but not kept */

/* A range whose type differs between the map of one attempt and of the next. */
struct exit_change {
    uint64_t start;    /* bytes, page-aligned */
    uint64_t end;      /* exclusive */
    uint32_t old_type; /* enum memory_type, or EXIT_CHANGE_ABSENT */
    uint32_t new_type;
};
#define EXIT_CHANGE_ABSENT UINT32_MAX

struct exit_attempt {
    uint64_t ticks;           /* when GetMemoryMap was called */
    uint64_t map_status;      /* EFI_STATUS of the last GetMemoryMap of this attempt */
    uint64_t exit_status;     /* EFI_STATUS of ExitBootServices; only when exit_called */
    uint64_t key;             /* the key given to ExitBootServices */
    uint64_t map_size;        /* bytes */
    uint64_t descriptor_size; /* bytes */
    uint32_t map_calls;       /* GetMemoryMap calls in this attempt */
    uint32_t map_checksum;    /* CRC-32 of the map, taken after a refusal; 0 when not taken */
    bool exit_called;
    bool used_reserve;     /* the map is in the reserve buffer */
    bool ragged;           /* bytes left over behind the last descriptor were cut off */
    uint32_t change_count; /* how many ranges changed since the attempt before, kept or not */
    struct exit_change changes[EXIT_JOURNAL_CHANGES];
};

enum exit_outcome {
    EXIT_OUTCOME_PENDING = 0,
    EXIT_OUTCOME_LEFT,        /* ExitBootServices returned EFI_SUCCESS */
    EXIT_OUTCOME_LEFT_UNSAID, /* it returned something else, but boot services were gone */
    EXIT_OUTCOME_ABANDONED,   /* the program for which they were left did not go on */
    EXIT_OUTCOME_ATTEMPTS,    /* gave up: too many attempts */
    EXIT_OUTCOME_TIME,        /* gave up: too long */
    EXIT_OUTCOME_STUCK,       /* gave up: same refusal, same key, same map, again and again */
    EXIT_OUTCOME_MAP,         /* gave up: no usable memory map to be had */
    EXIT_OUTCOME_OVERRUN,     /* gave up: the firmware wrote past the buffer it was given */
};

struct exit_journal {
    enum exit_outcome outcome;
    uint32_t attempt_count; /* attempts made, <= EXIT_JOURNAL_ATTEMPTS */
    uint32_t settle_calls;  /* GetMemoryMap calls before the first attempt */
    uint32_t still_count;   /* refusals in a row at the end that had same status, key and map */
    bool settled;           /* two looks in a row gave the same key */
    bool tpl_repaired;      /* Baton was started above TPL_APPLICATION */
    bool table_cleaned;     /* the firmware left console or boot services in its system table */
    bool late_map_wanted;   /* a second look from inside the exit was asked for */
    bool late_map_used;     /* and is the final map */
    uint64_t tpl_at_start;
    uint64_t map_capacity;     /* bytes offered to GetMemoryMap */
    uint64_t reserve_capacity; /* bytes of the second buffer */
    uint64_t map_required;     /* bytes that the first size probe asked for */
    uint64_t ticks_begin;      /* at the first attempt */
    uint64_t ticks_end;        /* at the outcome */
    uint64_t ticks_hz;         /* 0 when unknown */
    /* The second look during the last exit, map_calls 0: none. Its changes are those since the map
     * of the last attempt. */
    struct exit_attempt late_map;
    struct exit_attempt attempts[EXIT_JOURNAL_ATTEMPTS];
};

/* The record for the next attempt, cleared, its number counted; the last one again when full. */
struct exit_attempt *exit_journal_attempt(struct exit_journal *journal);

/*
 * What differs between the maps of two attempts, as ranges with both types; attributes do not
 * count. One pass over both, exact when they are sorted and disjoint; whatever they are it ends,
 * and what it says of disorderly ones is a hint.
 */
void exit_journal_compare(struct exit_attempt *attempt, const struct memory_map *before,
                          const struct memory_map *now);

/* "left boot services", "gave up: the firmware ...": half a sentence. */
void exit_journal_put_outcome(struct text *text, enum exit_outcome outcome);

/* EFI_STATUS for people: "Success", "Invalid Parameter", else "error 21", "warning 3". */
void exit_journal_put_status(struct text *text, uint64_t status);

/* One line, no newline: outcome, attempts, time, last statuses. */
void exit_journal_put_summary(struct text *text, const struct exit_journal *journal);

/*
 * The journal as text, lines of ASCII ended by '\n', in any capacity: the summary comes first, then
 * the attempts. When they do not all fit, the oldest are left out and a line says how many.
 */
void exit_journal_put_all(struct text *text, const struct exit_journal *journal);

#endif
