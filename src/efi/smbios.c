/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/smbios.h"

#include "efi/tables.h"

#define TABLE_SIZE_MAX (1U << 20)

/* The entry points: their anchors, and where they say size and address of the table. */
#define ENTRY_SIZE    32U
#define AT_SIZE_64    12U
#define AT_ADDRESS_64 16U
#define AT_SIZE_32    22U
#define AT_ADDRESS_32 24U
#define ANCHOR_64     0x334d535fU /* "_SM3" */
#define ANCHOR_32     0x5f4d535fU /* "_SM_" */

struct span smbios_table(const struct firmware *firmware)
{
    struct configuration_tables tables = tables_find(firmware);
    uint64_t entry = tables.smbios3 != 0 ? tables.smbios3 : tables.smbios;
    struct span point = span_of((const void *)(uintptr_t)entry, entry == 0 ? 0 : ENTRY_SIZE);
    uint64_t address = 0;
    uint32_t size = 0;
    uint32_t anchor = 0;
    uint32_t address_32 = 0;
    uint16_t size_16 = 0;

    (void)span_u32(point, 0, &anchor);
    if (anchor == ANCHOR_64) {
        (void)span_u32(point, AT_SIZE_64, &size);
        (void)span_u64(point, AT_ADDRESS_64, &address);
    } else if (anchor == ANCHOR_32) {
        (void)span_u16(point, AT_SIZE_32, &size_16);
        (void)span_u32(point, AT_ADDRESS_32, &address_32);
        size = size_16;
        address = address_32;
    }
    if (address == 0 || size > TABLE_SIZE_MAX)
        size = 0;
    return span_of((const void *)(uintptr_t)address, size);
}
