/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/restart.h"

#include "efi/services.h"
#include "efi/variable.h"

/* UEFI 2.10, 8.5.4: the lowest bit of both variables. */
#define BOOT_TO_FIRMWARE_UI 1U

/* 0 when there is no such variable. */
static uint64_t read_indications(const struct firmware *firmware, const char *name)
{
    uint64_t value = 0;
    uint32_t attributes;
    size_t size = 0;

    if (variable_read(firmware, VARIABLE_GLOBAL, name, &value, sizeof(value), &size, &attributes) !=
            EFI_SUCCESS ||
        size != sizeof(value))
        return 0;
    return value;
}

bool restart_has_setup(const struct firmware *firmware)
{
    return (read_indications(firmware, "OsIndicationsSupported") & BOOT_TO_FIRMWARE_UI) != 0;
}

void restart_into_setup(const struct firmware *firmware)
{
    uint64_t wanted = read_indications(firmware, "OsIndications") | BOOT_TO_FIRMWARE_UI;

    if (variable_write(firmware_runtime_services(firmware), VARIABLE_GLOBAL, "OsIndications",
                       VARIABLE_KEPT, &wanted, sizeof(wanted)) == EFI_SUCCESS)
        restart(firmware, false);
}

void restart(const struct firmware *firmware, bool power_off)
{
    EFI_RUNTIME_SERVICES *services = runtime_services(firmware);

    services->ResetSystem(power_off ? EfiResetShutdown : EfiResetCold, EFI_SUCCESS, 0, NULL);
}
