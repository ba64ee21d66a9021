/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/arm/firmware_tree.h"

#include "core/base/mem.h"
#include "core/linux/device_tree.h"
#include "efi/services.h"

#define MEMRESERVE_SIZE 16U /* entries, entries used, the next table's address */

struct span firmware_tree(const struct firmware *firmware)
{
    static const EFI_GUID guid = {
        0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};
    const void *tree = configuration_table(firmware, &guid);

    if (tree == NULL)
        return (struct span){0};
    return span_of(tree, device_tree_size(span_of(tree, DEVICE_TREE_HEADER)));
}

efi_status memreserve_install(struct firmware *firmware, struct linux_tables *tables)
{
    void *table;

    if (linux_tables_installed(firmware, LINUX_TABLE_MEMRESERVE) != NULL)
        return EFI_SUCCESS;
    table = linux_tables_take(firmware, tables, MEMRESERVE_SIZE);
    if (table == NULL)
        return EFI_OUT_OF_RESOURCES;
    memset(table, 0, MEMRESERVE_SIZE);
    return linux_tables_install(firmware, LINUX_TABLE_MEMRESERVE, table);
}
