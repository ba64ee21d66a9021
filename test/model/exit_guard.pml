/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guard (src/efi/guard) between a firmware that may do anything and a program that may do
 * anything. What the guard decides is not written here a second time: the model runs the functions
 * of core/guard/guard.h, linked into the verifier, on their own state.
 *
 * Proved for every behaviour of both:
 *   - no service of the firmware is called once boot services are gone, and none but GetMemoryMap
 *     and ExitBootServices after the first ExitBootServices;
 *   - the program is told of success only when boot services are gone, and only when all that has
 *     to be kept is in the map that it has;
 *   - a key that was never handed out reaches no firmware;
 *   - a program that takes the map and calls with its key needs two calls at most;
 *   - nobody returns to a firmware that is gone: that is a reset;
 *   - a program that does so comes to an end (`ends`).
 *
 * What the model is told: the loop inside ends, with boot services gone or in a reset, and after a
 * refusal the map may be another one (exit_loop.pml has the loop itself). guard_map_same() may say
 * no of any two maps, and yes only of two that agree on what has to be kept.
 */
c_decl {
\#include "core/guard/guard.h"
};
c_state "struct guard_keys keys" "Global"

#define STATE(name) c_expr { now.state == name }
#define CHANGES 2 /* of the map, in one run */
#define NEVER_GIVEN 200

mtype = { GET_MEMORY_MAP, EXIT_BOOT_SERVICES, OTHER_BOOT_SERVICE };

byte key = 1;  /* of the map as it is now */
byte kept;     /* the state of what has to be kept in it */
byte changes;
bool exiting;  /* the firmware's ExitBootServices has been called */
bool gone;     /* boot services are no more */
byte state;    /* enum guard_state */
byte action;   /* enum guard_action */
byte given;    /* the key that the program calls with */
byte tries;    /* in the loop, that are refused */
bool same;
bool first;
bool success;  /* what the program is told */

bool has;      /* the program has a map */
byte has_key;
byte has_kept;
byte calls;    /* of ExitBootServices, by a program that is careful */
bool careful;  /* it always looks before it calls */
bool room;
bool looked;
bool told;
bool ended;

inline call(service)
{
    assert(!gone);
    assert(!exiting || service != OTHER_BOOT_SERVICE)
}

/* Somebody allocates: of general memory, or of what has to be kept. */
inline change()
{
    if
    :: changes < CHANGES -> changes++; key++;
        if
        :: kept++
        :: skip
        fi
    :: skip
    fi
}

inline give_key()
{
    c_code { guard_keys_add(&now.keys, now.key); }
}

inline take()
{
    has = true;
    has_key = key;
    has_kept = kept
}

inline get_memory_map()
{
    if
    :: STATE(GUARD_LIVE) ->
        call(GET_MEMORY_MAP);
        give_key();
        if
        :: room -> take()
        :: else -> skip
        fi
    :: STATE(GUARD_LEFT) && room -> give_key(); take()
    :: else -> skip
    fi
}

/* The loop, until the firmware lets go or the machine is reset. */
inline insist()
{
    tries = 0;
    do
    :: tries < CHANGES -> tries++; change(); call(GET_MEMORY_MAP); call(EXIT_BOOT_SERVICES)
    :: call(GET_MEMORY_MAP); call(EXIT_BOOT_SERVICES); gone = true; break
    :: goto reset
    od;
    tries = 0
}

inline ask()
{
    assert(given != NEVER_GIVEN);
    call(EXIT_BOOT_SERVICES);
    exiting = true;
    first = false;
    if
    :: given == key -> first = true; gone = true
    :: insist()
    fi;
    same = false;
    if
    :: has && has_key == given && has_kept == kept -> same = true
    :: skip
    fi;
    c_code {
        enum guard_state next = (enum guard_state)now.state;
        now.success = guard_left(now.first, now.same, &next) == STATUS_SUCCESS;
        now.state = next;
        if (next == GUARD_LEFT)
            now.keys = (struct guard_keys){0};
    }
}

inline exit_boot_services()
{
    c_code {
        now.action = guard_exit_called((enum guard_state)now.state,
                                       guard_keys_have(&now.keys, now.given));
    };
    if
    :: c_expr { now.action == GUARD_ASK } -> ask()
    :: c_expr { now.action == GUARD_FINISH } ->
        c_code { now.state = GUARD_GONE; };
        success = true
    :: c_expr { now.action == GUARD_REFUSE } -> success = false
    fi;
    c_code { now.action = 0; };
    if
    :: success ->
        assert(gone && STATE(GUARD_GONE));
        /* Who calls with a key whose map it never took has to know what it does. */
        assert(!has || has_key != given || has_kept == kept);
        assert(!has || has_key == given || first);
        told = true
    :: else -> skip
    fi
}

active proctype program()
{
    if
    :: careful = true
    :: skip
    fi;
again:
    do
    :: told -> break
    :: !told && !exiting -> atomic { change() } /* a timer, a driver */
    /* It looks: with enough room, or to learn how much that is. */
    :: !told && !(careful && looked) -> atomic {
        if
        :: room = true; looked = true
        :: !careful -> room = false
        fi;
        get_memory_map()
    }
    /* It leaves: with the key of its map, with one that came with no map, or with any other. */
    :: !told && has && (looked || !careful) -> given = has_key; goto leaving
    :: !told && !careful -> given = key; goto leaving
    :: !told && !careful -> given = NEVER_GIVEN; goto leaving
    /* It calls a service: the firmware's, or a stub. */
    :: !told && STATE(GUARD_LIVE) -> call(OTHER_BOOT_SERVICE)
    /* It gives up: the firmware goes on, or the machine is reset. */
    :: !told ->
        if
        :: STATE(GUARD_LIVE) -> assert(!gone && !exiting); break
        :: else -> goto reset
        fi
    od;
    assert(!told || gone);
    ended = true;
    goto done;
leaving:
    atomic {
        calls = (careful -> calls + 1 : 0);
        looked = false;
        exit_boot_services();
        given = 0;
        assert(told || calls < 2)
    };
    goto again;
reset:
    ended = true;
done:
    skip
}

ltl ends { [] (careful && exiting -> <> ended) }
