/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys for Secure Boot from files, into a firmware that has none yet: PK.auth, KEK.auth and db.auth
 * of one folder, and dbx.auth where there is one, each what an authenticated variable is written
 * with (UEFI 2.10, 8.2.2). As systemd-boot (version 262).
 */
#ifndef BATON_BOOT_ENTRY_ENROLL_H
#define BATON_BOOT_ENTRY_ENROLL_H

#include "boot/failure.h"
#include "efi/arena.h"
#include "efi/firmware.h"

/*
 * Writes the keys of `directory` on Baton's volume, PK last: until that one is there the firmware
 * takes others. All are read before the first is written. False, and why, when something is
 * missing, or the firmware refuses it.
 */
bool enroll_keys(struct firmware *firmware, struct arena *arena, const char *directory,
                 struct boot_failure *ret_failure);

#endif
