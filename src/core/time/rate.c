/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/rate.h"

/* No counter is slower: what it counts to while the timer goes round once tells too little. */
#define SLOWEST_HZ 500000000ULL

uint64_t rate_between(const struct rate_timer *timer, const struct rate_look *first,
                      const struct rate_look *second)
{
    uint64_t ticks = second->ticks - first->ticks;
    uint32_t count = (second->count - first->count) & timer->mask;
    /* Half of the error for both looks together, half for the steps of the timer. */
    uint64_t width_max = ticks / RATE_ERROR / 4;

    if (ticks / SLOWEST_HZ >= timer->mask / timer->hz || count < RATE_ERROR * 2 ||
        first->width > width_max || second->width > width_max)
        return 0;
    return ticks * timer->hz / count;
}
