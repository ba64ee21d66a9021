/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the referee has seen of one loader: facts only. Knows neither the firmware's tables nor
 * images nor rules; allocates nothing, prints nothing.
 */
#ifndef BATON_REFEREE_RECORD_H
#define BATON_REFEREE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_CALLS_MAX   64
#define RECORD_CHANGES_MAX 16
#define RECORD_MAP_MAX     0x40000 /* bytes: more than 5000 descriptors */

/* One place in the code that has called one service. */
struct call {
    const void *caller; /* the return address */
    uint32_t service;   /* number in services.h */
    uint32_t count;
    uint32_t attempt; /* ExitBootServices calls so far */
    bool early;       /* in a handler of the group before the exit group, or a timer's */
};

struct call_list {
    struct call calls[RECORD_CALLS_MAX];
    uint32_t count;
    uint32_t dropped; /* calls for which there was no room */
};

/* One GetMemoryMap. */
struct look {
    uint64_t status;
    uint64_t key;
    uint64_t capacity; /* of the buffer, in bytes */
    uint64_t used;
    uint64_t required; /* what the firmware would ask for just then; 0: it does not say */
    uint64_t told;     /* what the last EFI_BUFFER_TOO_SMALL had asked for; 0: there was none */
    uint64_t stride;
};

/* One ExitBootServices. */
struct attempt {
    struct look look;   /* the last successful one before */
    bool stale;         /* the key is not that look's, or a failed look came after it */
    uint64_t key;       /* the one that was given */
    uint64_t key_after; /* a refusal: what the firmware's key is now; 0: it does not say */
    uint64_t tpl;
    uint64_t status;
    uint32_t watchdog; /* seconds; 0: not armed, as far as could be seen */
};

struct memory {
    uint8_t data[RECORD_MAP_MAX];
    uint64_t size; /* 0: not known */
    uint64_t stride;
};

/* Memory that the loader was told is one thing and that is another. */
struct change {
    uint64_t start;
    uint64_t pages;
    uint32_t was;
    uint32_t is;
};

struct record {
    bool left;
    uint32_t attempts;
    struct attempt first;
    struct attempt last;
    uint32_t stale;     /* attempts with a stale key */
    uint32_t wrong_tpl; /* attempts at another priority than TPL_APPLICATION */
    uint32_t odd;       /* refusals with another status than EFI_INVALID_PARAMETER */
    uint32_t unfounded; /* refusals of a key that was good, and still is */
    uint32_t too_small; /* buffers too small after the first attempt */
    const void *leaver; /* who called ExitBootServices */
    struct look look;   /* the last successful GetMemoryMap */
    bool failed_since;  /* one has failed after it */
    uint64_t told;
    struct call_list gap;      /* since the last GetMemoryMap, by the loader */
    struct call_list between;  /* the same, where an ExitBootServices followed */
    struct call_list after;    /* after the first ExitBootServices, by the loader */
    struct call_list handlers; /* inside ExitBootServices, by anybody */
    struct memory map;         /* as the loader has it */
    struct memory truth;       /* as it is after the exit */
    struct change changes[RECORD_CHANGES_MAX];
    uint32_t change_count; /* all of them; the first are kept */
};

void record_reset(struct record *record);
/* The entry of that place, or NULL when there is no room for it. */
struct call *record_call(struct call_list *list, uint32_t service, const void *caller,
                         uint32_t attempt);
void record_look(struct record *record, const struct look *look, const void *map);

/* The attempt begins: what is known of it before the firmware does its part. */
void record_attempt(struct record *record, uint64_t key, uint64_t tpl, uint32_t watchdog);
/* It has ended. `before`: the group before the exit group was signalled in it. */
void record_outcome(struct record *record, uint64_t status, uint64_t key_after, bool before);
/* After a success, with `truth` filled in. */
void record_compare(struct record *record);

#endif
