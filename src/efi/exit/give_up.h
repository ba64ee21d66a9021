/* SPDX-License-Identifier: BSD-2-Clause */
/* The end when the firmware never lets go: tell the user, leave a record, reset the machine. */
#ifndef BATON_EFI_EXIT_GIVE_UP_H
#define BATON_EFI_EXIT_GIVE_UP_H

#include "core/base/board.h"
#include "core/exit/exit_journal.h"
#include "core/screen/framebuffer.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* What giving up needs, taken while the firmware was alive. */
struct give_up_means {
    uint64_t runtime_services; /* physical address of EFI_RUNTIME_SERVICES; valid after the exit */
    struct framebuffer framebuffer;
    struct board board;     /* what is there without the firmware */
    const char *entry_name; /* which entry failed, for the record; UTF-8 */
    bool marked;            /* the marker is set, and is to be taken away */
};

/*
 * Text on UART and framebuffer, a wait of some seconds so that it can be read, the journal in a
 * non-volatile variable, a reset. Never goes back into the firmware but for runtime services, and
 * to these only when all that can be done without them is done.
 */
_Noreturn void give_up(const struct give_up_means *means, const struct exit_journal *journal);

#endif
