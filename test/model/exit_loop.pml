/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop that leaves boot services (src/efi/exit/exit_loop.c) against a firmware that may answer anything,
 * in any order, at any time. Nothing of the loop's decisions is written here a second time: the
 * model runs exit_policy_next() itself, which is linked into the verifier, on its own state.
 *
 * Proved for every behaviour of the firmware in which its calls return:
 *   - the loop ends (`ends`), within the number of calls that core/exit/exit_policy.h promises;
 *   - ExitBootServices is only given a key of the last GetMemoryMap, and only if that was good;
 *   - the kernel is entered only with the map of that same call, and only once boot services are
 *     gone; given up is only with an outcome that says so;
 *   - after the first ExitBootServices no boot service but those two is called, and none once boot
 *     services are gone;
 *   - time is a quantity: no call begins before it is due, nothing but damaged memory ends the loop
 *     before the time limit is reached, and a firmware that lets go at any moment within the limit
 *     is left, whatever it did before and however long its calls took (`promised`).
 *
 * What the model is told about the loop: which service each action stands for, which answers a
 * service can get, that buffer and key come from the call that was last, and that the loop waits
 * until a call is due. Time stands still while nobody waits, or jumps: a call takes as long as it
 * likes. What a clock makes of it is core/time/stopwatch.c's to see to.
 */
c_decl {
\#include "bounds.h"
};
c_state "struct exit_policy policy" "Global"

#define ACTION(name) c_expr { now.action == name }
#define OUTCOME(name) c_expr { now.outcome == name }
/* The limit, in units of which each wait of the model has whole ones; later is all the same. */
#define LIMIT 16
#define TIME_IS_OVER (began == LIMIT && c_expr { now.exits >= EXIT_ATTEMPTS_BEFORE_TIME || \
                                                 now.policy.map_calls >= EXIT_MAP_CALLS_BEFORE_TIME })

/* Where what is in a buffer, or the key, comes from. */
mtype = { JUNK, OLD, LAST_GOOD };

/* The services there are, in the words of the question what may be called when. */
mtype = { GET_MEMORY_MAP, EXIT_BOOT_SERVICES, OTHER_BOOT_SERVICE, RUNTIME_SERVICE };

mtype content[2]; /* of the first buffer and of the reserve */
mtype key;
bit used;      /* the buffer that the last GetMemoryMap was given */
bool exiting;  /* ExitBootServices has been called */
bool gone;     /* boot services are no more */
byte time;     /* since the first GetMemoryMap; LIMIT: the limit is over */
byte began;    /* when the last GetMemoryMap was called */
byte due;      /* when the next call is */
bool promised; /* this firmware lets go within the limit, and damages nothing... */
bool lets_go;  /* ...and from now on it does: every call succeeds */
bool overrun;  /* the firmware has damaged memory that is not ours */
bool ended;
byte answer;   /* enum exit_answer */
byte action;   /* enum exit_action */
byte outcome;  /* enum exit_outcome */
byte exits;    /* ExitBootServices calls */
byte maps;     /* GetMemoryMap calls of this attempt */

inline call(service)
{
    assert(!gone || service == RUNTIME_SERVICE);
    assert(!exiting || service != OTHER_BOOT_SERVICE);
}

/* A good map makes old what the other buffer holds. */
inline got_map()
{
    content[used] = LAST_GOOD;
    content[1 - used] = OLD;
    key = LAST_GOOD
}

/* Nothing was written, or part of a map, or all of it: not to be relied on. The key may even be one
 * that ExitBootServices accepts (edk2 gives such a one with EFI_BUFFER_TOO_SMALL). */
inline got_no_map()
{
    content[used] = JUNK;
    content[1 - used] = OLD;
    key = JUNK
}

inline get_memory_map(buffer)
{
    wait();
    call(GET_MEMORY_MAP);
    began = time;
    maps++;
    used = buffer;
    if
    :: c_code { now.answer = EXIT_MAP_GOOD; }; got_map()
    :: !lets_go -> c_code { now.answer = EXIT_MAP_RAGGED; }; got_map()
    :: !lets_go -> c_code { now.answer = EXIT_MAP_TOO_SMALL; }; got_no_map()
    :: !lets_go -> c_code { now.answer = EXIT_MAP_REFUSED; }; got_no_map()
    :: !lets_go -> c_code { now.answer = EXIT_MAP_MALFORMED; }; got_no_map()
    :: !lets_go -> c_code { now.answer = EXIT_MAP_SPILLED; }; got_no_map()
    :: !promised -> c_code { now.answer = EXIT_MAP_OVERRUN; }; got_no_map(); overrun = true
    fi;
    take_time()
}

inline exit_boot_services()
{
    assert(key == LAST_GOOD && content[used] == LAST_GOOD);
    assert(due == 0);
    call(EXIT_BOOT_SERVICES);
    exiting = true;
    exits++;
    maps = 0;
    if
    :: c_code { now.answer = EXIT_SAID_LEFT; }; gone = true
    :: c_code { now.answer = EXIT_LEFT_UNSAID; }; gone = true
    :: !lets_go -> c_code { now.answer = EXIT_REFUSED_MOVED; }; grow_old()
    :: !lets_go && exits > 1 -> c_code { now.answer = EXIT_REFUSED_STILL; }; grow_old()
    fi;
    take_time()
}

/* A refused exit may have changed the map, whatever it says. */
inline grow_old()
{
    key = OLD;
    content[0] = OLD;
    content[1] = OLD
}

/* Disarming the watchdog, repairing the TPL, settling: maps are looked at, and not kept. */
inline before_the_first_attempt()
{
    call(OTHER_BOOT_SERVICE); /* RaiseTPL, RestoreTPL, SetWatchdogTimer */
    call(GET_MEMORY_MAP);
    call(OTHER_BOOT_SERVICE) /* Stall */
}

inline pass(units)
{
    time = (time + units < LIMIT -> time + units : LIMIT);
    /* At any moment, this one among them; at the last one at the latest. */
    if
    :: promised -> lets_go = true
    :: promised && !lets_go && time < LIMIT -> skip
    :: !promised -> skip
    fi
}

/* A call takes no time, or some, or more than there is. */
inline take_time()
{
    if
    :: skip
    :: pass(3)
    :: pass(LIMIT)
    fi
}

inline wait()
{
    if
    :: due > time -> pass(due - time)
    :: else -> skip
    fi
}

inline decide()
{
    c_code {
        struct exit_decision decision =
            exit_policy_next(&now.policy, (enum exit_answer)now.answer, now.began);
        now.action = decision.action;
        now.outcome = decision.outcome;
        now.due = decision.due;
        now.answer = 0; /* a word between the two services: not a state of its own */
    };
    /* The promise of core/exit/exit_policy.h, counted by the caller. */
    assert(c_expr { now.exits <= EXIT_ATTEMPTS_MAX });
    assert(c_expr { now.maps <= EXIT_MAP_CALLS_MAX + EXIT_RAGGED_MAX });
    /* Time that is over ends the loop, but not before a few tries were made. */
    assert(!TIME_IS_OVER ||
           !(ACTION(EXIT_DO_GET_MAP_PRIMARY) || ACTION(EXIT_DO_GET_MAP_RESERVE)));
    assert(due <= LIMIT)
}

active proctype loader()
{
    d_step {
        content[0] = JUNK;
        content[1] = JUNK;
        key = JUNK;
        c_code { now.action = EXIT_DO_GET_MAP_PRIMARY; now.policy.limit = LIMIT; }
    };
    if
    :: promised = true; pass(0)
    :: skip
    fi;
    before_the_first_attempt();
    do
    :: ACTION(EXIT_DO_GET_MAP_PRIMARY) -> atomic { get_memory_map(0); decide() }
    :: ACTION(EXIT_DO_GET_MAP_RESERVE) -> atomic { get_memory_map(1); decide() }
    :: ACTION(EXIT_DO_EXIT) -> atomic { exit_boot_services(); decide() }
    :: ACTION(EXIT_DO_FINISH) -> atomic {
        assert(gone && key == LAST_GOOD && content[used] == LAST_GOOD);
        assert(OUTCOME(EXIT_OUTCOME_LEFT) || OUTCOME(EXIT_OUTCOME_LEFT_UNSAID));
        break
    }
    :: ACTION(EXIT_DO_GIVE_UP) -> atomic {
        assert(!gone);
        assert(!promised);
        assert(overrun || began == LIMIT);
        /* No sooner than it has to, and it says why. */
        if
        :: OUTCOME(EXIT_OUTCOME_ATTEMPTS) -> assert(c_expr { now.exits == EXIT_ATTEMPTS_MAX })
        :: OUTCOME(EXIT_OUTCOME_TIME) -> assert(TIME_IS_OVER)
        :: OUTCOME(EXIT_OUTCOME_STUCK) ->
            assert(c_expr { now.exits >= EXIT_STUCK_AFTER });
            assert(TIME_IS_OVER || c_expr { now.exits == EXIT_ATTEMPTS_MAX })
        :: OUTCOME(EXIT_OUTCOME_MAP) -> assert(c_expr { now.maps >= EXIT_MAP_CALLS_MAX })
        :: OUTCOME(EXIT_OUTCOME_OVERRUN) -> assert(overrun || c_expr { now.maps >= EXIT_MAP_CALLS_MAX })
        :: else -> assert(false)
        fi;
        call(RUNTIME_SERVICE); /* SetVariable, ResetSystem */
        break
    }
    od;
    ended = true
}

ltl ends { <> ended }
