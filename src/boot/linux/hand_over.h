/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux finds in the firmware's tables and variables, on every machine. */
#ifndef BATON_BOOT_LINUX_HAND_OVER_H
#define BATON_BOOT_LINUX_HAND_OVER_H

#include "boot/boot.h"
#include "core/exit/exit_journal.h"

/* Bytes for the journal that Linux can read, in the zero page's list or in the device tree. */
#define LINUX_JOURNAL_CAPACITY (8U << 10)

/*
 * In the order of the kernel's own stub; the log comes last, after everything that is measured. To
 * be called as a protocol's commit(): it cannot be taken back. What fails is a shortfall of the
 * boot.
 */
void linux_hand_over(struct boot *boot);

/*
 * How the exit went, and what the boot went without, into LINUX_JOURNAL_CAPACITY bytes at
 * `journal_at`; returns the length. For a protocol's finish(): it calls nothing.
 */
size_t linux_put_journal(char *journal_at, const struct exit_journal *journal, uint32_t shortfalls);

#endif
