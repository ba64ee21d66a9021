/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries that are no file: what Baton does by itself. */
#ifndef BATON_BOOT_ENTRY_ACTION_H
#define BATON_BOOT_ENTRY_ACTION_H

#include "boot/failure.h"
#include "core/entry/bls_entry.h"
#include "efi/arena.h"
#include "efi/firmware.h"
#include "efi/tpm.h"

/*
 * Of an entry of kind BLS_ACTION; behind keys that were enrolled the machine restarts, or turns
 * itself off with `enroll_shutdown`. A return is a failure, which has been said.
 */
void action_run(struct firmware *firmware, struct arena *arena, const struct bls_entry *entry,
                bool enroll_shutdown, struct boot_failure *ret_failure);

/*
 * Windows whose disk is sealed to what the TPM has measured is to be started by the firmware itself
 * (`reboot-for-bitlocker`). Returns when there is no such volume, no TPM, or no boot option of
 * Windows': then Baton starts it.
 */
void action_before_windows(struct firmware *firmware, const struct tpm *tpm);

#endif
