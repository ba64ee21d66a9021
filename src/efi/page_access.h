/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware's page tables allow with pages that it gave (EFI_MEMORY_ATTRIBUTE_PROTOCOL,
 * UEFI 2.10, 37.7). */
#ifndef BATON_EFI_PAGE_ACCESS_H
#define BATON_EFI_PAGE_ACCESS_H

#include "efi/firmware.h"

#include <stdint.h>

/*
 * Makes whole pages readable, writable and executable: for a kernel that runs in the firmware's
 * page tables and changes itself, and for nothing else. Firmware without the protocol has nothing
 * to ask, and everything is allowed.
 */
efi_status page_access_allow_all(const struct firmware *firmware, uint64_t address, uint64_t pages);

#endif
