/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/linux_tables.h"

#include "core/base/checked.h"
#include "core/base/page.h"
#include "efi/pages.h"
#include "efi/services.h"
#include "efi/variable.h"

#define ALIGNMENT 8ULL

/* The GUIDs: Linux, include/linux/efi.h. */
static const EFI_GUID *guid_of(enum linux_table which)
{
    static const EFI_GUID tpm_log_guid = {
        0xb7799cb0, 0xeca2, 0x4943, {0x96, 0x67, 0x1f, 0xae, 0x07, 0xb7, 0x47, 0xfa}};
    static const EFI_GUID memreserve_guid = {
        0x888eb0c6, 0x8ede, 0x4ff5, {0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2}};
    static const EFI_GUID screen_info_guid = {
        0xe03fc20a, 0x85dc, 0x406e, {0xb9, 0x0e, 0x4a, 0xb5, 0x02, 0x37, 0x1d, 0x95}};

    if (which == LINUX_TABLE_SCREEN_INFO)
        return &screen_info_guid;
    if (which == LINUX_TABLE_MEMRESERVE)
        return &memreserve_guid;
    return which == LINUX_TABLE_TPM_LOG ? &tpm_log_guid : &variable_vendors[VARIABLE_RANDOM_SEED];
}

static efi_status allocate(struct firmware *firmware, uint64_t size, uint64_t *ret_address)
{
    return pages_take(firmware, MEMORY_ACPI_RECLAIM, size, ret_address);
}

efi_status linux_tables_reserve(struct firmware *firmware, uint64_t size,
                                struct linux_tables *ret_tables)
{
    uint64_t address;
    efi_status status = pages_take(firmware, MEMORY_LOADER_DATA, size, &address);

    if (status == EFI_SUCCESS)
        *ret_tables = (struct linux_tables){.address = address, .size = size, .held = true};
    return status;
}

/*
 * The same pages under the same lease, of the type that lasts. When somebody was faster, now or in
 * an attempt before this one, there is no block any more.
 */
static void make_reclaimable(struct firmware *firmware, struct linux_tables *tables)
{
    EFI_PHYSICAL_ADDRESS address = tables->address;
    UINTN pages = pages_for(tables->size);

    tables->held = false;
    if (pages_held(firmware, address) &&
        boot_services(firmware)->FreePages(address, pages) == EFI_SUCCESS &&
        boot_services(firmware)->AllocatePages(AllocateAddress, EfiACPIReclaimMemory, pages,
                                               &address) == EFI_SUCCESS)
        return;
    pages_forget(firmware, tables->address);
    tables->size = 0;
}

void *linux_tables_take(struct firmware *firmware, struct linux_tables *tables, uint64_t size)
{
    uint64_t rounded;
    uint64_t address;

    if (!checked_align_up(size, ALIGNMENT, &rounded))
        return NULL;
    if (tables->held)
        make_reclaimable(firmware, tables);
    if (rounded <= tables->size - tables->used) {
        address = tables->address + tables->used;
        tables->used += rounded;
    } else if (allocate(firmware, rounded, &address) != EFI_SUCCESS) {
        return NULL;
    }
    return (void *)(uintptr_t)address;
}

/* The service does not change the GUID, but its type does not say so. */
static void take_table_out(struct firmware *firmware, const struct lease *lease)
{
    boot_services(firmware)->InstallConfigurationTable((EFI_GUID *)(uintptr_t)lease->address, NULL);
}

efi_status linux_tables_install(struct firmware *firmware, enum linux_table which, void *table)
{
    const EFI_GUID *guid = guid_of(which);
    EFI_STATUS status;

    /* What could not be taken out again is not put in. */
    if (firmware->leases.count == LEASES_MAX)
        return EFI_OUT_OF_RESOURCES;
    status = boot_services(firmware)->InstallConfigurationTable((EFI_GUID *)(uintptr_t)guid, table);
    if (status == EFI_SUCCESS)
        (void)lease_record(firmware, take_table_out, (uintptr_t)guid, 0);
    return status;
}

void *linux_tables_installed(const struct firmware *firmware, enum linux_table which)
{
    return configuration_table(firmware, guid_of(which));
}
