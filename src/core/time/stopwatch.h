/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time that passes, out of looks at a counter that may be broken. A counter that goes back has not
 * gone on: what it loses is not counted, and the next look compares with where it is now. A counter
 * that stands still would make a wait endless, so after many looks without an advance each further
 * look counts as what a round of a waiting loop takes at least about. Knows no counter and no rate.
 */
#ifndef BATON_CORE_TIME_STOPWATCH_H
#define BATON_CORE_TIME_STOPWATCH_H

#include <stdint.h>

/*
 * Looks in a row without an advance after which the counter is taken for dead: some milliseconds.
 * No counter that works is that coarse.
 */
#define STOPWATCH_STILL_MAX 100000U

/* Ticks that a look at a dead counter is worth: PAUSE alone takes up to 140 cycles, RDTSC 25. */
#define STOPWATCH_ROUND_TICKS 200U

struct stopwatch {
    uint64_t elapsed; /* ticks; never less than before */
    uint64_t last;    /* the counter at the last look */
    uint32_t still;   /* looks in a row without an advance */
};

static inline struct stopwatch stopwatch_begin(uint64_t counter)
{
    return (struct stopwatch){.last = counter};
}

void stopwatch_look(struct stopwatch *watch, uint64_t counter);

#endif
