/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard for whatever is started from now on: what build/guard.efi is (src/guard.c). */
#ifndef BATON_EFI_GUARD_GUARD_STAY_H
#define BATON_EFI_GUARD_GUARD_STAY_H

#include "efi/guard/guard.h"

/*
 * guard_begin() for good. StartImage is hooked as well: a program that comes back too late is found
 * there, and before each start the guard looks what display there is, and learns the program's
 * name. `firmware` lives as long as the guard.
 */
efi_status guard_stay(struct firmware *firmware, const struct guard_options *options);

#endif
