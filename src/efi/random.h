/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's randomness. */
#ifndef BATON_EFI_RANDOM_H
#define BATON_EFI_RANDOM_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Fills `seed` from EFI_RNG_PROTOCOL: the raw algorithm first, as it is meant for seeding, then the
 * firmware's default. False when there is no such protocol, it fails, or it gives nothing but
 * zeros.
 */
bool random_seed(const struct firmware *firmware, uint8_t *seed, size_t size);

#endif
