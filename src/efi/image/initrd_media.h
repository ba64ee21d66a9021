/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initrds for an image that is started: EFI_LOAD_FILE2_PROTOCOL on a handle whose device path is
 * the vendor media node LINUX_EFI_INITRD_MEDIA_GUID, 5568e427-68fc-4f3d-ac74-ca555231cc68. Linux's
 * EFI stub looks there since 5.7 (efi_load_initrd_dev_path), so do systemd's stub and GRUB.
 * Several files become one as core/linux/x86/linux_placement.h lays them out. They are read
 * straight into the memory of whoever asks, when he asks, as often as he asks.
 */
#ifndef BATON_EFI_IMAGE_INITRD_MEDIA_H
#define BATON_EFI_IMAGE_INITRD_MEDIA_H

#include "efi/file.h"
#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdint.h>

#define INITRD_FILES_MAX 64

struct initrd_file {
    struct file *file; /* stays open as long as the protocol is there */
    const void *bytes; /* the contents, in its place; NULL: they are on disk */
    uint64_t size;     /* bytes; its true size, as file_size() says */
};

/*
 * Installs the protocol. `files` is copied; `firmware` has to stay where it is. a lease takes
 * the protocol away again, before the pages that its state is in.
 *
 * Without a byte to offer (no files, or empty ones) nothing is installed and that is a success.
 * EFI_ALREADY_STARTED when somebody else offers an initrd: two would be one too many, and which one
 * an image finds is chance. EFI_INVALID_PARAMETER when the sizes do not add up in 64 bits, or
 * there are more than INITRD_FILES_MAX files.
 */
efi_status initrd_media_install(struct firmware *firmware, const struct initrd_file *files,
                                unsigned int count);

#endif
