/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/watchdog.h"

#include "efi/services.h"

/* UEFI 2.10, 7.5.1: codes below are the firmware's. */
#define WATCHDOG_CODE 0x10000

void watchdog_arm(const struct firmware *firmware, uint32_t seconds)
{
    boot_services(firmware)->SetWatchdogTimer(seconds, WATCHDOG_CODE, 0, NULL);
}

void watchdog_disarm(const struct firmware *firmware)
{
    watchdog_arm(firmware, 0);
}
