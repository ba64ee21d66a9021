/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the SMBIOS tables are (System Management BIOS Reference Specification 3.6, 5.2). */
#ifndef BATON_EFI_SMBIOS_H
#define BATON_EFI_SMBIOS_H

#include "core/base/span.h"
#include "efi/firmware.h"

/* All structures, as the firmware keeps them; empty when there are none. */
struct span smbios_table(const struct firmware *firmware);

#endif
