/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware of a Mac tells of its devices and has no ACPI for: Thunderbolt's host, the
 * backlight, the wireless board. Does nothing on any other firmware.
 *
 * Not done: the call of apple_set_os, which keeps the integrated graphics of some MacBooks with two
 * graphics chips switched on. Linux's stub makes it from 6.11 on, for eight models known by name;
 * kernels before never had it, the list is being changed, and a loader that makes the call where
 * the kernel does not expect it changes which display lights up (Limine has taken a call for all
 * Macs out again). Whoever needs it has the kernel started through its stub.
 */
#ifndef BATON_EFI_LINUX_X86_APPLE_H
#define BATON_EFI_LINUX_X86_APPLE_H

#include "core/linux/x86/setup_data.h"
#include "efi/firmware.h"

/*
 * Adds a node of type SETUP_DATA_APPLE_PROPERTIES with all properties, as Apple's protocol gives
 * them (retrieve_apple_device_properties() in Linux, drivers/firmware/efi/libstub/x86-stub.c);
 * none when they are more than 1 MiB: real ones are some kilobytes.
 */
void apple_properties_add(const struct firmware *firmware, struct setup_nodes *nodes);

#endif
