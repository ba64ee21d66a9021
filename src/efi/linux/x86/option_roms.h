/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option ROMs of PCI devices, as the firmware has them in memory. Some graphics chips have none
 * in a BAR, and their driver finds what it needs to know of the board there and nowhere else.
 */
#ifndef BATON_EFI_LINUX_X86_OPTION_ROMS_H
#define BATON_EFI_LINUX_X86_OPTION_ROMS_H

#include "core/linux/x86/setup_data.h"
#include "efi/firmware.h"

/*
 * Adds a node of type SETUP_DATA_PCI (struct pci_setup_rom in Linux, arch/x86/include/asm/
 * setup_data.h) for each device that has one, in the firmware's order. As in Linux's own EFI stub
 * (setup_efi_pci()), a device is passed over whose ROM has no bytes or more than 16 MiB, which UEFI
 * does not allow: old firmware has other things where these fields are; or that does not tell
 * who or where it is.
 */
void option_roms_add(const struct firmware *firmware, struct setup_nodes *nodes);

#endif
