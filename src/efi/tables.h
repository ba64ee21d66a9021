/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware's configuration tables offer a kernel: addresses, never followed here. */
#ifndef BATON_EFI_TABLES_H
#define BATON_EFI_TABLES_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* Physical addresses; 0 when the firmware has no such table. */
struct configuration_tables {
    uint64_t acpi_rsdp; /* of ACPI 2.0 or later, else of 1.0 */
    uint64_t smbios;
    uint64_t smbios3;
    uint64_t memory_attributes; /* which part of the runtime regions is code, which data */
};

struct configuration_tables tables_find(const struct firmware *firmware);

/* Does any table begin in [start, end)? True as well when the firmware's count is nonsense. */
bool tables_point_into(const struct firmware *firmware, uint64_t start, uint64_t end);

#endif
