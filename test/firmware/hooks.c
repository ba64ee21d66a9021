/* SPDX-License-Identifier: BSD-2-Clause */
#include "hooks.h"

#include "core/base/crc32.h"
#include "core/base/mem.h"

void table_repair(EFI_TABLE_HEADER *table)
{
    table->CRC32 = 0;
    table->CRC32 = crc32_update(0, table, table->HeaderSize);
}

void *hook_install(EFI_TABLE_HEADER *table, void *slot, void *replacement)
{
    void *original;

    memcpy(&original, slot, sizeof(original));
    memcpy(slot, &replacement, sizeof(replacement));
    table_repair(table);
    return original;
}
