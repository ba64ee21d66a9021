/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes that a boot is made of, wherever they come from: a file of the boot volume, a part of
 * one, or memory that the firmware has judged. Knows where bytes are, nothing of what they mean.
 */
#ifndef BATON_BOOT_BOOT_FILE_H
#define BATON_BOOT_BOOT_FILE_H

#include "core/base/span.h"
#include "efi/file.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

struct boot;

struct boot_file {
    const char *path;     /* UTF-8, as the user wrote it; outlives the boot */
    struct file *file;    /* open; not used when `bytes` is set */
    const uint8_t *bytes; /* the contents, in pages that a lease holds; NULL: they are on disk */
    uint64_t offset;      /* of the contents in `file` */
    uint64_t size; /* bytes; of a whole file what reading to its end gives, not what it claims */
    bool part;     /* more may follow in `file` */
};

/* [offset, offset + size) of the contents, which the caller has checked to be inside. */
efi_status boot_file_read(struct firmware *firmware, const struct boot_file *from, uint64_t offset,
                          uint64_t size, void *destination);

/* All of it, and the proof that the file ends there: EFI_VOLUME_CORRUPTED when it does not. */
efi_status boot_file_read_all(struct firmware *firmware, const struct boot_file *from,
                              void *destination);

/*
 * The first `size` bytes (not 0), or the whole file, in pages of their own that a lease holds, with
 * `lead` bytes to spare in front. `doing` and the file's path are for the line about a failure.
 */
bool boot_file_load(struct boot *boot, const struct boot_file *from, uint64_t size, uint64_t lead,
                    const char *doing, struct span *ret_bytes);

#endif
