/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What variables ask Baton for: the half of https://systemd.io/BOOT_LOADER_INTERFACE that a boot
 * loader reads. bootctl, systemctl and systemd-boot write it. What asks for one boot only is
 * deleted as soon as it is read, whether it can be obeyed or not.
 */
#ifndef BATON_BOOT_ENTRY_ASKED_H
#define BATON_BOOT_ENTRY_ASKED_H

#include "core/entry/entry_choice.h"
#include "core/entry/loader_conf.h"
#include "efi/arena.h"
#include "efi/firmware.h"

#include <stdbool.h>

/* Strings are in the arena. */
struct asked {
    struct entry_wishes wishes;    /* without what loader.conf wishes */
    const char *last_booted;       /* LoaderEntryLastBooted; NULL when there is none */
    struct loader_timeout timeout; /* UNSET: loader.conf's counts */
    bool forces_menu;              /* for this boot: the timeout shows it */
    struct span strings;           /* of a virtual machine (core/entry/oem_strings.h) */
};

/*
 * The strings of a virtual machine count unless it is `confidential`: who made it is not to be
 * trusted then.
 */
void asked_read(struct firmware *firmware, struct arena *arena, bool confidential,
                struct asked *ret_asked);

/*
 * UTF-16 with or without a NUL, as UTF-8 in the arena; NULL when there is no such variable. One
 * that is there and makes no sense is "", which asks for nothing.
 */
const char *asked_text(struct firmware *firmware, struct arena *arena, const char *name);

#endif
