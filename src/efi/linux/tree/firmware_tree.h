/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Linux kernel on such a machine wants of the firmware's configuration tables. */
#ifndef BATON_EFI_LINUX_TREE_FIRMWARE_TREE_H
#define BATON_EFI_LINUX_TREE_FIRMWARE_TREE_H

#include "core/base/span.h"
#include "core/screen/framebuffer.h"
#include "efi/firmware.h"
#include "efi/linux/linux_tables.h"

/* The firmware's flattened device tree, by the size in its header; empty when it has none, and
 * where ACPI describes the machine. Not to be trusted. */
struct span firmware_tree(const struct firmware *firmware);

/*
 * Puts a copy of the tree, which is sound, in the place of the firmware's, as long as a lease holds
 * it. A firmware that adds to trees what it knows of its machine does that to the copy
 * (EFI_DT_FIXUP_PROTOCOL, https://github.com/U-Boot-EFI/EFI_DT_FIXUP_PROTOCOL).
 */
efi_status firmware_tree_replace(struct firmware *firmware, struct span tree);

/*
 * LINUX_EFI_MEMRESERVE_TABLE (Linux, include/linux/efi.h), empty: the kernel keeps in it what an
 * interrupt controller writes to across kexec, and warns where it is missing. One that is there
 * stays.
 */
efi_status memreserve_install(struct firmware *firmware, struct linux_tables *tables);

/* LINUX_EFI_SCREEN_INFO_TABLE: the framebuffer, where there is one that Linux can be told of. */
efi_status screen_info_install(struct firmware *firmware, struct linux_tables *tables,
                               const struct framebuffer *screen);

#endif
