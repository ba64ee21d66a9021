/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference counter of a connection that several drivers share and that must be reset exactly
 * once when the operating system takes over, whoever is told last. A finite state machine: no
 * services, no allocation, no lock, so it can run in an exit handler and be enumerated and
 * modelled. What the calls mean to drivers, and who makes them when, is in
 * include/exit-reference-protocol.h; this file must not know how they arrive nor what a reset is.
 *
 * Proposed by Laszlo Ersek in 2019 on edk2-devel (review of "OvmfPkg/XenBusDxe: Fix NotifyExitBoot
 * to avoid Memory Allocation Services") and never merged. Two holes of the proposal are closed
 * here: that a hand-off has begun is sticky, and the bus remembers that its own handler has run.
 * Without that, a Stop() that comes last (from somebody else's exit handler) loses the reset.
 */
#ifndef BATON_DRIVER_EXIT_REFERENCE_H
#define BATON_DRIVER_EXIT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define EXIT_REFERENCE_HELD_MAX UINT32_MAX

/* All zero at the start of a connection. Nobody but exit_reference_next() writes it. */
struct exit_reference {
    uint32_t held;   /* references */
    bool handed_off; /* a holder has let go for the operating system; sticky */
    bool bus_exited; /* the bus driver's own exit handler has run; sticky */
    bool reset;      /* the connection has been reset, or is being reset; sticky */
};

enum exit_reference_event {
    EXIT_REFERENCE_ADD,      /* AddReference() */
    EXIT_REFERENCE_STOP,     /* RemoveReference(FALSE) */
    EXIT_REFERENCE_HAND_OFF, /* RemoveReference(TRUE) */
    EXIT_REFERENCE_BUS_EXIT, /* the bus driver's own exit handler */
    EXIT_REFERENCE_EVENTS,   /* how many there are */
};

enum exit_reference_answer {
    EXIT_REFERENCE_NOTED = 0, /* counted; nothing to be done */
    EXIT_REFERENCE_RESET_NOW, /* counted; the caller resets the connection, now. Said once only */
    EXIT_REFERENCE_WAS_RESET, /* the reset is behind us: nothing counted, nothing to be done */
    EXIT_REFERENCE_TOO_LATE,  /* refused: no new reference once the hand-off has begun */
    EXIT_REFERENCE_TOO_MANY,  /* refused: EXIT_REFERENCE_HELD_MAX are held */
    EXIT_REFERENCE_NOT_HELD,  /* refused: nobody holds a reference that could be removed */
};

/* What is refused changes nothing. An event that is none of the four is refused as NOT_HELD. */
enum exit_reference_answer exit_reference_next(struct exit_reference *reference,
                                               enum exit_reference_event event);

/*
 * The bus has been told of the exit and still waits for holders. Right after the bus driver's own
 * handler that may only mean that theirs come later; once all handlers have run it means that a
 * holder has none, or broke the contract, and that the connection stays as it is.
 */
bool exit_reference_is_pinned(const struct exit_reference *reference);

#endif
