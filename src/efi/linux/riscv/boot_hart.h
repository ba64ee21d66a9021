/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hart the firmware runs on: by RISCV_EFI_BOOT_PROTOCOL (riscv-non-isa/riscv-uefi, version
 * 1.0), or by /chosen/boot-hartid of the device tree, as older firmware tells it. */
#ifndef BATON_EFI_LINUX_RISCV_BOOT_HART_H
#define BATON_EFI_LINUX_RISCV_BOOT_HART_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* False when the firmware does not say. */
bool boot_hart(const struct firmware *firmware, uint64_t *ret_hart);

#endif
