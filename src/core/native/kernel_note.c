/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/kernel_note.h"

#include "baton-handoff.h"
#include "core/base/page.h"

/* The texts below have the numbers in words. */
_Static_assert(BATON_VERSION_MAJOR == 1 && BATON_VERSION_MINOR == 2, "kernel_note_explain()");
_Static_assert(BATON_STACK_MAX == 16 << 20, "kernel_note_explain()");

#define EXPLANATIONS(X)                                                                            \
    X(KERNEL_NOTE_OK, "the kernel's note is right", "go on")                                       \
    X(KERNEL_NOTE_CUT, "the kernel's note is too short",                                           \
      "make it with BATON_KERNEL() of include/baton-handoff.h")                                    \
    X(KERNEL_NOTE_OTHER_MAJOR,                                                                     \
      "the kernel does not speak version 1 of the native protocol, which is all that this Baton "  \
      "speaks",                                                                                    \
      "use a kernel and a Baton of the same major version")                                        \
    X(KERNEL_NOTE_NEWER_MINOR,                                                                     \
      "the kernel needs more than version 1.2 of the native protocol, which is what this Baton "   \
      "has",                                                                                       \
      "update Baton")                                                                              \
    X(KERNEL_NOTE_FLAGS, "the kernel's note has a flag that this Baton does not know", AS_BEFORE)  \
    X(KERNEL_NOTE_STACK, "the kernel asks for more than 16 MiB of stack",                          \
      "ask for less in BATON_KERNEL()")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation kernel_note_explain(enum kernel_note_error error)
{
    return EXPLAIN(error);
}

enum kernel_note_error kernel_note_check(struct span note, struct kernel_wishes *ret_wishes)
{
    struct baton_note read;

    if (!span_copy(note, 0, &read, sizeof(read)))
        return KERNEL_NOTE_CUT;
    if (read.version_major != BATON_VERSION_MAJOR)
        return KERNEL_NOTE_OTHER_MAJOR;
    if (read.version_minor > BATON_VERSION_MINOR)
        return KERNEL_NOTE_NEWER_MINOR;
    if ((read.flags & ~(uint32_t)BATON_NOTE_KEEP_EL2) != 0)
        return KERNEL_NOTE_FLAGS;
    if (read.stack_size > BATON_STACK_MAX)
        return KERNEL_NOTE_STACK;
    ret_wishes->stack_size =
        pages_for(read.stack_size == 0 ? BATON_STACK_DEFAULT : read.stack_size) * PAGE_SIZE;
    ret_wishes->flags = read.flags;
    return KERNEL_NOTE_OK;
}
