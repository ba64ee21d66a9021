/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to src/efi: the firmware's own types, and the way from the handle to the services. */
#ifndef BATON_EFI_SERVICES_H
#define BATON_EFI_SERVICES_H

#include "efi/firmware.h"

#include <efi.h>

#include <stdbool.h>

static inline EFI_BOOT_SERVICES *boot_services(const struct firmware *firmware)
{
    return firmware->system_table->BootServices;
}

static inline EFI_RUNTIME_SERVICES *runtime_services(const struct firmware *firmware)
{
    return firmware->system_table->RuntimeServices;
}

bool guid_equal(const EFI_GUID *a, const EFI_GUID *b);

#endif
