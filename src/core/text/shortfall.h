/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot went without: none of it is a reason not to boot, all of it somebody will look for.
 * Collected before the exit, told with its story.
 */
#ifndef BATON_CORE_TEXT_SHORTFALL_H
#define BATON_CORE_TEXT_SHORTFALL_H

#include "core/text/text.h"

#include <stdint.h>

/* Bits; each has its words in boot_note.c, in this order. */
enum boot_note {
    NOTE_NOT_JUDGED = 1U << 0,     /* the firmware would not load the kernel; Secure Boot is off */
    NOTE_NOT_MEASURED = 1U << 1,   /* the TPM failed: nothing after that is measured */
    NOTE_NOT_LOGGED = 1U << 2,     /* the TPM's log is full: measured, but not in the log */
    NOTE_NO_TPM_LOG = 1U << 3,     /* the TPM's log can not be had or makes no sense */
    NOTE_NO_RANDOM_SEED = 1U << 4, /* there is a source of randomness, and it failed */
    NOTE_NO_MEMORY_OVERWRITE = 1U << 5, /* the request to clear memory at a reset failed */
    NOTE_NO_OPTION_ROMS = 1U << 6,      /* there are ROMs, and no memory to hand them over in */
    NOTE_MAP_TOO_LARGE = 1U << 7,       /* Linux can not map the firmware's map, however shrunk */
};
#define BOOT_NOTES 8U

/* One line for each note, ended by '\n'. */
void boot_note_put(struct text *text, uint32_t notes);

#endif
