/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the volumes that entries are on. Paths are UTF-8, with backslashes: from the volume's
 * root when they begin with one, else from the directory that is given. They must stay where they
 * are as long as the file is open: after an error the file is opened once more.
 */
#ifndef BATON_EFI_FILE_H
#define BATON_EFI_FILE_H

#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file; /* a slot of struct open_files; closed through its lease */

/* The root directory of the volume that paths are on: `firmware->volume`, efi/volumes.h. */
efi_status volume_open(struct firmware *firmware, struct file **ret_root);

/*
 * EFI_NOT_FOUND: no such file, also when the path goes through a file as if it were a directory.
 * EFI_UNSUPPORTED: it is a directory; reading one gives directory entries, not bytes.
 * EFI_INVALID_PARAMETER: no UTF-8, or a path that is too long, for Baton (PATH_CAPACITY) or for the
 * firmware's file system: FAT's driver in EDK II takes 256 units from the root on.
 */
efi_status file_open(struct firmware *firmware, struct file *directory, const char *path,
                     struct file **ret_file);

/* What file_open() says, and the file is closed again. */
efi_status file_probe(struct firmware *firmware, struct file *directory, const char *path);

/* EFI_NOT_FOUND as well when it is a file. */
efi_status directory_open(struct firmware *firmware, struct file *directory, const char *path,
                          struct file **ret_directory);

/* Closes before the rest of the leases go. */
void file_close(struct firmware *firmware, struct file *file);

/* Closes every file: before the exit nothing of the firmware's stays open. */
void files_close(struct firmware *firmware);

/*
 * The size that GetInfo says and that seeking to the end gives. When these differ, when there is
 * only one of them, or when both say 0, reading decides. A file of which nobody can tell is an
 * error; one whose size is 0 is empty: it has been tried.
 */
efi_status file_size(struct file *file, uint64_t *ret_size);

/*
 * Reads exactly [offset, offset + size) to `destination`, straight, in as large pieces as the
 * firmware takes; falls back to smaller ones and to a bounce buffer below 4 GiB when it fails, and
 * to reading the whole file where a driver does nothing else. A file that ends early is
 * EFI_END_OF_FILE.
 */
efi_status file_read(struct firmware *firmware, struct file *file, uint64_t offset, uint64_t size,
                     void *destination);

/*
 * EFI_VOLUME_CORRUPTED when there is more to read behind `size`. An error there says nothing: some
 * firmware has one instead of 0 bytes at the end of a file (rust-hypervisor-firmware).
 */
efi_status file_confirm_end(struct file *file, uint64_t size);

/*
 * file_read() of the whole file and file_confirm_end(), with one Read where the driver is sound:
 * `destination` has room for `size` bytes, which file_size() gave, and one more.
 */
efi_status file_read_whole(struct firmware *firmware, struct file *file, uint64_t size,
                           void *destination);

/*
 * The next name in a directory, UTF-8, "" for one that is no UTF-16 or does not fit;
 * EFI_END_OF_FILE after the last. A directory in a damaged file system may have no last one:
 * callers count.
 */
efi_status directory_next(struct file *directory, char *name, size_t capacity,
                          bool *ret_is_directory);

#endif
