/* SPDX-License-Identifier: BSD-2-Clause */
/* What a native kernel asks for in its note (struct baton_note of include/baton-handoff.h), and
 * whether it can have it: the compatibility rule, in one place. */
#ifndef BATON_CORE_NATIVE_KERNEL_NOTE_H
#define BATON_CORE_NATIVE_KERNEL_NOTE_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdint.h>

enum kernel_note_error {
    KERNEL_NOTE_OK = 0,
    KERNEL_NOTE_CUT,         /* shorter than struct baton_note */
    KERNEL_NOTE_OTHER_MAJOR, /* speaks another version of the protocol */
    KERNEL_NOTE_NEWER_MINOR, /* needs more of it than there is yet */
    KERNEL_NOTE_FLAGS,       /* asks for something unknown */
    KERNEL_NOTE_STACK,       /* more than BATON_STACK_MAX */
};

struct explanation kernel_note_explain(enum kernel_note_error error);

/* What it asks for. */
struct kernel_wishes {
    uint64_t stack_size; /* whole pages, the default if the kernel said 0 */
    uint32_t flags;      /* BATON_NOTE_* */
};

/* `note`: the descriptor. */
enum kernel_note_error kernel_note_check(struct span note, struct kernel_wishes *ret_wishes);

#endif
