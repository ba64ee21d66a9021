/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/tables.h"

#include "efi/services.h"

/* No firmware has a thousand tables; more than that is a corrupt count. */
#define TABLES_MAX 1024

void *configuration_table(const struct firmware *firmware, const EFI_GUID *guid)
{
    const EFI_CONFIGURATION_TABLE *tables = firmware->system_table->ConfigurationTable;
    UINTN count = firmware->system_table->NumberOfTableEntries;

    if (tables == NULL || count > TABLES_MAX)
        return NULL;
    for (UINTN i = 0; i < count; i++)
        if (guid_equal(&tables[i].VendorGuid, guid))
            return tables[i].VendorTable;
    return NULL;
}

struct configuration_tables tables_find(const struct firmware *firmware)
{
    static const EFI_GUID acpi_20 = ACPI_20_TABLE_GUID;
    static const EFI_GUID acpi_10 = ACPI_TABLE_GUID;
    static const EFI_GUID smbios = SMBIOS_TABLE_GUID;
    static const EFI_GUID smbios3 = SMBIOS3_TABLE_GUID;
    /* EFI_MEMORY_ATTRIBUTES_TABLE_GUID (UEFI 2.10, 4.6.4); gnu-efi has no name for it. */
    static const EFI_GUID memory_attributes = {
        0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}};
    struct configuration_tables found = {
        .acpi_rsdp = (uintptr_t)configuration_table(firmware, &acpi_20),
        .smbios = (uintptr_t)configuration_table(firmware, &smbios),
        .smbios3 = (uintptr_t)configuration_table(firmware, &smbios3),
        .memory_attributes = (uintptr_t)configuration_table(firmware, &memory_attributes),
    };

    if (found.acpi_rsdp == 0)
        found.acpi_rsdp = (uintptr_t)configuration_table(firmware, &acpi_10);
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
