/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the volume offers to boot: the Boot Loader Specification's type 1 entries in
 * \loader\entries and its type 2 entries, unified kernel images in \EFI\Linux, in the order in
 * which to try them; then those that nobody has written (automatic.h).
 */
#ifndef BATON_BOOT_ENTRY_ENTRIES_H
#define BATON_BOOT_ENTRY_ENTRIES_H

#include "boot/entry/asked.h"
#include "boot/entry/entry_file.h"
#include "core/entry/bls_entry.h"
#include "core/entry/entry_choice.h"
#include "core/entry/entry_order.h"
#include "core/entry/loader_conf.h"
#include "efi/arena.h"
#include "efi/file.h"
#include "efi/firmware.h"
#include "efi/tpm.h"

#include <stddef.h>
#include <stdint.h>

#define ENTRIES_DIRECTORY "\\loader\\entries"
#define LOADER_CONF_PATH  "\\loader\\loader.conf"
#define BATON_CONF_PATH   "\\loader\\baton.conf"

#define ENTRIES_ABSENT_MAX    16U /* that are told of */
#define ENTRIES_AUTOMATIC_MAX 16U

/* Everything lives in the arena. */
struct entries {
    struct entry_list list; /* in the order in which they are listed and tried */
    size_t chosen;          /* place in the list; 0 when there are none */
    size_t absent_count;
    struct bls_entry
        *automatic[ENTRIES_AUTOMATIC_MAX]; /* automatic.h; behind the others in `list` */
    size_t automatic_count;
    const struct bls_entry *enrolls; /* of these the one that is to be enrolled unasked, or NULL */
    struct loader_conf conf;
    struct entry_wishes wishes;
    bool saves;                    /* `@saved` is asked for: what is booted is to be saved */
    struct loader_timeout timeout; /* of variables and loader.conf the one that counts */
    struct bls_entry
        *absent[ENTRIES_ABSENT_MAX]; /* whose kernel is not there, or Baton: to be told of */
};

/*
 * Reads loader.conf, baton.conf and all entries; what is wrong with any of them is said on the
 * console and the rest counts. `asked` says what variables ask for. No entry at all is success with
 * a count of 0. Both files are measured. The watchdog is armed while directories are read, and
 * afterwards: efi_main() disarms it when it returns.
 */
efi_status entries_read(struct firmware *firmware, struct arena *arena, struct tpm *tpm,
                        const struct asked *asked, struct entries *ret_entries);

/* For what reads entries: takes one in, unless too many others come before it. */
void entries_add(struct entry_files *files, struct bls_entry *entry);

#endif
