/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's randomness, and what Linux gets of it. */
#ifndef BATON_EFI_LINUX_RANDOM_H
#define BATON_EFI_LINUX_RANDOM_H

#include "efi/firmware.h"
#include "efi/lease.h"
#include "efi/linux/linux_tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Fills `seed` from EFI_RNG_PROTOCOL: the raw algorithm first, as it is meant for seeding, then the
 * firmware's default. False when there is no such protocol, it fails, or it gives nothing but
 * zeros.
 */
bool random_seed(const struct firmware *firmware, uint8_t *seed, size_t size);

/*
 * Installs the random seed table, as Linux's own EFI stub does (efi_random_get_seed() in
 * drivers/firmware/efi/libstub/random.c): 32 bytes as of random_seed(), then the variable
 * RandomSeed, where the system before has kept some, then what an earlier loader has left in such a
 * table. A part that fails is left out; with neither of the first two, the earlier table stays as
 * it is.
 *
 * Nothing of it is used twice: the variable is deleted, and left out if it cannot be; the earlier
 * table's bits are wiped. So this cannot be undone. It belongs behind everything that may yet
 * fail; when the boot returns all the same, the lease takes the table out and the seed is lost.
 *
 * EFI_SUCCESS when everything that is there was used, EFI_NOT_FOUND when there is neither generator
 * nor variable, else the status of the first part that was left out.
 */
efi_status random_table_install(struct firmware *firmware, struct linux_tables *tables);

#endif
