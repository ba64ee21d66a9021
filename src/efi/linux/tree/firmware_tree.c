/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/tree/firmware_tree.h"

#include "core/base/mem.h"
#include "core/linux/device_tree.h"
#include "core/linux/screen_info.h"
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

static efi_status install(struct firmware *firmware, struct linux_tables *tables,
                          enum linux_table which, const void *contents, size_t size)
{
    void *table = linux_tables_take(firmware, tables, size);

    if (table == NULL)
        return EFI_OUT_OF_RESOURCES;
    memcpy(table, contents, size);
    return linux_tables_install(firmware, which, table);
}

efi_status memreserve_install(struct firmware *firmware, struct linux_tables *tables)
{
    static const uint8_t empty[MEMRESERVE_SIZE];

    if (linux_tables_installed(firmware, LINUX_TABLE_MEMRESERVE) != NULL)
        return EFI_SUCCESS;
    return install(firmware, tables, LINUX_TABLE_MEMRESERVE, empty, sizeof(empty));
}

efi_status screen_info_install(struct firmware *firmware, struct linux_tables *tables,
                               const struct framebuffer *screen)
{
    uint8_t info[SCREEN_INFO_SIZE] = {0};

    if (!screen_info_put(screen, info))
        return EFI_SUCCESS;
    return install(firmware, tables, LINUX_TABLE_SCREEN_INFO, info, sizeof(info));
}
