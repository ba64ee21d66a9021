/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration tables, and the service that installs them. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TABLES_MAX 1100
static EFI_CONFIGURATION_TABLE tables[TABLES_MAX];

static const EFI_GUID guids[] = {
    [FAKE_TABLE_ACPI] = ACPI_TABLE_GUID,
    [FAKE_TABLE_ACPI_20] = ACPI_20_TABLE_GUID,
    [FAKE_TABLE_SMBIOS] = SMBIOS_TABLE_GUID,
    [FAKE_TABLE_SMBIOS3] = SMBIOS3_TABLE_GUID,
    [FAKE_TABLE_MEMORY_ATTRIBUTES] = {0xdcfa911d,
                                      0x26eb,
                                      0x469f,
                                      {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}},
    [FAKE_TABLE_RANDOM_SEED] = {0x1ce1e5bc,
                                0x7ceb,
                                0x42f2,
                                {0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b}},
    [FAKE_TABLE_TPM_LOG] = {0xb7799cb0,
                            0xeca2,
                            0x4943,
                            {0x96, 0x67, 0x1f, 0xae, 0x07, 0xb7, 0x47, 0xfa}},
    [FAKE_TABLE_TPM_FINAL_LOG] = {0x1e2ed096,
                                  0x30e2,
                                  0x4254,
                                  {0xbd, 0x89, 0x86, 0x3b, 0xbe, 0xf8, 0x23, 0x25}},
    [FAKE_TABLE_CC_FINAL_LOG] = {0xdd4a4648,
                                 0x2de7,
                                 0x4665,
                                 {0x96, 0x4d, 0x21, 0xd9, 0xef, 0x5f, 0xb4, 0x46}},
    [FAKE_TABLE_ESRT] = {0xb122a263,
                         0x3661,
                         0x4f68,
                         {0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80}},
    [FAKE_TABLE_DEVICE_TREE] = {0xb1b621d5,
                                0xf19c,
                                0x41a5,
                                {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}},
    [FAKE_TABLE_MEMRESERVE] = {0x888eb0c6,
                               0x8ede,
                               0x4ff5,
                               {0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2}},
    [FAKE_TABLE_SCREEN_INFO] = {0xe03fc20a,
                                0x85dc,
                                0x406e,
                                {0xb9, 0x0e, 0x4a, 0xb5, 0x02, 0x37, 0x1d, 0x95}},
};

static UINTN find(const EFI_GUID *guid)
{
    UINTN i = 0;

    while (i < fake_system_table.NumberOfTableEntries &&
           !fake_guid_equal(&tables[i].VendorGuid, guid))
        i++;
    return i;
}

/* UEFI 2.10, 7.5.6: adds, replaces, or with no table removes. */
static EFI_STATUS install(const EFI_GUID *guid, VOID *table)
{
    UINTN count = fake_system_table.NumberOfTableEntries;
    UINTN index = find(guid);

    if (table == NULL && index == count)
        return EFI_NOT_FOUND;
    assert_true(index < TABLES_MAX);
    tables[index] = (EFI_CONFIGURATION_TABLE){.VendorGuid = *guid, .VendorTable = table};
    if (index == count)
        count++;
    if (table == NULL) {
        memmove(&tables[index], &tables[index + 1], (count - index - 1) * sizeof(tables[0]));
        count--;
    }
    fake_system_table.ConfigurationTable = tables;
    fake_system_table.NumberOfTableEntries = count;
    return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_install_configuration_table(EFI_GUID *guid, VOID *table)
{
    struct fake_call *call = fake_enter("InstallConfigurationTable", (uintptr_t)table, 0, 0);

    if (fake_behaviour.install_table_status != EFI_SUCCESS)
        return fake_leave(call, fake_behaviour.install_table_status);
    return fake_leave(call, install(guid, table));
}

void fake_table(enum fake_table table, uint64_t address)
{
    assert_int_equal(install(&guids[table], (VOID *)(uintptr_t)address), EFI_SUCCESS);
}

uint64_t fake_table_at(enum fake_table table)
{
    UINTN index = find(&guids[table]);

    return index < fake_system_table.NumberOfTableEntries ? (uintptr_t)tables[index].VendorTable
                                                          : 0;
}

void fake_smbios(const void *table, size_t size)
{
    static uint8_t entry[32];
    uint32_t size_32 = (uint32_t)size;

    memset(entry, 0, sizeof(entry));
    memcpy(entry, "_SM3_", 5);
    memcpy(entry + 12, &size_32, sizeof(size_32));
    memcpy(entry + 16, &table, sizeof(table));
    fake_table(FAKE_TABLE_SMBIOS3, (uintptr_t)entry);
}

void fake_tables_fill(uint64_t count)
{
    assert_true(count <= TABLES_MAX);
    fake_system_table.ConfigurationTable = tables;
    for (UINTN i = fake_system_table.NumberOfTableEntries; i < count; i++)
        tables[i] = (EFI_CONFIGURATION_TABLE){.VendorTable = NULL};
    fake_system_table.NumberOfTableEntries = count;
}

void fake_table_count(uint64_t count)
{
    fake_system_table.NumberOfTableEntries = count;
}
