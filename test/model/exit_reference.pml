/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference counter between a bus driver and up to four holders, over an exit that may fail
 * after its handlers have run and be repeated. The counter is exit_reference_next() itself, linked
 * into the verifier; the model is what include/exit-reference-protocol.h asks of the drivers.
 *
 * Proved for every order of starts, stops, exit handlers and exits:
 *   - the connection is reset at most once, and never while a holder still uses it;
 *   - when everybody was told who has a handler, it has been reset, unless a holder without one
 *     still holds: then it has not, and the bus knows;
 *   - once somebody was told no driver gets a new reference, and no call that keeps the contract is
 *     ever answered with an error.
 */
c_decl {
\#include "driver/exit_reference.h"
};
c_state "struct exit_reference counter" "Global"

#define HOLDERS 4
#define EXITS   2
#define ANSWERED(name) c_expr { now.answer == name }

mtype = { ABSENT, HOLDS, LET_GO, STOPPED };

mtype state[HOLDERS];
bool has_handler[HOLDERS];
bool told[HOLDERS]; /* its handler has run in this exit */
bool bus_told;
bool handing_off;   /* some handler has run in some exit */
byte exits;
byte resets;
byte answer;        /* enum exit_reference_answer */
bool pinned;

#define SOMEBODY_HOLDS                                                                             \
    (state[0] == HOLDS || state[1] == HOLDS || state[2] == HOLDS || state[3] == HOLDS)
#define STARTED(i)  (state[i] == HOLDS || state[i] == LET_GO)
#define WAITS(i)    (STARTED(i) && has_handler[i] && !told[i])
#define EXIT_IS_OVER                                                                               \
    (exits > 0 && bus_told && !WAITS(0) && !WAITS(1) && !WAITS(2) && !WAITS(3))

inline after_event()
{
    assert(ANSWERED(EXIT_REFERENCE_NOTED) || ANSWERED(EXIT_REFERENCE_RESET_NOW) ||
           ANSWERED(EXIT_REFERENCE_WAS_RESET));
    if
    :: ANSWERED(EXIT_REFERENCE_RESET_NOW) ->
        assert(!SOMEBODY_HOLDS);
        resets++
    :: ANSWERED(EXIT_REFERENCE_WAS_RESET) -> assert(resets == 1)
    :: else
    fi;
    answer = 0;
    assert(resets <= 1)
}

inline check_end()
{
    c_code { now.pinned = exit_reference_is_pinned(&now.counter); };
    assert(pinned == SOMEBODY_HOLDS);
    assert(resets == (pinned -> 0 : 1));
    pinned = false
}

inline start(i)
{
    c_code { now.answer = exit_reference_next(&now.counter, EXIT_REFERENCE_ADD); };
    if
    :: handing_off -> assert(ANSWERED(EXIT_REFERENCE_TOO_LATE))
    :: else ->
        assert(ANSWERED(EXIT_REFERENCE_NOTED));
        state[i] = HOLDS;
        if
        :: has_handler[i] = true
        :: has_handler[i] = false
        fi
    fi;
    answer = 0
}

/* Stop(): gives the reference back if the exit handler has not done so. */
inline stop(i)
{
    if
    :: state[i] == HOLDS ->
        state[i] = STOPPED;
        c_code { now.answer = exit_reference_next(&now.counter, EXIT_REFERENCE_STOP); };
        after_event()
    :: else -> state[i] = STOPPED
    fi
}

inline exit_handler(i)
{
    told[i] = true;
    if
    :: state[i] == HOLDS ->
        state[i] = LET_GO;
        handing_off = true;
        c_code { now.answer = exit_reference_next(&now.counter, EXIT_REFERENCE_HAND_OFF); };
        after_event()
    :: else
    fi
}

inline bus_exit_handler()
{
    bus_told = true;
    handing_off = true;
    c_code { now.answer = exit_reference_next(&now.counter, EXIT_REFERENCE_BUS_EXIT); };
    after_event()
}

inline begin_exit()
{
    exits++;
    bus_told = false;
    for (who : 0 .. HOLDERS - 1) {
        told[who] = false
    }
    who = 0
}

active proctype firmware()
{
    byte who;

    d_step {
        for (who : 0 .. HOLDERS - 1) {
            state[who] = ABSENT
        }
        who = 0
    };
    do
    :: atomic {
        select (who : 0 .. HOLDERS - 1);
        if
        :: state[who] == ABSENT && (exits == 0 || handing_off) -> start(who)
        :: STARTED(who) -> stop(who)
        :: exits > 0 && WAITS(who) -> exit_handler(who)
        :: else
        fi;
        who = 0
    }
    :: atomic { exits > 0 && !bus_told -> bus_exit_handler() }
    :: atomic { exits == 0 || (EXIT_IS_OVER && exits < EXITS) -> begin_exit() }
    :: atomic { EXIT_IS_OVER -> check_end(); break } /* the operating system runs */
    od
}
