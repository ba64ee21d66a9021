/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/stopwatch.h"

#include "core/base/checked.h"

void stopwatch_look(struct stopwatch *watch, uint64_t counter)
{
    uint64_t passed = counter - watch->last;

    watch->last = counter;
    if (passed != 0 && passed <= INT64_MAX) {
        watch->still = 0;
    } else {
        if (watch->still < STOPWATCH_STILL_MAX)
            watch->still++;
        passed = watch->still < STOPWATCH_STILL_MAX ? 0 : STOPWATCH_ROUND_TICKS;
    }
    if (!checked_add(watch->elapsed, passed, &watch->elapsed))
        watch->elapsed = UINT64_MAX;
}
