/* SPDX-License-Identifier: BSD-2-Clause */
/* Turning the machine off or on again while the firmware is alive, also into its own setup. */
#ifndef BATON_EFI_RESTART_H
#define BATON_EFI_RESTART_H

#include "efi/firmware.h"

#include <stdbool.h>

/* Whether the firmware can be asked to show its setup at the next start. */
bool restart_has_setup(const struct firmware *firmware);

/*
 * Into the boot option of the firmware's that has this description (UEFI 2.10, 3.1.3), by BootNext:
 * for a system that wants to be started by nobody else. Returns when there is none, too.
 */
void restart_into(const struct firmware *firmware, const char *description);

/* Both return when the firmware does not do it. */
void restart_into_setup(const struct firmware *firmware);
void restart(const struct firmware *firmware, bool power_off);

#endif
