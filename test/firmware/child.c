/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device driver on the sample bus: the example of a consumer of
 * include/exit-reference-protocol.h. On a bus that does not offer the protocol it has no exit
 * handler and relies on being stopped, as drivers did.
 */
#include "report.h"
#include "sample_bus.h"

#include "exit-reference-protocol.h"

struct child {
    struct sample_bus_io *io;
    struct exit_reference_protocol *reference; /* NULL: the bus has none */
    EFI_EVENT exit_event;
    bool holds; /* a reference, to be given back exactly once */
};

static EFI_BOOT_SERVICES *services;
static EFI_GUID io_guid = SAMPLE_BUS_IO_GUID;
static EFI_GUID reference_guid = EXIT_REFERENCE_PROTOCOL_GUID;
/* {0c1f3b1c-0d4a-4d5a-9a3e-35b7b6d3a0d9}: on a device's handle, the struct child of the driver */
static EFI_GUID private_guid = {
    0x0c1f3b1c, 0x0d4a, 0x4d5a, {0x9a, 0x3e, 0x35, 0xb7, 0xb6, 0xd3, 0xa0, 0xd9}};
static EFI_GUID exit_guid = SAMPLE_EXIT_GROUP_GUID;

static void report_event(const struct child *child, const char *event)
{
    const char name[] = {(char)('0' + child->io->index), '\0'};

    report_begin(event);
    report_number("at", child->io->at);
    report_text("who", name);
    report_end();
}

static uintptr_t let_go(struct child *child, bool hand_off)
{
    if (!child->holds)
        return EFI_SUCCESS;
    child->holds = false;
    return child->reference->RemoveReference(child->reference, hand_off);
}

static void EFIAPI exit_handler(EFI_EVENT event, VOID *context)
{
    struct child *child = context;

    (void)event;
    report_event(child, "handler");
    /* A second exit finds the reference given back, and then the connection is not ours to use. */
    if (!child->holds)
        return;
    child->io->ring->slots[child->io->index] = SLOT_FORGOT;
    (void)let_go(child, true);
}

static EFI_STATUS EFIAPI supported(EFI_DRIVER_BINDING *This, EFI_HANDLE controller,
                                   EFI_DEVICE_PATH *remaining)
{
    VOID *io;
    EFI_STATUS status = services->OpenProtocol(controller, &io_guid, &io, This->DriverBindingHandle,
                                               controller, EFI_OPEN_PROTOCOL_BY_DRIVER);

    (void)remaining;
    if (!EFI_ERROR(status))
        services->CloseProtocol(controller, &io_guid, This->DriverBindingHandle, controller);
    return status;
}

static void undo(struct child *child, EFI_HANDLE controller, EFI_HANDLE driver)
{
    if (child->exit_event != NULL)
        services->CloseEvent(child->exit_event);
    services->CloseProtocol(controller, &io_guid, driver, controller);
    services->FreePool(child);
}

/* Everything but the reference, which comes last. */
static EFI_STATUS begin(struct child *child, EFI_HANDLE controller, EFI_HANDLE driver)
{
    VOID *reference;
    EFI_STATUS status = services->OpenProtocol(controller, &reference_guid, &reference, driver,
                                               controller, EFI_OPEN_PROTOCOL_GET_PROTOCOL);

    if (!EFI_ERROR(status)) {
        child->reference = reference;
        if (child->io->has_handler) {
            report_event(child, "event");
            status = services->CreateEventEx(EVT_NOTIFY_SIGNAL, child->io->tpl, exit_handler, child,
                                             &exit_guid, &child->exit_event);
            if (EFI_ERROR(status))
                return status;
        }
    }
    return services->InstallProtocolInterface(&controller, &private_guid, EFI_NATIVE_INTERFACE,
                                              child);
}

static EFI_STATUS EFIAPI start(EFI_DRIVER_BINDING *This, EFI_HANDLE controller,
                               EFI_DEVICE_PATH *remaining)
{
    EFI_HANDLE driver = This->DriverBindingHandle;
    VOID *io;
    VOID *memory = NULL;
    EFI_STATUS status = services->OpenProtocol(controller, &io_guid, &io, driver, controller,
                                               EFI_OPEN_PROTOCOL_BY_DRIVER);

    (void)remaining;
    if (EFI_ERROR(status))
        return status;
    status = services->AllocatePool(EfiBootServicesData, sizeof(struct child), &memory);
    if (EFI_ERROR(status)) {
        services->CloseProtocol(controller, &io_guid, driver, controller);
        return status;
    }
    struct child *child = memory;

    *child = (struct child){.io = io};
    status = begin(child, controller, driver);
    if (EFI_ERROR(status)) {
        undo(child, controller, driver);
        return status;
    }
    child->io->ring->slots[child->io->index] = SLOT_OPEN;
    if (child->reference != NULL) {
        status = child->reference->AddReference(child->reference);
        child->holds = status == EFI_SUCCESS;
    }
    if (EFI_ERROR(status)) {
        child->io->ring->slots[child->io->index] = SLOT_CLOSED;
        services->UninstallProtocolInterface(controller, &private_guid, child);
        undo(child, controller, driver);
    }
    return status;
}

static EFI_STATUS EFIAPI stop(EFI_DRIVER_BINDING *This, EFI_HANDLE controller, UINTN count,
                              EFI_HANDLE *children)
{
    VOID *interface;
    EFI_STATUS status =
        services->OpenProtocol(controller, &private_guid, &interface, This->DriverBindingHandle,
                               controller, EFI_OPEN_PROTOCOL_GET_PROTOCOL);

    (void)count;
    (void)children;
    if (EFI_ERROR(status))
        return status;
    struct child *child = interface;

    report_event(child, "stop");
    /* After an exit handler has let go the ring may be gone. */
    if (child->holds || child->reference == NULL)
        child->io->ring->slots[child->io->index] = SLOT_CLOSED;
    (void)let_go(child, false);
    services->UninstallProtocolInterface(controller, &private_guid, child);
    undo(child, controller, This->DriverBindingHandle);
    return EFI_SUCCESS;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static EFI_DRIVER_BINDING binding = {supported, start, stop, 0x10, NULL, NULL};
    EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;

    services = system->BootServices;
    sample_report_image(system, image, "child");
    binding.ImageHandle = image;
    binding.DriverBindingHandle = image;
    return services->InstallProtocolInterface(&image, &binding_guid, EFI_NATIVE_INTERFACE,
                                              &binding);
}
