/* SPDX-License-Identifier: BSD-2-Clause */
/* One thing to boot, wherever it was written down, and the attempt to boot it. */
#ifndef BATON_BOOT_BOOT_H
#define BATON_BOOT_BOOT_H

#include "boot/protocol.h"
#include "core/entry/bls_entry.h"
#include "efi/firmware.h"
#include "efi/lease.h"
#include "efi/linux/linux_tables.h"
#include "efi/tpm.h"

#include <stdbool.h>
#include <stdint.h>

/* All strings UTF-8, NUL-terminated; paths with backslashes from the volume's root. */
struct candidate {
    const char *name; /* the entry's id, or what stands for it */
    enum bls_kind kind;
    enum bls_exit exit; /* who leaves boot services */
    const char *kernel; /* or another EFI program */
    uint32_t profile;   /* of a unified kernel image; 0: the first */
    const char *const *initrds;
    unsigned int initrd_count; /* <= BOOT_MODULES_MAX */
    const char *command_line;
    bool debug;            /* one line on the debug UART after the exit */
    bool place_high;       /* prefer memory above 4 GiB */
    bool late_map;         /* take the map once more from inside the exit */
    bool exit_marker;      /* leave a note while inside the exit */
    bool clear_marker;     /* an earlier exit left its note */
    const char *record;    /* of a failed exit, shown by this start; NULL: there is none */
    uint32_t exit_seconds; /* bound on leaving boot services; 0: the default */
};

/* What every attempt begins with. */
struct start {
    uint64_t ticks; /* when the entry point ran */
    uint64_t tpl;   /* the task priority level it ran at; more than TPL_APPLICATION is a fault */
    struct kernel_tables tables; /* empty */
    struct tpm *tpm;             /* one for all attempts: a failure ends measuring for good */
};

/*
 * Boots it, or gives everything back and says why not. A return is always a failure, and always
 * before the point of no return: the firmware is as it was, but for what a program that was started
 * has done, and for measurements.
 */
void candidate_boot(struct firmware *firmware, const struct candidate *candidate,
                    const struct start *start, struct boot_failure *ret_failure);

#endif
