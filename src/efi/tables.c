/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/tables.h"

#include "efi/services.h"

/* No firmware has a thousand tables; more than that is a corrupt count. */
#define TABLES_MAX 1024

struct configuration_tables tables_find(const struct firmware *firmware)
{
    static const EFI_GUID acpi_20 = ACPI_20_TABLE_GUID;
    static const EFI_GUID acpi_10 = ACPI_TABLE_GUID;
    static const EFI_GUID smbios = SMBIOS_TABLE_GUID;
    static const EFI_GUID smbios3 = SMBIOS3_TABLE_GUID;
    /* EFI_MEMORY_ATTRIBUTES_TABLE_GUID (UEFI 2.10, 4.6.4); gnu-efi has no name for it. */
    static const EFI_GUID memory_attributes = {
        0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}};
    const EFI_CONFIGURATION_TABLE *tables = firmware->system_table->ConfigurationTable;
    UINTN count = firmware->system_table->NumberOfTableEntries;
    struct configuration_tables found = {0};
    uint64_t rsdp_10 = 0;

    if (tables == NULL || count > TABLES_MAX)
        return found;
    for (UINTN i = 0; i < count; i++) {
        uint64_t address = (uintptr_t)tables[i].VendorTable;

        if (guid_equal(&tables[i].VendorGuid, &acpi_20))
            found.acpi_rsdp = address;
        else if (guid_equal(&tables[i].VendorGuid, &acpi_10))
            rsdp_10 = address;
        else if (guid_equal(&tables[i].VendorGuid, &smbios))
            found.smbios = address;
        else if (guid_equal(&tables[i].VendorGuid, &smbios3))
            found.smbios3 = address;
        else if (guid_equal(&tables[i].VendorGuid, &memory_attributes))
            found.memory_attributes = address;
    }
    if (found.acpi_rsdp == 0)
        found.acpi_rsdp = rsdp_10;
    return found;
}

bool tables_point_into(const struct firmware *firmware, uint64_t start, uint64_t end)
{
    const EFI_CONFIGURATION_TABLE *tables = firmware->system_table->ConfigurationTable;
    UINTN count = firmware->system_table->NumberOfTableEntries;

    if (count > TABLES_MAX || (tables == NULL && count > 0))
        return true;
    for (UINTN i = 0; i < count; i++)
        if ((uintptr_t)tables[i].VendorTable >= start && (uintptr_t)tables[i].VendorTable < end)
            return true;
    return false;
}
