/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/trust.h"

#include "efi/image/image.h"

bool trust_image(struct boot *boot, struct span image, const char *path)
{
    efi_status status = image_verify(boot->firmware, image, path);

    if (status == 0)
        return true;
    if (trust_required(boot))
        return boot_fail(boot, "verifying", path, image_explain(status), status);
    boot->shortfalls |= SHORTFALL_NOT_JUDGED;
    return true;
}
