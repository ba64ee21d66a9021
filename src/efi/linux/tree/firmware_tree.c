/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/tree/firmware_tree.h"

#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/linux/device_tree.h"
#include "core/linux/screen_info.h"
#include "efi/pages.h"
#include "efi/services.h"

#define MEMRESERVE_SIZE 16U /* entries, entries used, the next table's address */

#define FIX_APPLY   1U /* what the firmware knows of the machine */
#define FIX_RESERVE 2U /* in the memory map what the tree reserves */

static const EFI_GUID tree_guid = {
    0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};
static const EFI_GUID fixup_guid = {
    0xe617d64c, 0xfe08, 0x46da, {0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00}};

struct tree_fixup {
    UINT64 revision;
    EFI_STATUS(EFIAPI *fixup)(struct tree_fixup *self, VOID *tree, UINTN *size, UINT32 flags);
};

struct span firmware_tree(const struct firmware *firmware)
{
    const void *tree = configuration_table(firmware, &tree_guid);

    if (tree == NULL)
        return (struct span){0};
    return span_of(tree, device_tree_size(span_of(tree, DEVICE_TREE_HEADER)));
}

static efi_status install_tree(const struct firmware *firmware, uint64_t address)
{
    return boot_services(firmware)->InstallConfigurationTable(guid_in(&tree_guid),
                                                              (VOID *)(uintptr_t)address);
}

/* Its address is that of the firmware's own tree. */
static void restore_tree(struct firmware *firmware, const struct lease *lease)
{
    (void)install_tree(firmware, lease->address);
}

/* In pages of a kind that stays; in *size what more it needs with EFI_BUFFER_TOO_SMALL. */
static efi_status copy_tree(struct firmware *firmware, struct span tree, UINTN *size,
                            uint64_t *ret_address)
{
    struct tree_fixup *fixup = locate_protocol(firmware, &fixup_guid);
    efi_status status = pages_take(firmware, MEMORY_ACPI_RECLAIM, *size, ret_address);

    if (status != EFI_SUCCESS)
        return status;
    *size = pages_for(*size) * PAGE_SIZE;
    memcpy((void *)(uintptr_t)*ret_address, tree.data, tree.size);
    if (fixup != NULL)
        status =
            fixup->fixup(fixup, (VOID *)(uintptr_t)*ret_address, size, FIX_APPLY | FIX_RESERVE);
    if (status != EFI_SUCCESS)
        pages_free(firmware, *ret_address);
    return status;
}

efi_status firmware_tree_replace(struct firmware *firmware, struct span tree)
{
    uint64_t former = (uintptr_t)configuration_table(firmware, &tree_guid);
    UINTN size = tree.size;
    uint64_t address;
    efi_status status = copy_tree(firmware, tree, &size, &address);

    if (status == EFI_BUFFER_TOO_SMALL && size > tree.size && size <= DEVICE_TREE_SIZE_MAX)
        status = copy_tree(firmware, tree, &size, &address);
    if (status != EFI_SUCCESS)
        return status;
    status = install_tree(firmware, address);
    if (status == EFI_SUCCESS && !lease_record(firmware, restore_tree, former, 0)) {
        (void)install_tree(firmware, former);
        status = EFI_OUT_OF_RESOURCES;
    }
    if (status != EFI_SUCCESS)
        pages_free(firmware, address);
    return status;
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
