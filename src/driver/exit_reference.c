/* SPDX-License-Identifier: BSD-2-Clause */
#include "driver/exit_reference.h"

static enum exit_reference_answer settle(struct exit_reference *reference)
{
    if (reference->held != 0 || !(reference->handed_off || reference->bus_exited))
        return EXIT_REFERENCE_NOTED;
    reference->reset = true;
    return EXIT_REFERENCE_RESET_NOW;
}

static enum exit_reference_answer add(struct exit_reference *reference)
{
    if (reference->handed_off || reference->bus_exited || reference->reset)
        return EXIT_REFERENCE_TOO_LATE;
    if (reference->held == EXIT_REFERENCE_HELD_MAX)
        return EXIT_REFERENCE_TOO_MANY;
    reference->held++;
    return EXIT_REFERENCE_NOTED;
}

static enum exit_reference_answer remove_one(struct exit_reference *reference, bool hand_off)
{
    if (reference->held == 0)
        return EXIT_REFERENCE_NOT_HELD;
    reference->held--;
    /* Never back to false: the last to let go may be a Stop() within the exit. */
    if (hand_off)
        reference->handed_off = true;
    return settle(reference);
}

enum exit_reference_answer exit_reference_next(struct exit_reference *reference,
                                               enum exit_reference_event event)
{
    /* After the reset all that can come is the rest of the same exit, or a second one because the
     * first failed after its events were signalled (AMI's order), or Stop() after a failed one. */
    if (reference->reset && event != EXIT_REFERENCE_ADD)
        return EXIT_REFERENCE_WAS_RESET;

    switch (event) {
    case EXIT_REFERENCE_ADD:
        return add(reference);
    case EXIT_REFERENCE_STOP:
        return remove_one(reference, false);
    case EXIT_REFERENCE_HAND_OFF:
        return remove_one(reference, true);
    case EXIT_REFERENCE_BUS_EXIT:
        reference->bus_exited = true;
        return settle(reference);
    case EXIT_REFERENCE_EVENTS:
        break;
    }
    return EXIT_REFERENCE_NOT_HELD;
}

bool exit_reference_is_pinned(const struct exit_reference *reference)
{
    return reference->bus_exited && reference->held != 0;
}
