/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of a counter, out of two looks at it beside a timer whose rate is known. Says nothing
 * rather than something that is wrong by more than RATE_ERROR allows. Knows neither of the two.
 */
#ifndef BATON_CORE_TIME_RATE_H
#define BATON_CORE_TIME_RATE_H

#include <stdint.h>

/* The largest error: a part of the rate. */
#define RATE_ERROR 32U

/* A timer that counts up and goes round. */
struct rate_timer {
    uint64_t hz;
    uint32_t mask; /* of the bits that count: all below the highest */
};

/* One look at both. */
struct rate_look {
    uint64_t ticks; /* the counter just after the timer was read */
    uint64_t width; /* ticks that reading the timer took */
    uint32_t count; /* what it said */
};

/*
 * Ticks in a second; 0 when two looks do not tell: too close together for their width or for the
 * timer's steps, or so far apart that the timer may have gone round, or on a counter that went
 * back.
 */
uint64_t rate_between(const struct rate_timer *timer, const struct rate_look *first,
                      const struct rate_look *second);

#endif
