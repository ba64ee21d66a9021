/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is open of the firmware's file systems, and what it takes to open it once more. Part of
 * struct firmware; its contents are for efi/file*.c alone.
 */
#ifndef BATON_EFI_OPEN_FILE_H
#define BATON_EFI_OPEN_FILE_H

#include "core/base/efi_status.h"

#include <stdint.h>

/* 64 modules, a kernel, a root, and a few directories and companions on the way. */
#define OPEN_FILES_MAX 80

struct firmware;

struct file {
    struct firmware *firmware; /* NULL: the slot is free */
    void *handle;              /* EFI_FILE_HANDLE; NULL: it could not be opened once more */
    struct file *directory;    /* that `path` begins in; NULL: it is closed, or this is a root */
    const char *path;          /* the caller's */
    uint64_t size;             /* bytes: what GetInfo says, until file_size() knows better */
};

struct open_files {
    struct file slots[OPEN_FILES_MAX];
};

/*
 * Closes the file and opens it once more. EDK II's FAT driver answers its first error for ever
 * (FatSetVolumeError in FatPkg/EnhancedFatDxe), until nobody has the file open.
 */
efi_status file_reopen(struct file *file);

/* An EFI_FILE_HANDLE that no slot and no lease holds; `mode` is of EFI_FILE_PROTOCOL.Open(). */
efi_status file_open_handle(const struct file *directory, const char *path, uint64_t mode,
                            void **ret_handle);

#endif
