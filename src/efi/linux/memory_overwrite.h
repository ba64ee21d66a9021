/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the firmware to clear the memory at the next start, should this system end without having
 * wiped its secrets: the variable MemoryOverwriteRequestControl (TCG PC Client Platform Reset
 * Attack Mitigation Specification 1.10, 4.2). The system takes the request back when it ends in
 * order.
 */
#ifndef BATON_EFI_LINUX_MEMORY_OVERWRITE_H
#define BATON_EFI_LINUX_MEMORY_OVERWRITE_H

#include "efi/firmware.h"

/*
 * As Linux's own EFI stub does (efi_enable_reset_attack_mitigation): only where the variable
 * exists, which is how firmware says that it can. EFI_NOT_FOUND where it does not.
 */
efi_status memory_overwrite_request(const struct firmware *firmware);

#endif
