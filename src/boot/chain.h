/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting instead of entering: EFI programs, unified kernel images with their own stub, and
 * kernels that Baton cannot or shall not enter. The firmware loads, verifies, measures and starts
 * them; what they need from Baton is their options and, for Linux, the initrds.
 */
#ifndef BATON_BOOT_CHAIN_H
#define BATON_BOOT_CHAIN_H

#include "boot/boot.h"

/*
 * Starts the payload's kernel. Returns only when it could not be started or came back; either way a
 * failure, with what it said, and everything is undone but what the program itself has done. The
 * firmware's leases hold what is left to give back.
 */
bool chain_start(struct boot *boot);

/*
 * The guard, where the entry has it: what leaves boot services by itself gets Baton's exit. True:
 * it is on, and guard_end() is due when that comes back. What there is no memory for is not worth a
 * boot.
 */
bool chain_guard(struct boot *boot);

#endif
