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

/* Writes the variable that the next start goes by. */
static void restart_with(const struct firmware *firmware, const char *name, const void *value,
                         size_t size)
{
    if (variable_write(firmware_runtime_services(firmware), VARIABLE_GLOBAL, name, VARIABLE_KEPT,
                       value, size) == EFI_SUCCESS)
        restart(firmware, false);
}

void restart_into_setup(const struct firmware *firmware)
{
    uint64_t wanted = read_indications(firmware, "OsIndications") | BOOT_TO_FIRMWARE_UI;

    restart_with(firmware, "OsIndications", &wanted, sizeof(wanted));
}

/* UEFI 2.10, 3.1.3: attributes, the length of the device path, then the description. */
#define OPTION_DESCRIPTION 6U
#define OPTION_SIZE_MAX    1024U
#define OPTIONS_MAX        256U

static bool is_called(const struct firmware *firmware, uint16_t number, const char *description)
{
    char name[] = "Boot0000";
    uint8_t option[OPTION_SIZE_MAX] = {0};
    uint32_t attributes;
    size_t size = 0;
    size_t i = 0;

    for (unsigned int digit = 0; digit < 4; digit++)
        name[4 + digit] = "0123456789ABCDEF"[number >> (12 - 4 * digit) & 0xF];
    if (variable_read(firmware, VARIABLE_GLOBAL, name, option, sizeof(option), &size,
                      &attributes) != EFI_SUCCESS)
        return false;
    for (size_t at = OPTION_DESCRIPTION; at + 1 < size; at += 2, i++) {
        if (option[at] != (uint8_t)description[i] || option[at + 1] != 0)
            return false;
        if (description[i] == '\0')
            return true;
    }
    return false;
}

void restart_into(const struct firmware *firmware, const char *description)
{
    uint16_t order[OPTIONS_MAX];
    uint32_t attributes;
    size_t size = 0;

    if (variable_read(firmware, VARIABLE_GLOBAL, "BootOrder", order, sizeof(order), &size,
                      &attributes) != EFI_SUCCESS)
        return;
    for (size_t i = 0; i < size / sizeof(order[0]); i++) {
        if (!is_called(firmware, order[i], description))
            continue;
        restart_with(firmware, "BootNext", &order[i], sizeof(order[i]));
        return;
    }
}

void restart(const struct firmware *firmware, bool power_off)
{
    EFI_RUNTIME_SERVICES *services = runtime_services(firmware);

    services->ResetSystem(power_off ? EfiResetShutdown : EfiResetCold, EFI_SUCCESS, 0, NULL);
}
