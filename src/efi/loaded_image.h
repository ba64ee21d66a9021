/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware says about how Baton itself was started. */
#ifndef BATON_EFI_LOADED_IMAGE_H
#define BATON_EFI_LOADED_IMAGE_H

#include "core/base/span.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stddef.h>

struct loaded_image {
    struct span memory;       /* the image itself, as the firmware loaded it; size 0: unknown */
    struct span load_options; /* the firmware's bytes, untrusted; alive while Baton runs */
    char path[256];           /* Baton's own file, UTF-8, backslashes; "" when unknown */
};

/* Whether the UEFI shell has started Baton. */
bool loaded_image_is_in_shell(const struct firmware *firmware);

efi_status loaded_image_read(const struct firmware *firmware, struct loaded_image *ret_image);

#endif
