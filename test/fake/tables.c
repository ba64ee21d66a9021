/* SPDX-License-Identifier: BSD-2-Clause */
/* The EFI tables, who may call what, and the log. */
#include "private.h"

#include "core/base/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

EFI_SYSTEM_TABLE fake_system_table;
EFI_BOOT_SERVICES fake_boot_services;
EFI_RUNTIME_SERVICES fake_runtime_services;
struct fake_behaviour fake_behaviour;

/* Services that somebody wrote. `boot`: dies with the first ExitBootServices. */
struct service {
    const char *name;
    bool boot;
    bool survives_exit_attempt;
    bool allowed;
};

static struct service services[] = {
    {"RaiseTPL", true, false, false},
    {"RestoreTPL", true, false, false},
    {"AllocatePages", true, false, false},
    {"FreePages", true, false, false},
    {"GetMemoryMap", true, true, false},
    {"AllocatePool", true, false, false},
    {"FreePool", true, false, false},
    {"HandleProtocol", true, false, false},
    {"LocateProtocol", true, false, false},
    {"LocateHandleBuffer", true, false, false},
    {"LocateDevicePath", true, false, false},
    {"InstallMultipleProtocolInterfaces", true, false, false},
    {"UninstallMultipleProtocolInterfaces", true, false, false},
    {"LoadImage", true, false, false},
    {"StartImage", true, false, false},
    {"UnloadImage", true, false, false},
    {"Verify", true, false, false},
    {"InstallConfigurationTable", true, false, false},
    {"ExitBootServices", true, true, false},
    {"CreateEvent", true, false, false},
    {"SignalEvent", true, false, false},
    {"Stall", true, false, false},
    {"SetWatchdogTimer", true, false, false},
    {"OutputString", true, false, false},
    {"SetTimer", true, false, false},
    {"WaitForEvent", true, false, false},
    {"CloseEvent", true, false, false},
    {"CheckEvent", true, false, false},
    {"ReadKeyStroke", true, false, false},
    {"ReadKeyStrokeEx", true, false, false},
    {"QueryMode", true, false, false},
    {"SetMode", true, false, false},
    {"SetAttribute", true, false, false},
    {"ClearScreen", true, false, false},
    {"Reset", true, false, false},
    {"SetCursorPosition", true, false, false},
    {"EnableCursor", true, false, false},
    {"OpenVolume", true, false, false},
    {"Open", true, false, false},
    {"Close", true, false, false},
    {"Read", true, false, false},
    {"GetPosition", true, false, false},
    {"SetPosition", true, false, false},
    {"GetInfo", true, false, false},
    {"Write", false, false, false},
    {"Flush", false, false, false},
    {"Delete", false, false, false},
    {"SetInfo", false, false, false},
    {"ReadBlocks", true, false, false},
    {"ConnectController", false, false, false},
    {"GetNextMonotonicCount", false, false, false},
    {"GetRNG", true, false, false},
    {"ClearMemoryAttributes", true, false, false},
    {"Pci.Read", true, false, false},
    {"GetLocation", true, false, false},
    {"GetAll", true, false, false},
    {"GetCapability", true, false, false},
    {"GetEventLog", true, false, false},
    {"HashLogExtendEvent", true, false, false},
    {"MapPcrToMrIndex", true, false, false},
    {"GetVariable", false, true, false},
    {"SetVariable", false, true, false},
    {"GetTime", false, true, false},
    {"ResetSystem", false, true, false},
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

#define CALLS_MAX 131072
static struct fake_call calls[CALLS_MAX];
static size_t call_count;
static struct firmware firmware;
static bool exit_attempted;

static struct service *find_service(const char *name)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    fail_msg("the fake firmware has no service %s", name);
    return NULL;
}

bool fake_exit_attempted(void)
{
    return exit_attempted;
}

void fake_allow(const char *service)
{
    find_service(service)->allowed = true;
}

void fake_deny(const char *service)
{
    find_service(service)->allowed = false;
}

void fake_allow_usual(void)
{
    for (size_t i = 0; i < SERVICES; i++)
        services[i].allowed = strcmp(services[i].name, "ResetSystem") != 0;
}

struct fake_call *fake_enter(const char *service, uint64_t a, uint64_t b, uint64_t c)
{
    const struct service *called = find_service(service);

    if (!called->allowed)
        fail_msg("%s was called, which this test does not allow", service);
    if (called->boot && fake_has_left())
        fail_msg("%s was called after boot services had been left", service);
    if (fake_in_handlers() && strcmp(service, "GetMemoryMap") != 0 &&
        strcmp(service, "SignalEvent") != 0)
        fail_msg("%s was called by a handler of an exit event", service);
    if (exit_attempted && !called->survives_exit_attempt && !fake_in_handlers())
        fail_msg("%s was called after the first ExitBootServices", service);
    if (strcmp(service, "ExitBootServices") == 0)
        exit_attempted = true;
    assert_true(call_count < CALLS_MAX);
    calls[call_count] = (struct fake_call){
        .service = service, .a = a, .b = b, .c = c, .by_handler = fake_in_handlers()};
    return &calls[call_count++];
}

EFI_STATUS fake_leave(struct fake_call *call, EFI_STATUS status)
{
    call->status = status;
    return status;
}

size_t fake_call_count(void)
{
    return call_count;
}

const struct fake_call *fake_call_at(size_t index)
{
    assert_true(index < call_count);
    return &calls[index];
}

size_t fake_calls_of(const char *service)
{
    size_t count = 0;

    for (size_t i = 0; i < call_count; i++)
        count += strcmp(calls[i].service, service) == 0;
    return count;
}

static bool is(const struct fake_call *call, const char *service)
{
    return strcmp(call->service, service) == 0;
}

static void assert_exit_follows_map(size_t index)
{
    if (index == 0 || !is(&calls[index - 1], "GetMemoryMap"))
        fail_msg("call %zu: ExitBootServices does not come right after GetMemoryMap", index);
    if (calls[index - 1].status != EFI_SUCCESS || calls[index - 1].b == 0)
        fail_msg("call %zu: ExitBootServices after a GetMemoryMap that gave no map", index);
    if (calls[index - 1].c != calls[index].b)
        fail_msg("call %zu: ExitBootServices with another key than the last map's", index);
}

void fake_assert_exit_log(uint64_t capacity, uint64_t reserve_capacity)
{
    bool attempted = false;

    for (size_t i = 0; i < call_count; i++) {
        const struct fake_call *call = &calls[i];

        if (is(call, "ExitBootServices")) {
            assert_exit_follows_map(i);
            assert_ptr_equal(call->a, FAKE_IMAGE_HANDLE);
            attempted = true;
        } else if (attempted && !call->by_handler && !is(call, "GetMemoryMap")) {
            fail_msg("%s after the first ExitBootServices", call->service);
        }
        if (attempted && is(call, "GetMemoryMap") && call->a != capacity &&
            call->a != reserve_capacity)
            fail_msg("GetMemoryMap was told %lu bytes, which is no buffer's capacity",
                     (unsigned long)call->a);
    }
    assert_true(attempted);
}

void fake_denied(const char *service)
{
    fail_msg("%s was called: the fake firmware does not have it", service);
}

FAKE_DENY(InstallProtocolInterface);
FAKE_DENY(ReinstallProtocolInterface);
FAKE_DENY(UninstallProtocolInterface);
FAKE_DENY(PCHandleProtocol);
FAKE_DENY(RegisterProtocolNotify);
FAKE_DENY(LocateHandle);
FAKE_DENY(Exit);
static EFI_STATUS EFIAPI get_next_monotonic_count(UINT64 *count)
{
    static UINT64 last;
    struct fake_call *call = fake_enter("GetNextMonotonicCount", 0, 0, 0);

    *count = ++last;
    return fake_leave(call, EFI_SUCCESS);
}
FAKE_DENY(DisconnectController);
FAKE_DENY(OpenProtocol);
FAKE_DENY(CloseProtocol);
FAKE_DENY(OpenProtocolInformation);
FAKE_DENY(ProtocolsPerHandle);
FAKE_DENY(CalculateCrc32);
FAKE_DENY(CopyMem);
FAKE_DENY(SetMem);
FAKE_DENY(CreateEventEx);
FAKE_DENY(SetTime);
FAKE_DENY(GetWakeupTime);
FAKE_DENY(SetWakeupTime);
FAKE_DENY(SetVirtualAddressMap);
FAKE_DENY(ConvertPointer);
FAKE_DENY(GetNextVariableName);
FAKE_DENY(GetNextHighMonotonicCount);
FAKE_DENY(UpdateCapsule);
FAKE_DENY(QueryCapsuleCapabilities);
FAKE_DENY(QueryVariableInfo);

static void set_header(EFI_TABLE_HEADER *header, UINT64 signature, size_t size)
{
    header->Signature = signature;
    header->Revision = (2U << 16) | 70;
    header->HeaderSize = (UINT32)size;
    header->CRC32 = 0;
    header->CRC32 = crc32_update(0, header, size);
}

static void fill_boot_services(void)
{
    EFI_BOOT_SERVICES *table = &fake_boot_services;

    table->CreateEvent = fake_create_event;
    table->SetTimer = fake_set_timer;
    table->WaitForEvent = fake_wait_for_event;
    table->SignalEvent = fake_signal_event;
    table->CloseEvent = fake_close_event;
    table->CheckEvent = fake_check_event;
    table->InstallProtocolInterface = FAKE_DENIED(InstallProtocolInterface);
    table->ReinstallProtocolInterface = FAKE_DENIED(ReinstallProtocolInterface);
    table->UninstallProtocolInterface = FAKE_DENIED(UninstallProtocolInterface);
    table->PCHandleProtocol = FAKE_DENIED(PCHandleProtocol);
    table->RegisterProtocolNotify = FAKE_DENIED(RegisterProtocolNotify);
    table->LocateHandle = FAKE_DENIED(LocateHandle);
    table->LocateDevicePath = fake_locate_device_path;
    table->InstallConfigurationTable = fake_install_configuration_table;
    table->LoadImage = fake_load_image;
    table->StartImage = fake_start_image;
    table->Exit = FAKE_DENIED(Exit);
    table->UnloadImage = fake_unload_image;
    table->GetNextMonotonicCount = get_next_monotonic_count;
    table->ConnectController = fake_connect_controller;
    table->DisconnectController = FAKE_DENIED(DisconnectController);
    table->OpenProtocol = FAKE_DENIED(OpenProtocol);
    table->CloseProtocol = FAKE_DENIED(CloseProtocol);
    table->OpenProtocolInformation = FAKE_DENIED(OpenProtocolInformation);
    table->ProtocolsPerHandle = FAKE_DENIED(ProtocolsPerHandle);
    table->InstallMultipleProtocolInterfaces = fake_install_multiple;
    table->UninstallMultipleProtocolInterfaces = fake_uninstall_multiple;
    table->CalculateCrc32 = FAKE_DENIED(CalculateCrc32);
    table->CopyMem = FAKE_DENIED(CopyMem);
    table->SetMem = FAKE_DENIED(SetMem);
    table->CreateEventEx = FAKE_DENIED(CreateEventEx);
    table->RaiseTPL = fake_raise_tpl;
    table->RestoreTPL = fake_restore_tpl;
    table->AllocatePages = fake_allocate_pages;
    table->FreePages = fake_free_pages;
    table->GetMemoryMap = fake_get_memory_map;
    table->AllocatePool = fake_allocate_pool;
    table->FreePool = fake_free_pool;
    table->HandleProtocol = fake_handle_protocol;
    table->LocateProtocol = fake_locate_protocol;
    table->LocateHandleBuffer = fake_locate_handle_buffer;
    table->ExitBootServices = fake_exit_boot_services;
    table->Stall = fake_stall;
    table->SetWatchdogTimer = fake_set_watchdog_timer;
    set_header(&table->Hdr, EFI_BOOT_SERVICES_SIGNATURE, sizeof(*table));
}

static void fill_runtime_services(void)
{
    EFI_RUNTIME_SERVICES *table = &fake_runtime_services;

    table->SetTime = FAKE_DENIED(SetTime);
    table->GetWakeupTime = FAKE_DENIED(GetWakeupTime);
    table->SetWakeupTime = FAKE_DENIED(SetWakeupTime);
    table->SetVirtualAddressMap = FAKE_DENIED(SetVirtualAddressMap);
    table->ConvertPointer = FAKE_DENIED(ConvertPointer);
    table->GetNextVariableName = FAKE_DENIED(GetNextVariableName);
    table->GetNextHighMonotonicCount = FAKE_DENIED(GetNextHighMonotonicCount);
    table->UpdateCapsule = FAKE_DENIED(UpdateCapsule);
    table->QueryCapsuleCapabilities = FAKE_DENIED(QueryCapsuleCapabilities);
    table->QueryVariableInfo = FAKE_DENIED(QueryVariableInfo);
    table->GetVariable = fake_get_variable;
    table->SetVariable = fake_set_variable;
    table->GetTime = fake_get_time;
    table->ResetSystem = fake_reset_system;
    set_header(&table->Hdr, EFI_RUNTIME_SERVICES_SIGNATURE, sizeof(*table));
}

static uint32_t right_crc(void)
{
    EFI_SYSTEM_TABLE copy = fake_system_table;

    copy.Hdr.CRC32 = 0;
    return crc32_update(0, &copy, sizeof(copy));
}

bool fake_system_table_crc_is_right(void)
{
    return fake_system_table.Hdr.CRC32 == right_crc();
}

bool fake_system_table_is_clean(void)
{
    const EFI_SYSTEM_TABLE *table = &fake_system_table;

    return table->ConsoleInHandle == NULL && table->ConIn == NULL &&
           table->ConsoleOutHandle == NULL && table->ConOut == NULL &&
           table->StandardErrorHandle == NULL && table->StdErr == NULL &&
           table->BootServices == NULL;
}

static unsigned int interposed_calls;

static EFI_STATUS EFIAPI interposed_get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map,
                                                   UINTN *key, UINTN *descriptor_size,
                                                   UINT32 *version)
{
    interposed_calls++;
    return fake_get_memory_map(size, map, key, descriptor_size, version);
}

static EFI_STATUS EFIAPI interposed_exit_boot_services(EFI_HANDLE image, UINTN key)
{
    interposed_calls++;
    return fake_exit_boot_services(image, key);
}

void fake_interpose(void)
{
    static EFI_BOOT_SERVICES table;

    table = fake_boot_services;
    table.GetMemoryMap = interposed_get_memory_map;
    table.ExitBootServices = interposed_exit_boot_services;
    fake_system_table.BootServices = &table;
    interposed_calls = 0;
}

unsigned int fake_interposed_calls(void)
{
    return interposed_calls;
}

void fake_leave_boot_services(void)
{
    EFI_SYSTEM_TABLE *table = &fake_system_table;
    EFI_BOOT_SERVICES *in_use = table->BootServices;

    if (fake_behaviour.leaving_cleans_table) {
        table->ConsoleInHandle = NULL;
        table->ConIn = NULL;
        table->ConsoleOutHandle = NULL;
        table->ConOut = NULL;
        table->StandardErrorHandle = NULL;
        table->StdErr = NULL;
        table->BootServices = NULL;
        table->Hdr.CRC32 = right_crc();
    }
    if (fake_behaviour.leaving_clears_services)
        memset(in_use, 0, sizeof(*in_use));
    if (fake_behaviour.leaving_stops_interrupts)
        fake_interrupts_off();
}

struct firmware *fake_begin(void)
{
    fake_behaviour = (struct fake_behaviour){
        .descriptor_size = 48,
        .extra_required = 336,
        .change_status = EFI_DEVICE_ERROR,
        .free_space = 1ULL << 30,
        .leaving_cleans_table = true,
        .leaving_clears_services = true,
        .leaving_stops_interrupts = true,
        .tpl = TPL_APPLICATION,
        .ticks_step = 100,
        .port_ticks = 1000,
        .ticks_per_us = 1000,
        .variable_size_max = 0x2000,
    };
    for (size_t i = 0; i < SERVICES; i++)
        services[i].allowed = false;
    call_count = 0;
    exit_attempted = false;
    memset(&fake_system_table, 0, sizeof(fake_system_table));
    fill_boot_services();
    fill_runtime_services();
    fake_memory_begin();
    fake_exit_begin();
    fake_events_begin();
    fake_files_begin();
    fake_devices_begin();
    fake_tpm_begin();
    fake_images_begin();
    fake_variables_begin();
    fake_terminal_begin();
    fake_machine_begin();
    fake_system_table.BootServices = &fake_boot_services;
    fake_system_table.RuntimeServices = &fake_runtime_services;
    set_header(&fake_system_table.Hdr, EFI_SYSTEM_TABLE_SIGNATURE, sizeof(fake_system_table));
    firmware =
        (struct firmware){.image_handle = FAKE_IMAGE_HANDLE, .system_table = &fake_system_table};
    return &firmware;
}

void fake_end(void)
{
    fake_files_end();
    fake_memory_end();
    fake_images_end();
    fake_devices_end();
    fake_terminal_end();
}
