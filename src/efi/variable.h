/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables of the firmware, as bytes. Knows whose they are; knows nothing of what they mean. Names
 * are ASCII and shorter than 64; a longer one is EFI_INVALID_PARAMETER and asks the firmware
 * nothing.
 */
#ifndef BATON_EFI_VARIABLE_H
#define BATON_EFI_VARIABLE_H

#include "efi/firmware.h"

#include <stddef.h>
#include <stdint.h>

enum variable_vendor {
    VARIABLE_GLOBAL,      /* EFI_GLOBAL_VARIABLE */
    VARIABLE_SHIM,        /* shim's MokSBStateRT and friends */
    VARIABLE_BATON,       /* Baton's own */
    VARIABLE_RANDOM_SEED, /* Linux's RandomSeed */
    VARIABLE_OVERWRITE,   /* the TCG's MemoryOverwriteRequestControl */
    VARIABLE_SYSTEMD,     /* what systemd's loaders tell its userspace */
    VARIABLE_DATABASE,    /* EFI_IMAGE_SECURITY_DATABASE: what Secure Boot accepts */
    VARIABLE_CUSTOM_MODE, /* EDK II's switch for keys that nobody has signed */
};

/* EFI_VARIABLE_NON_VOLATILE, _BOOTSERVICE_ACCESS and _RUNTIME_ACCESS (UEFI 2.10, 8.2.1). */
#define VARIABLE_KEPT 7U
/* The same but for the first: until the next reset. */
#define VARIABLE_TOLD 6U
/* The same as long as there are boot services. */
#define VARIABLE_HERE 2U
/* The first, with a signature in front of the data (UEFI 2.10, 8.2.2, time-based). */
#define VARIABLE_SIGNED 0x27U
/* The first, as long as there are boot services. */
#define VARIABLE_HIDDEN 3U

/*
 * At most `capacity` bytes; EFI_BUFFER_TOO_SMALL when it is larger. What the buffer holds after an
 * error is unspecified.
 */
efi_status variable_read(const struct firmware *firmware, enum variable_vendor vendor,
                         const char *name, void *data, size_t capacity, size_t *ret_size,
                         uint32_t *ret_attributes);

/*
 * By runtime services alone, on both sides of the exit: `runtime_services` is the address of their
 * table (firmware_runtime_services()). `size` is not 0. EFI_UNSUPPORTED when there is no such table
 * or it lacks the service: after a failed exit anything can be gone.
 */
efi_status variable_write(uint64_t runtime_services, enum variable_vendor vendor, const char *name,
                          uint32_t attributes, const void *data, size_t size);

/*
 * The same for a text of VARIABLE_SYSTEMD, UTF-8, which the variable has as UTF-16 with its NUL;
 * EFI_INVALID_PARAMETER when it is none, or longer than an id or a path can be. NULL deletes it.
 */
#define VARIABLE_TEXT_MAX 1024U /* units, with the NUL */
efi_status variable_write_text(uint64_t runtime_services, const char *name, uint32_t attributes,
                               const char *text);

/* EFI_NOT_FOUND when there was none. */
efi_status variable_delete(uint64_t runtime_services, enum variable_vendor vendor,
                           const char *name);

#endif
