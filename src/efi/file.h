/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the volume Baton was started from. Paths are UTF-8, with backslashes, from the volume's
 * root. */
#ifndef BATON_EFI_FILE_H
#define BATON_EFI_FILE_H

#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file; /* an EFI_FILE_PROTOCOL; closed through its lease */

/* The root directory of the volume that `firmware->image_handle` was loaded from. */
efi_status volume_open(struct firmware *firmware, struct file **ret_root);

/* EFI_INVALID_PARAMETER for a directory: reading one as a file gives directory entries, not bytes.
 */
efi_status file_open(struct firmware *firmware, struct file *root, const char *path,
                     struct file **ret_file);
efi_status directory_open(struct firmware *firmware, struct file *root, const char *path,
                          struct file **ret_directory);

/* Closes before the rest of the leases go. */
void file_close(struct firmware *firmware, struct file *file);

/* Closes every file: before the exit nothing of the firmware's stays open. */
void files_close(struct firmware *firmware);

/*
 * The size that seeking to the end gives and, for what was read, that reading confirms: GetInfo is
 * not asked, because it can lie without anybody noticing.
 */
efi_status file_size(struct file *file, uint64_t *ret_size);

/*
 * Reads exactly [offset, offset + size) to `destination`, straight, in as large pieces as the
 * firmware takes; falls back to smaller ones and to a bounce buffer below 4 GiB when it fails.
 * A file that ends early is EFI_END_OF_FILE.
 */
efi_status file_read(struct firmware *firmware, struct file *file, uint64_t offset, uint64_t size,
                     void *destination);

/* EFI_SUCCESS when the file ends at `size`; EFI_VOLUME_CORRUPTED when there is more to read. */
efi_status file_confirm_end(struct file *file, uint64_t size);

/*
 * The next name in a directory, UTF-8, "" for one that is no UTF-16 or does not fit;
 * EFI_END_OF_FILE after the last. A directory in a damaged file system may have no last one:
 * callers count.
 */
efi_status directory_next(struct file *directory, char *name, size_t capacity,
                          bool *ret_is_directory);

#endif
