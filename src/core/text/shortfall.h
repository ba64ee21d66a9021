/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot went without: none of it is a reason not to boot, all of it somebody will look for.
 * Collected before the exit, told to the kernel.
 */
#ifndef BATON_CORE_TEXT_SHORTFALL_H
#define BATON_CORE_TEXT_SHORTFALL_H

#include "core/text/text.h"

#include <stdint.h>

/* Bits; each has its words in shortfall.c, in this order. */
enum shortfall {
    SHORTFALL_NOT_JUDGED = 1U << 0, /* the firmware would not load the kernel; Secure Boot is off */
    SHORTFALL_NOT_MEASURED = 1U << 1,   /* the TPM failed: its registers end with an error */
    SHORTFALL_NOT_LOGGED = 1U << 2,     /* the TPM's log is full: measured, but not in the log */
    SHORTFALL_NO_TPM_LOG = 1U << 3,     /* the TPM's log cannot be had or makes no sense */
    SHORTFALL_NO_RANDOM_SEED = 1U << 4, /* there is a source of randomness, and it failed */
    SHORTFALL_NO_MEMORY_OVERWRITE = 1U << 5, /* the request to clear memory at a reset failed */
    SHORTFALL_NO_OPTION_ROMS = 1U << 6, /* there are ROMs, and no memory to hand them over in */
    SHORTFALL_MAP_TOO_LARGE = 1U << 7,  /* Linux cannot map the firmware's map, however shrunk */
};
#define SHORTFALLS 8U

/* One line for each, ended by '\n'. */
void shortfall_put(struct text *text, uint32_t shortfalls);

#endif
