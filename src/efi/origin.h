/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operating system may want to know of the firmware, and of where Baton was started from.
 */
#ifndef BATON_EFI_ORIGIN_H
#define BATON_EFI_ORIGIN_H

#include "efi/firmware.h"

#include <stdbool.h>

/* UTF-8. */
struct origin {
    char firmware[128];     /* vendor and version: "EDK II 1.00"; what does not fit is cut off */
    char specification[32]; /* "UEFI 2.70" */
    char partition[37];     /* GUID of Baton's partition, in capitals; "" when it has none */
};

void origin_read(const struct firmware *firmware, struct origin *ret_origin);

/* Whether the last update of the system firmware failed, by the ESRT (UEFI 2.10, 23.4). */
bool firmware_update_failed(const struct firmware *firmware);

#endif
