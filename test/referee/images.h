/* SPDX-License-Identifier: BSD-2-Clause */
/* Which image an address belongs to, and what a person calls that image. */
#ifndef BATON_REFEREE_IMAGES_H
#define BATON_REFEREE_IMAGES_H

#include <efi.h>

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_NAME 96

struct image {
    uintptr_t base;
    uint64_t size;
    bool application; /* a loader, not a driver */
    char name[IMAGE_NAME];
};

/* Once, when the driver is loaded: the firmware may allocate while it looks for the names that its
 * own drivers have in their volumes. */
void images_learn_names(EFI_BOOT_SERVICES *services);

/* Looks at all loaded images anew. Allocates nothing: no agent is told, so none is remembered. */
void images_scan(EFI_BOOT_SERVICES *services);

/* NULL: in no image. Loaders run code that they have loaded themselves. */
const struct image *image_at(const void *address);

/* The image of a handle, or NULL. */
const struct image *image_of(EFI_BOOT_SERVICES *services, EFI_HANDLE handle);

#endif
