/* SPDX-License-Identifier: BSD-2-Clause */
#include "services.h"

#include "core/text/text.h"
#include "hooks.h"

#include <stdbool.h>
#include <stddef.h>

#define BOOT_SERVICES ((sizeof(EFI_BOOT_SERVICES) - sizeof(EFI_TABLE_HEADER)) / sizeof(void *))
#define OUTPUTS       9 /* functions of EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL */
#define INPUTS        2 /* of EFI_SIMPLE_TEXT_INPUT_PROTOCOL */
#define FIRST_CONOUT  BOOT_SERVICES
#define FIRST_STDERR  (FIRST_CONOUT + OUTPUTS)
#define FIRST_CONIN   (FIRST_STDERR + OUTPUTS)
#define SERVICES      (FIRST_CONIN + INPUTS)

/* The stubs are one for each service; a pointer to the frame is what they pass on. */
struct service_frame {
    uint64_t r9;
    uint64_t r8;
    uint64_t rdx;
    uint64_t rcx;
    uint64_t service;
    const void *caller;
};

extern const uint8_t service_stubs[];
void *EFIAPI service_called(const struct service_frame *frame);

struct service {
    const char *name;
    enum service_kind kind;
};

#define PLAIN(name)                                                                                \
    {                                                                                              \
        name, SERVICE_PLAIN                                                                        \
    }
#define MEMORY(name)                                                                               \
    {                                                                                              \
        name, SERVICE_MEMORY                                                                       \
    }
#define ALLOCATES(name)                                                                            \
    {                                                                                              \
        name, SERVICE_ALLOCATES                                                                    \
    }
#define CONSOLE(name)                                                                              \
    {                                                                                              \
        name, SERVICE_CONSOLE                                                                      \
    }
#define OUTPUT(name)                                                                               \
    CONSOLE(name ".Reset"), CONSOLE(name ".OutputString"), CONSOLE(name ".TestString"),            \
        CONSOLE(name ".QueryMode"), CONSOLE(name ".SetMode"), CONSOLE(name ".SetAttribute"),       \
        CONSOLE(name ".ClearScreen"), CONSOLE(name ".SetCursorPosition"),                          \
        CONSOLE(name ".EnableCursor")

/* In the order of the tables (UEFI 2.10, 4.4 and 12.4, 12.3). */
static const struct service services[] = {
    PLAIN("RaiseTPL"),
    PLAIN("RestoreTPL"),
    MEMORY("AllocatePages"),
    MEMORY("FreePages"),
    PLAIN("GetMemoryMap"),
    MEMORY("AllocatePool"),
    MEMORY("FreePool"),
    ALLOCATES("CreateEvent"),
    PLAIN("SetTimer"),
    PLAIN("WaitForEvent"),
    PLAIN("SignalEvent"),
    ALLOCATES("CloseEvent"),
    PLAIN("CheckEvent"),
    ALLOCATES("InstallProtocolInterface"),
    ALLOCATES("ReinstallProtocolInterface"),
    ALLOCATES("UninstallProtocolInterface"),
    PLAIN("HandleProtocol"),
    PLAIN("Reserved"),
    ALLOCATES("RegisterProtocolNotify"),
    PLAIN("LocateHandle"),
    PLAIN("LocateDevicePath"),
    ALLOCATES("InstallConfigurationTable"),
    ALLOCATES("LoadImage"),
    ALLOCATES("StartImage"),
    PLAIN("Exit"),
    ALLOCATES("UnloadImage"),
    PLAIN("ExitBootServices"),
    PLAIN("GetNextMonotonicCount"),
    PLAIN("Stall"),
    PLAIN("SetWatchdogTimer"),
    ALLOCATES("ConnectController"),
    ALLOCATES("DisconnectController"),
    PLAIN("OpenProtocol"),
    PLAIN("CloseProtocol"),
    ALLOCATES("OpenProtocolInformation"),
    ALLOCATES("ProtocolsPerHandle"),
    ALLOCATES("LocateHandleBuffer"),
    PLAIN("LocateProtocol"),
    ALLOCATES("InstallMultipleProtocolInterfaces"),
    ALLOCATES("UninstallMultipleProtocolInterfaces"),
    PLAIN("CalculateCrc32"),
    PLAIN("CopyMem"),
    PLAIN("SetMem"),
    ALLOCATES("CreateEventEx"),
    OUTPUT("ConOut"),
    OUTPUT("StdErr"),
    CONSOLE("ConIn.Reset"),
    CONSOLE("ConIn.ReadKeyStroke"),
};
_Static_assert(sizeof(services) / sizeof(services[0]) == SERVICES, "a name for each service");
_Static_assert(SERVICES <= SERVICES_MAX, "a stub for each service");

static struct {
    void **slot; /* where the stub is; NULL: this one is left alone */
    void *original;
} places[SERVICES];
static service_observer *observe;

const char *service_name(uint32_t service)
{
    return services[service].name;
}

enum service_kind service_kind(uint32_t service)
{
    return services[service].kind;
}

void *EFIAPI service_called(const struct service_frame *frame)
{
    observe((uint32_t)frame->service, frame->caller);
    return places[frame->service].original;
}

static void *stub_of(size_t service)
{
    return (void *)(uintptr_t)(service_stubs + service * SERVICE_STUB_SIZE);
}

static void watch(size_t first, void *functions, size_t count)
{
    void **slots = functions;

    for (size_t i = 0; i < count; i++) {
        size_t service = first + i;

        if (slots[i] == NULL || slots[i] == stub_of(service))
            continue;
        places[service].slot = &slots[i];
        places[service].original = slots[i];
        slots[i] = stub_of(service);
    }
}

static bool is_ours(const char *name)
{
    static const char *const replaced[] = {"GetMemoryMap", "ExitBootServices", "StartImage"};

    for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
        if (text_equal(name, replaced[i]))
            return true;
    return false;
}

void services_watch(EFI_SYSTEM_TABLE *system, service_observer *observer)
{
    EFI_BOOT_SERVICES *table = system->BootServices;
    void **first = (void **)(void *)&table->RaiseTPL;

    observe = observer;
    for (size_t i = 0; i < BOOT_SERVICES; i++)
        if (!is_ours(services[i].name))
            watch(i, first + i, 1);
    table_repair(&table->Hdr);
    if (system->ConOut != NULL)
        watch(FIRST_CONOUT, &system->ConOut->Reset, OUTPUTS);
    if (system->StdErr != NULL && system->StdErr != system->ConOut)
        watch(FIRST_STDERR, &system->StdErr->Reset, OUTPUTS);
    if (system->ConIn != NULL)
        watch(FIRST_CONIN, &system->ConIn->Reset, INPUTS);
}

void services_release(EFI_SYSTEM_TABLE *system)
{
    for (size_t i = 0; i < SERVICES; i++) {
        if (places[i].slot != NULL && *places[i].slot == stub_of(i))
            *places[i].slot = places[i].original;
        places[i].slot = NULL;
    }
    table_repair(&system->BootServices->Hdr);
}
