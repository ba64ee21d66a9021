/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a firmware can have for an operating system and OVMF has not: an EFI System Resource Table,
 * and a ResetSystem that tells that it was called. And what OVMF has and this driver takes away:
 * the way to switch off through ACPI, so that only ResetSystem is left. Knows no kernel and no
 * loader. It reports:
 *
 *   esrt at=         the table, in boot services' memory, where EDK II has it
 *   s5 found=        how many packages _S5_ the DSDT had; they have another name afterwards
 *   executable at=   what kernels are told of the memory from here on has been mended, see below
 *   reset type=      ResetSystem was called: 0 cold, 1 warm, 2 shutdown (UEFI 2.10, 8.5.1)
 *
 * A runtime driver: the firmware keeps its image, also under the kernel's addresses. Its code finds
 * all of its own relative to itself; the one pointer it keeps is converted when the kernel says so.
 */
#include "hooks.h"
#include "report.h"

#include "core/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRIES 2

/* EFI_SYSTEM_RESOURCE_TABLE and its entries (UEFI 2.10, 23.4). */
struct resource {
    EFI_GUID class;
    uint32_t type;
    uint32_t version;
    uint32_t lowest_version;
    uint32_t capsule_flags;
    uint32_t last_version;
    uint32_t last_status;
};

struct resource_table {
    uint32_t count;
    uint32_t count_max;
    uint64_t format; /* 1: the entries are as above */
    struct resource entries[ENTRIES];
};

/* An ACPI table's header (ACPI 6.5, 5.2.6). */
struct acpi_header {
    uint32_t signature;
    uint32_t length;
    uint8_t revision;
    uint8_t checksum; /* makes the sum of all bytes 0 */
    uint8_t rest[26];
};

_Static_assert(sizeof(struct resource) == 40 && sizeof(struct resource_table) == 96, "UEFI");
_Static_assert(sizeof(struct acpi_header) == 36, "ACPI");

/* EFI_MEMORY_ATTRIBUTES_TABLE (UEFI 2.10, 4.6.4); descriptors follow. */
struct attributes_table {
    uint32_t version;
    uint32_t count;
    uint32_t stride;
    uint32_t flags;
};

#define FADT      0x50434146U /* "FACP" */
#define FADT_DSDT 140         /* X_DSDT (ACPI 6.5, 5.2.9) */
#define RSDP_XSDT 24          /* (5.2.5.3) */

static EFI_RESET_SYSTEM reset_system;
static EFI_SYSTEM_TABLE *table;
static EFI_RUNTIME_SERVICES *runtime;

/* EFI_SYSTEM_RESOURCE_TABLE_GUID */
static EFI_GUID esrt_guid = {
    0xb122a263, 0x3661, 0x4f68, {0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80}};
/* EFI_ACPI_20_TABLE_GUID */
static EFI_GUID acpi_guid = {
    0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
/* EFI_MEMORY_ATTRIBUTES_TABLE_GUID */
static EFI_GUID attributes_guid = {
    0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}};
/* EFI_EVENT_GROUP_READY_TO_BOOT, ..._EXIT_BOOT_SERVICES, ..._VIRTUAL_ADDRESS_CHANGE (7.1.2) */
static EFI_GUID ready_guid = {
    0x7ce88fb3, 0x4bd7, 0x4679, {0x87, 0xa8, 0xa8, 0xd8, 0xde, 0xe5, 0x0d, 0x2b}};
static EFI_GUID exit_guid = {
    0x27abf055, 0xb1b8, 0x4c26, {0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf}};
static EFI_GUID address_guid = {
    0x13fa7698, 0xc831, 0x49c7, {0x87, 0xea, 0x8f, 0x43, 0xfc, 0xc2, 0x51, 0x96}};

/* Numbers that differ from each other; the names end in ...0a and ...0b. */
static const struct resource_table resources = {
    .count = ENTRIES,
    .count_max = ENTRIES,
    .format = 1,
    .entries = {{{0xba70ba70, 0, 0x4000, {0x80, [7] = 0x0a}}, 1, 0x10203, 0x10000, 0, 0x10204, 3},
                {{0xba70ba70, 0, 0x4000, {0x80, [7] = 0x0b}}, 2, 7, 5, 0x8000, 7, 0}},
};

static void EFIAPI reset_hook(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
    report_begin("reset");
    report_number("type", type);
    report_end();
    reset_system(type, status, size, data);
}

static void EFIAPI addresses_change(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
    runtime->ConvertPointer(0, (VOID **)&reset_system);
}

static void install_resources(EFI_BOOT_SERVICES *services)
{
    VOID *copy = NULL;

    if (EFI_ERROR(services->AllocatePool(EfiBootServicesData, sizeof(resources), &copy)))
        return;
    memcpy(copy, &resources, sizeof(resources));
    if (EFI_ERROR(services->InstallConfigurationTable(&esrt_guid, copy)))
        return;
    report_begin("esrt");
    report_number("at", (uintptr_t)copy);
    report_end();
}

static void *find_table(const EFI_GUID *name)
{
    for (UINTN i = 0; i < table->NumberOfTableEntries; i++)
        if (memcmp(&table->ConfigurationTable[i].VendorGuid, name, sizeof(*name)) == 0)
            return table->ConfigurationTable[i].VendorTable;
    return NULL;
}

/*
 * EDK II registers the images of runtime drivers until EndOfDxe (MdeModulePkg,
 * MemoryAttributesTable.c). Option ROMs come later: their code is described as memory that nobody
 * executes, and Linux sees to that. So this says that ours is code.
 */
static void EFIAPI leaving(EFI_EVENT event, VOID *context)
{
    struct attributes_table *attributes = find_table(&attributes_guid);
    uintptr_t code = (uintptr_t)reset_hook;

    (void)event;
    (void)context;
    for (uint32_t i = 0; attributes != NULL && i < attributes->count; i++) {
        EFI_MEMORY_DESCRIPTOR *region =
            (void *)((uint8_t *)(attributes + 1) + (size_t)i * attributes->stride);

        if (code - region->PhysicalStart >= region->NumberOfPages << 12 ||
            (region->Attribute & EFI_MEMORY_XP) == 0)
            continue;
        region->Attribute &= ~(uint64_t)EFI_MEMORY_XP;
        report_begin("executable");
        report_number("at", region->PhysicalStart);
        report_end();
    }
}

static uint64_t number_at(const void *place)
{
    uint64_t number; /* tables are packed and lie anywhere */

    memcpy(&number, place, sizeof(number));
    return number;
}

static struct acpi_header *find_dsdt(void)
{
    const uint8_t *root = find_table(&acpi_guid);

    if (root == NULL)
        return NULL;
    const struct acpi_header *list = (void *)(uintptr_t)number_at(root + RSDP_XSDT);

    for (uint32_t at = sizeof(*list); at + sizeof(uint64_t) <= list->length;
         at += sizeof(uint64_t)) {
        const struct acpi_header *entry = (void *)(uintptr_t)number_at((const uint8_t *)list + at);

        if (entry->signature == FADT)
            return (void *)(uintptr_t)number_at((const uint8_t *)entry + FADT_DSDT);
    }
    return NULL;
}

/* A kernel then finds no state "soft off" (ACPI 6.5, 7.4.2) and has to ask the firmware. */
static unsigned int rename_soft_off(struct acpi_header *dsdt)
{
    static const uint8_t name[] = {0x08, '_', 'S', '5', '_'}; /* NameOp and a name segment */
    uint8_t *code = (uint8_t *)dsdt;
    unsigned int count = 0;

    for (uint32_t at = sizeof(*dsdt); at + sizeof(name) <= dsdt->length; at++) {
        if (memcmp(code + at, name, sizeof(name)) != 0)
            continue;
        code[at + 1] = 'X';
        dsdt->checksum = (uint8_t)(dsdt->checksum - ('X' - '_'));
        count++;
    }
    return count;
}

static void EFIAPI ready(EFI_EVENT event, VOID *context)
{
    struct acpi_header *dsdt = find_dsdt();

    (void)context;
    table->BootServices->CloseEvent(event);
    report_begin("s5");
    report_number("found", dsdt != NULL ? rename_soft_off(dsdt) : 0);
    report_end();
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static const struct {
        EFI_TPL tpl;
        EFI_EVENT_NOTIFY handler;
        EFI_GUID *group;
    } handlers[] = {
        {TPL_CALLBACK, ready, &ready_guid},
        {TPL_NOTIFY, leaving, &exit_guid},
        {TPL_NOTIFY, addresses_change, &address_guid},
    };
    EFI_STATUS status = EFI_SUCCESS;
    EFI_EVENT unused;

    (void)image;
    table = system;
    runtime = system->RuntimeServices;
    install_resources(system->BootServices);
    for (unsigned int i = 0; i < 3 && !EFI_ERROR(status); i++)
        status = system->BootServices->CreateEventEx(EVT_NOTIFY_SIGNAL, handlers[i].tpl,
                                                     handlers[i].handler, NULL, handlers[i].group,
                                                     &unused);
    if (EFI_ERROR(status))
        return status;
    /* Not hook_service: gnu-efi's type of it has a result that UEFI's has not. */
    reset_system =
        (EFI_RESET_SYSTEM)hook_install(&runtime->Hdr, &runtime->ResetSystem, (void *)reset_hook);
    return EFI_SUCCESS;
}
