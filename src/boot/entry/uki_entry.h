/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of type 2 of the Boot Loader Specification: unified kernel images in \EFI\Linux. Looks at
 * their headers and small texts only, never at the kernel in them, so that a volume full of them
 * costs little.
 */
#ifndef BATON_BOOT_ENTRY_UKI_ENTRY_H
#define BATON_BOOT_ENTRY_UKI_ENTRY_H

#include "boot/entry/entry_file.h"
#include "core/entry/bls_entry.h"

#define UKI_DIRECTORY "\\EFI\\Linux"

/*
 * The image of that name in the directory as entries, one for each of its profiles, given to
 * entries_add(): title, version and sort-key come from its os-release; options are "", because its
 * command line is its own. None when there is nothing to boot in it: an image for another machine
 * is passed over in silence, as the specification wants; whatever else is wrong has been said.
 */
void uki_entry_read(struct entry_files *files, const char *name);

/*
 * The command line that the image of an entry of kind BLS_UKI brings for its profile, in the arena;
 * "" when it brings none. NULL, and it has been said why, when it cannot be read.
 */
const char *uki_entry_options(struct firmware *firmware, struct arena *arena,
                              const struct bls_entry *entry);

#endif
