/* SPDX-License-Identifier: BSD-2-Clause */
/* The one line that says what went wrong, where, and what to do about it. */
#ifndef BATON_BOOT_FAILURE_H
#define BATON_BOOT_FAILURE_H

#include "boot/protocol.h"

/* Fills it in; always false, so that whoever fails can return it. */
bool boot_fail(struct boot_failure *ret_failure, const char *doing, const char *file,
               struct explanation why, efi_status status);

/* Prints "baton: [doing file: ]problem[ (detail)][ (status)]; remedy" on the console. */
void failure_report(const struct boot_failure *failure);

#endif
