/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the volume offers to boot: the Boot Loader Specification's type 1 entries in
 * \loader\entries and its type 2 entries, unified kernel images in \EFI\Linux, in the order in
 * which to try them.
 */
#ifndef BATON_BOOT_ENTRY_ENTRIES_H
#define BATON_BOOT_ENTRY_ENTRIES_H

#include "core/entry/bls_entry.h"
#include "core/entry/loader_conf.h"
#include "efi/arena.h"
#include "efi/file.h"
#include "efi/firmware.h"
#include "efi/tpm.h"

#include <stddef.h>
#include <stdint.h>

#define ENTRIES_DIRECTORY "\\loader\\entries"
#define LOADER_CONF_PATH  "\\loader\\loader.conf"

/* Everything lives in the arena. */
struct entries {
    const struct bls_entry **found;
    uint16_t *order; /* indices into found, the default first */
    size_t count;
    struct loader_conf conf;
};

/*
 * Reads loader.conf and all entries; what is wrong with any of them is said on the console and the
 * rest counts. No entry at all is success with a count of 0. loader.conf is measured. The watchdog
 * is armed while directories are read, and afterwards: efi_main() disarms it when it returns.
 */
efi_status entries_read(struct firmware *firmware, struct arena *arena, struct tpm *tpm,
                        struct entries *ret_entries);

#endif
