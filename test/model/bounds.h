/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smaller bounds for the model of the exit loop. The real ones make 10^8 states out of the same
 * few dozen situations: every bound is only ever compared with a count, so all that matters is that
 * each is above what the decisions compare with besides.
 */
#ifndef BATON_TEST_MODEL_BOUNDS_H
#define BATON_TEST_MODEL_BOUNDS_H

#include "core/exit/exit_policy.h"

_Static_assert(EXIT_ATTEMPTS_MAX >= 8 && EXIT_MAP_CALLS_MAX >= 6 && EXIT_RAGGED_MAX >= 3 &&
                   EXIT_MAP_CALLS_BEFORE_TIME >= 5,
               "the real bounds are no smaller");
#undef EXIT_ATTEMPTS_MAX
#undef EXIT_MAP_CALLS_MAX
#undef EXIT_RAGGED_MAX
#undef EXIT_MAP_CALLS_BEFORE_TIME
#define EXIT_ATTEMPTS_MAX          8
#define EXIT_MAP_CALLS_MAX         6
#define EXIT_RAGGED_MAX            3
#define EXIT_MAP_CALLS_BEFORE_TIME 5
_Static_assert(EXIT_ATTEMPTS_MAX > EXIT_STUCK_AFTER + 1 &&
                   EXIT_ATTEMPTS_MAX > EXIT_ATTEMPTS_BEFORE_TIME + 1 &&
                   EXIT_MAP_CALLS_MAX > EXIT_MAP_CALLS_BEFORE_TIME &&
                   EXIT_MAP_CALLS_MAX > EXIT_TRIES_AT_ONCE + 1,
               "stuck and out of time come before out of attempts, and waits before both");

#endif
