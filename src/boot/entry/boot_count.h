/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot counting (Boot Loader Specification): an entry that is about to be booted has one try less,
 * which its file's name says from then on, whatever comes of the boot. systemd-bless-boot takes the
 * counter away when the system is up.
 *
 * EDK II's FAT driver renames by taking the old name away first, so a power failure or a full disk
 * in between loses the file. An entry's text is therefore copied to its next name and flushed
 * before the old file is deleted: at every moment one of the two is whole. When a start finds both,
 * with the same bytes, the one with fewer tries is the entry, and the other one is deleted. A file
 * of the next name with other bytes is somebody else's, or half a copy: it stays, and the name
 * after it is taken. An image cannot be copied and is renamed, where the volume has room for the
 * name.
 */
#ifndef BATON_BOOT_ENTRY_BOOT_COUNT_H
#define BATON_BOOT_ENTRY_BOOT_COUNT_H

#include "core/entry/entry_order.h"
#include "efi/arena.h"
#include "efi/firmware.h"

/*
 * Takes one try off the entry, which is in the list. Returns the path of its file afterwards
 * for LoaderBootCountPath, in the arena; NULL when nothing was counted: it has no counter, its file
 * or its volume must not be written, or it could not be, which is said. Every entry in the list of
 * that file has the new name and the new counter, and the new path if it is an image: it may be
 * tried again, and so may the other profiles of an image.
 */
const char *boot_count(struct firmware *firmware, struct arena *arena,
                       const struct entry_list *list, const struct bls_entry *entry);

#endif
