/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that nobody has written: other systems and tools that are on the disk, and what a machine
 * can do besides booting. Their ids are systemd-boot's (version 262), and bootctl and logind know
 * them. None is booted unless somebody asks for it, by a key, a variable or loader.conf.
 */
#ifndef BATON_BOOT_ENTRY_AUTOMATIC_H
#define BATON_BOOT_ENTRY_AUTOMATIC_H

#include "boot/entry/entry_file.h"

/*
 * As loader.conf wants them, into `automatic` of the entries: macOS on any volume, where the
 * firmware is Apple's; Windows, a UEFI shell, and the program in the default place unless it is
 * Baton, on Baton's volume; the firmware's setup, if it can be asked for; off and on again; and in
 * a firmware that takes keys for Secure Boot, each folder of \loader\keys.
 */
void automatic_find(struct entry_files *files);

#endif
