/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standing in for a firmware service: replaces a pointer in a table of the firmware's, in place, so
 * that everybody who calls through the table meets the replacement, and repairs the table's CRC.
 * Shim and OpenCore do the same on real machines.
 */
#ifndef BATON_TEST_FIRMWARE_HOOKS_H
#define BATON_TEST_FIRMWARE_HOOKS_H

#include <efi.h>

/* The CRC of a table whose content has changed (UEFI 2.10, 4.2). */
void table_repair(EFI_TABLE_HEADER *table);

/* Puts `replacement` into `slot` of `table`; what was there, to be called by the replacement. */
void *hook_install(EFI_TABLE_HEADER *table, void *slot, void *replacement);

/*
 * hook_service(bs, GetMemoryMap, mine): the original, with its type. A replacement whose signature
 * is not the service's does not compile.
 */
#define hook_service(services, name, replacement)                                                  \
    ((__typeof__((services)->name))hook_install(&(services)->Hdr, &(services)->name,               \
                                                (void *)(1 ? (replacement) : (services)->name)))

#endif
