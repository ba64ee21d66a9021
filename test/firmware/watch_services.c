/* SPDX-License-Identifier: BSD-2-Clause */
#include "hooks.h"
#include "report.h"
#include "watch.h"

#include <stdint.h>

static EFI_BOOT_SERVICES original;
static bool watching;
static bool our_doing;

static void note(const char *name, const void *caller)
{
    if (!watching)
        return;
    report_begin("service");
    report_text("name", name);
    report_number("caller", (uintptr_t)caller);
    report_number("ours", our_doing);
    report_end();
}

/* A stand-in with the service's own signature that says who called it. */
#define WATCHED(result, name, parameters, arguments)                                               \
    static result EFIAPI name##_watched parameters                                                 \
    {                                                                                              \
        note(#name, __builtin_return_address(0));                                                  \
        return original.name arguments;                                                            \
    }

WATCHED(EFI_STATUS, AllocatePages,
        (EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages, EFI_PHYSICAL_ADDRESS *address),
        (how, type, pages, address))
WATCHED(EFI_STATUS, FreePages, (EFI_PHYSICAL_ADDRESS address, UINTN pages), (address, pages))
WATCHED(EFI_STATUS, AllocatePool, (EFI_MEMORY_TYPE type, UINTN size, VOID **buffer),
        (type, size, buffer))
WATCHED(EFI_STATUS, FreePool, (VOID * buffer), (buffer))
WATCHED(EFI_STATUS, CreateEvent,
        (UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *event),
        (type, tpl, notify, context, event))
WATCHED(EFI_STATUS, CloseEvent, (EFI_EVENT event), (event))
WATCHED(EFI_STATUS, InstallProtocolInterface,
        (EFI_HANDLE * handle, EFI_GUID *protocol, EFI_INTERFACE_TYPE type, VOID *interface),
        (handle, protocol, type, interface))
WATCHED(EFI_STATUS, UninstallProtocolInterface,
        (EFI_HANDLE handle, EFI_GUID *protocol, VOID *interface), (handle, protocol, interface))
WATCHED(EFI_STATUS, ConnectController,
        (EFI_HANDLE controller, EFI_HANDLE *drivers, EFI_DEVICE_PATH *path, BOOLEAN recursive),
        (controller, drivers, path, recursive))
WATCHED(EFI_STATUS, DisconnectController,
        (EFI_HANDLE controller, EFI_HANDLE driver, EFI_HANDLE child), (controller, driver, child))
WATCHED(EFI_STATUS, OpenProtocol,
        (EFI_HANDLE handle, EFI_GUID *protocol, VOID **interface, EFI_HANDLE agent,
         EFI_HANDLE controller, UINT32 attributes),
        (handle, protocol, interface, agent, controller, attributes))
WATCHED(EFI_STATUS, CloseProtocol,
        (EFI_HANDLE handle, EFI_GUID *protocol, EFI_HANDLE agent, EFI_HANDLE controller),
        (handle, protocol, agent, controller))
WATCHED(EFI_STATUS, OpenProtocolInformation,
        (EFI_HANDLE handle, EFI_GUID *protocol, EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **entries,
         UINTN *count),
        (handle, protocol, entries, count))
WATCHED(EFI_STATUS, LocateHandleBuffer,
        (EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *protocol, VOID *key, UINTN *count,
         EFI_HANDLE **handles),
        (how, protocol, key, count, handles))

void watch_install(EFI_BOOT_SERVICES *services)
{
    original = *services;
    hook_service(services, AllocatePages, AllocatePages_watched);
    hook_service(services, FreePages, FreePages_watched);
    hook_service(services, AllocatePool, AllocatePool_watched);
    hook_service(services, FreePool, FreePool_watched);
    hook_service(services, CreateEvent, CreateEvent_watched);
    hook_service(services, CloseEvent, CloseEvent_watched);
    hook_service(services, InstallProtocolInterface, InstallProtocolInterface_watched);
    hook_service(services, UninstallProtocolInterface, UninstallProtocolInterface_watched);
    hook_service(services, ConnectController, ConnectController_watched);
    hook_service(services, DisconnectController, DisconnectController_watched);
    hook_service(services, OpenProtocol, OpenProtocol_watched);
    hook_service(services, CloseProtocol, CloseProtocol_watched);
    hook_service(services, OpenProtocolInformation, OpenProtocolInformation_watched);
    hook_service(services, LocateHandleBuffer, LocateHandleBuffer_watched);
}

void watch_begin(void)
{
    watching = true;
}

void watch_end(void)
{
    watching = false;
}

void watch_ours(bool ours)
{
    our_doing = ours;
}
