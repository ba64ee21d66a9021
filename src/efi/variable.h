/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of the firmware, as bytes. Knows nothing of what they mean. */
#ifndef BATON_EFI_VARIABLE_H
#define BATON_EFI_VARIABLE_H

#include "efi/firmware.h"

#include <stddef.h>
#include <stdint.h>

enum variable_vendor {
    VARIABLE_GLOBAL,      /* EFI_GLOBAL_VARIABLE */
    VARIABLE_SHIM,        /* shim's MokSBStateRT and friends */
    VARIABLE_RANDOM_SEED, /* Linux's RandomSeed */
};

/* `name` is ASCII, shorter than 64. At most `capacity` bytes; EFI_BUFFER_TOO_SMALL when it is
 * larger. */
efi_status variable_read(const struct firmware *firmware, enum variable_vendor vendor,
                         const char *name, void *data, size_t capacity, size_t *ret_size,
                         uint32_t *ret_attributes);

#endif
