/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to Multiboot2: a kernel on the way to its place. Everything here happens with the
 * firmware alive. */
#ifndef BATON_BOOT_MULTIBOOT_MULTIBOOT_LOADING_H
#define BATON_BOOT_MULTIBOOT_MULTIBOOT_LOADING_H

#include "boot/protocol.h"
#include "core/multiboot/multiboot_header.h"
#include "core/multiboot/multiboot_image.h"

#include <stdbool.h>
#include <stdint.h>

struct multiboot_loading {
    struct boot *boot;
    uint64_t base;   /* where the image's first byte is at its entry */
    uint64_t staged; /* where it is now; another place until the firmware is gone */
    struct multiboot_header header;
    struct multiboot_image image;
    struct span modules[BOOT_MODULES_MAX];
    const char *names[BOOT_MODULES_MAX]; /* the strings that the kernel gets with them */
};

/* Writes the failure into the boot, about the kernel's file; always false. */
bool multiboot_fail(struct multiboot_loading *loading, const char *doing, struct explanation why,
                    efi_status status);

/* The kernel, unpacked and read, and its modules, in memory. */
bool multiboot_load(struct multiboot_loading *loading);

/* The end of the image in its place, exclusive. */
static inline uint64_t multiboot_image_end(const struct multiboot_loading *loading)
{
    return loading->base + (loading->image.end - loading->image.start);
}

#endif
