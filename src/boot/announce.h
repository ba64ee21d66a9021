/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Baton tells the running system: the half of https://systemd.io/BOOT_LOADER_INTERFACE that a
 * boot loader writes, for bootctl, logind, systemd-gpt-auto-generator and others. In volatile
 * variables, written right before a kernel or a program is entered. When that comes back, only what
 * is of the next one is written again. What cannot be written is left out, and stops nothing.
 */
#ifndef BATON_BOOT_ANNOUNCE_H
#define BATON_BOOT_ANNOUNCE_H

#include "core/entry/entry_order.h"

#include <stdbool.h>

struct boot;

/* One for all boots of one run of Baton; all zero when load options name the kernel. */
struct announcement {
    const struct entry_list *list;
    const struct bls_entry *listed; /* that is being booted, as it is in the list */
    const char *count_path;         /* its file, with one try less; NULL when it is not counted */
    const char *last_booted;        /* LoaderEntryLastBooted as it is; NULL when there is none */
    uint64_t menu_ticks;            /* arch_ticks() when the menu came last; 0: it was not shown */
    bool saves;                     /* it is to be kept up to date, else to be deleted */
    bool update_failed;             /* an entry was asked for because of that */
    bool is_told;                   /* what is the same for all boots */
    bool count_is_told;             /* LoaderBootCountPath, of whichever entry */
};

/* The last thing before `boot` is committed. Without an announcement in the session: nothing. */
void announce(struct boot *boot);

#endif
