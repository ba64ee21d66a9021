/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree that an entry brings for its kernel, with the key `devicetree`. */
#ifndef BATON_BOOT_ENTRY_TREE_H
#define BATON_BOOT_ENTRY_TREE_H

#include "boot/boot.h"

/*
 * Puts it in the place of the firmware's, measured, until the boot fails: for the program that is
 * started, and for the kernel that Baton enters. Under Secure Boot it is left out, which is said:
 * nobody has signed it. False when it cannot be had. Does nothing where there are no device trees.
 */
bool entry_tree_use(struct boot *boot);

#endif
