/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/trust.h"

#include "boot/failure.h"
#include "efi/image/image.h"

bool trust_image(struct firmware *firmware, const struct boot_environment *environment,
                 struct span image, const char *path, uint32_t *notes,
                 struct boot_failure *ret_failure)
{
    efi_status status = image_verify(firmware, image, path);

    if (status == 0)
        return true;
    if (trust_required(environment))
        return boot_fail(ret_failure, "verifying", path, image_explain(status), status);
    *notes |= NOTE_NOT_JUDGED;
    return true;
}
