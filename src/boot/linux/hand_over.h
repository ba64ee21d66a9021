/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux finds in the firmware's tables and variables, on every machine. */
#ifndef BATON_BOOT_LINUX_HAND_OVER_H
#define BATON_BOOT_LINUX_HAND_OVER_H

#include "boot/boot.h"

/*
 * In the order of the kernel's own stub; the log comes last, after everything that is measured. To
 * be called as a protocol's commit(): it cannot be taken back. What fails is a shortfall of the
 * boot.
 */
void linux_hand_over(struct boot *boot);

#endif
