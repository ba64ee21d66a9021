/* SPDX-License-Identifier: BSD-2-Clause */
/* The one line that says what went wrong, where, and what to do about it. */
#ifndef BATON_BOOT_FAILURE_H
#define BATON_BOOT_FAILURE_H

#include "boot/protocol.h"

/* Prints "baton: [doing file: ]problem[ (detail)][ (status)]; remedy" on the console. */
void failure_report(const struct boot_failure *failure);

#endif
