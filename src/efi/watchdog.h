/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's watchdog (UEFI 2.10, 7.5.1), which resets the machine unless it is disarmed. It is
 * for what Baton cannot bound because the loop is the firmware's own: a chain of clusters that is a
 * ring, and for what is started.
 */
#ifndef BATON_EFI_WATCHDOG_H
#define BATON_EFI_WATCHDOG_H

#include "efi/firmware.h"

/* UEFI 2.10, 3.1.2: five minutes for a boot option. */
#define WATCHDOG_SECONDS 300

/* A firmware that has no watchdog says so, and there is nothing else to try. */
void watchdog_arm(const struct firmware *firmware, uint32_t seconds);
void watchdog_disarm(const struct firmware *firmware);

#endif
