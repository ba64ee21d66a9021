/* SPDX-License-Identifier: BSD-2-Clause */
#include "bus_common.h"

#include "core/base/mem.h"
#include "report.h"
#include "words.h"

/* The controller reaches the lowest 256 MiB only (QEMU, edu: dma_mask). */
#define RING_BELOW 0x0fffffffULL

EFI_BOOT_SERVICES *bus_services;

static const struct bus_kind *kind;
static EFI_GUID pci_guid = EFI_PCI_IO_PROTOCOL_GUID;
static EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static EFI_GUID io_guid = SAMPLE_BUS_IO_GUID;
static EFI_GUID reference_guid = EXIT_REFERENCE_PROTOCOL_GUID;
/* {f2d7a9d0-4e0c-4a0e-8d0b-51a6a1c3c6f7}: on a controller, the struct bus of the driver */
static EFI_GUID private_guid = {
    0xf2d7a9d0, 0x4e0c, 0x4a0e, {0x8d, 0x0b, 0x51, 0xa6, 0xa1, 0xc3, 0xc6, 0xf7}};
static EFI_GUID exit_guid = SAMPLE_EXIT_GROUP_GUID;

/* A hardware vendor's node (UEFI 2.10, 10.3.2.2): which device on this bus. */
struct device_node {
    VENDOR_DEVICE_PATH vendor;
    uint32_t index;
} __attribute__((packed));

void bus_report(const struct bus *bus, const char *event)
{
    report_begin(event);
    report_number("at", bus->at);
}

static uint64_t register_read(struct bus *bus, uint64_t offset)
{
    uint64_t value = 0;

    bus->pci->Mem.Read(bus->pci, EfiPciIoWidthUint64, 0, offset, 1, &value);
    return value;
}

static void register_write(struct bus *bus, uint64_t offset, uint64_t value)
{
    bus->pci->Mem.Write(bus->pci, EfiPciIoWidthUint64, 0, offset, 1, &value);
}

static EFI_STATUS connect(struct bus *bus)
{
    EFI_PHYSICAL_ADDRESS address = RING_BELOW;
    EFI_STATUS status =
        bus_services->AllocatePages(AllocateMaxAddress, EfiBootServicesData, 1, &address);

    if (EFI_ERROR(status))
        return status;
    bus->ring = (struct sample_ring *)(uintptr_t)address;
    memset(bus->ring, 0, sizeof(*bus->ring));
    register_write(bus, EDU_DMA_SOURCE, address);
    register_write(bus, EDU_DMA_COUNT, 0);
    bus->connected = true;
    bus_report(bus, "connect");
    report_number("ring", address);
    report_end();
    return EFI_SUCCESS;
}

void bus_disconnect(struct bus *bus)
{
    unsigned int open = 0;

    for (unsigned int i = 0; i < SAMPLE_DEVICES_MAX; i++)
        open += bus->ring->slots[i] == SLOT_OPEN;
    register_write(bus, EDU_DMA_SOURCE, 0);
    register_write(bus, EDU_DMA_COUNT, register_read(bus, EDU_DMA_COUNT) + 1);
    bus->connected = false;
    bus_report(bus, "reset");
    report_number("open", open); /* devices that may still be in the middle of something */
    report_end();
}

EFI_STATUS bus_exit_event(struct bus *bus, EFI_EVENT_NOTIFY handler)
{
    const char *tpl;

    if (!words_find(bus->config, "tpl", &tpl))
        tpl = "c";
    bus_report(bus, "event");
    report_text("who", "bus");
    report_end();
    return bus_services->CreateEventEx(EVT_NOTIFY_SIGNAL, sample_tpl(*tpl), handler, bus,
                                       &exit_guid, &bus->exit_event);
}

static UINTN path_size(const EFI_DEVICE_PATH *path)
{
    const EFI_DEVICE_PATH *node = path;

    while (!IsDevicePathEnd(node))
        node = NextDevicePathNode(node);
    return (UINTN)((const uint8_t *)node - (const uint8_t *)path);
}

/* The controller's path with one more node. */
static EFI_STATUS device_path(struct bus *bus, struct bus_device *device)
{
    VOID *parent = NULL;
    VOID *path = NULL;
    struct device_node node = {.vendor = {.Guid = SAMPLE_BUS_IO_GUID}, .index = device->io.index};
    EFI_DEVICE_PATH end = {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(end), 0}};
    EFI_STATUS status = bus_services->HandleProtocol(bus->controller, &path_guid, &parent);

    if (EFI_ERROR(status))
        return status;
    node.vendor.Header = (EFI_DEVICE_PATH){HARDWARE_DEVICE_PATH, HW_VENDOR_DP, {sizeof(node), 0}};
    UINTN before = path_size(parent);

    status =
        bus_services->AllocatePool(EfiBootServicesData, before + sizeof(node) + sizeof(end), &path);
    if (EFI_ERROR(status))
        return status;
    memcpy(path, parent, before);
    memcpy((uint8_t *)path + before, &node, sizeof(node));
    memcpy((uint8_t *)path + before + sizeof(node), &end, sizeof(end));
    device->path = path;
    return EFI_SUCCESS;
}

static EFI_STATUS device_install(struct bus *bus, struct bus_device *device)
{
    VOID *pci;
    EFI_STATUS status = device_path(bus, device);

    if (EFI_ERROR(status))
        return status;
    status = bus_services->InstallMultipleProtocolInterfaces(
        &device->handle, &path_guid, device->path, &io_guid, &device->io, NULL);
    if (!EFI_ERROR(status) && !kind->old)
        status = bus_services->InstallMultipleProtocolInterfaces(&device->handle, &reference_guid,
                                                                 &bus->exit_reference, NULL);
    if (!EFI_ERROR(status))
        status = bus_services->OpenProtocol(bus->controller, &pci_guid, &pci, bus->driver,
                                            device->handle, EFI_OPEN_PROTOCOL_BY_CHILD_CONTROLLER);
    return status;
}

static EFI_STATUS device_uninstall(struct bus *bus, struct bus_device *device)
{
    VOID *pci;
    EFI_STATUS status =
        bus_services->CloseProtocol(bus->controller, &pci_guid, bus->driver, device->handle);

    /* Uninstalling the io protocol stops the device's driver if that has not happened. */
    if (!EFI_ERROR(status))
        status = bus_services->UninstallMultipleProtocolInterfaces(
            device->handle, &path_guid, device->path, &io_guid, &device->io, NULL);
    if (EFI_ERROR(status)) {
        bus_services->OpenProtocol(bus->controller, &pci_guid, &pci, bus->driver, device->handle,
                                   EFI_OPEN_PROTOCOL_BY_CHILD_CONTROLLER);
        return status;
    }
    if (!kind->old)
        bus_services->UninstallMultipleProtocolInterfaces(device->handle, &reference_guid,
                                                          &bus->exit_reference, NULL);
    bus_services->FreePool(device->path);
    device->handle = NULL;
    return EFI_SUCCESS;
}

static EFI_STATUS devices_install(struct bus *bus)
{
    const char *letters;
    EFI_STATUS status = EFI_SUCCESS;

    if (!words_find(bus->config, "children", &letters))
        return EFI_SUCCESS;
    for (uint32_t i = 0; i < SAMPLE_DEVICES_MAX && letters[i] > ' ' && !EFI_ERROR(status); i++) {
        bus->devices[i].io = (struct sample_bus_io){bus->ring, i, bus->at, sample_tpl(letters[i]),
                                                    letters[i] != 'x'};
        status = device_install(bus, &bus->devices[i]);
    }
    return status;
}

static bool is_ours(EFI_PCI_IO_PROTOCOL *pci)
{
    uint32_t id = 0;

    if (EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint32, 0, 1, &id)) || id != EDU_ID)
        return false;
    const char *config = sample_config_of(sample_location(pci));

    return config != NULL && words_say(config, "kind", "old") == kind->old;
}

static EFI_STATUS EFIAPI supported(EFI_DRIVER_BINDING *This, EFI_HANDLE controller,
                                   EFI_DEVICE_PATH *remaining)
{
    VOID *pci;
    EFI_STATUS status =
        bus_services->OpenProtocol(controller, &pci_guid, &pci, This->DriverBindingHandle,
                                   controller, EFI_OPEN_PROTOCOL_BY_DRIVER);

    (void)remaining;
    if (EFI_ERROR(status))
        return status;
    if (!is_ours(pci))
        status = EFI_UNSUPPORTED;
    bus_services->CloseProtocol(controller, &pci_guid, This->DriverBindingHandle, controller);
    return status;
}

/* Stop() without children, and what is left of a Start() that failed. */
static EFI_STATUS take_down(struct bus *bus)
{
    EFI_HANDLE controller = bus->controller;
    EFI_HANDLE driver = bus->driver;

    if (bus->exit_event != NULL)
        bus_services->CloseEvent(bus->exit_event);
    if (bus->late_event != NULL)
        bus_services->CloseEvent(bus->late_event);
    if (bus->connected)
        bus_disconnect(bus);
    if (bus->ring != NULL)
        bus_services->FreePages((uintptr_t)bus->ring, 1);
    bus_report(bus, "stop");
    report_text("who", "bus");
    report_end();
    bus_services->UninstallProtocolInterface(controller, &private_guid, bus);
    bus_services->FreePool(bus);
    return bus_services->CloseProtocol(controller, &pci_guid, driver, controller);
}

static EFI_STATUS EFIAPI start(EFI_DRIVER_BINDING *This, EFI_HANDLE controller,
                               EFI_DEVICE_PATH *remaining)
{
    EFI_HANDLE driver = This->DriverBindingHandle;
    VOID *pci;
    VOID *memory = NULL;
    EFI_STATUS status = bus_services->OpenProtocol(controller, &pci_guid, &pci, driver, controller,
                                                   EFI_OPEN_PROTOCOL_BY_DRIVER);

    (void)remaining;
    if (EFI_ERROR(status))
        return status;
    status = bus_services->AllocatePool(EfiBootServicesData, sizeof(struct bus), &memory);
    if (EFI_ERROR(status)) {
        bus_services->CloseProtocol(controller, &pci_guid, driver, controller);
        return status;
    }
    struct bus *bus = memory;

    *bus = (struct bus){.controller = controller, .driver = driver, .pci = pci};
    bus->at = sample_location(pci);
    bus->config = sample_config_of(bus->at);
    bus->pci->Attributes(pci, EfiPciIoAttributeOperationEnable,
                         EFI_PCI_IO_ATTRIBUTE_MEMORY | EFI_PCI_IO_ATTRIBUTE_BUS_MASTER, NULL);
    status = connect(bus);
    if (!EFI_ERROR(status))
        status = kind->begin(bus);
    if (!EFI_ERROR(status))
        status = devices_install(bus);
    /* Where Stop() finds it again. */
    if (!EFI_ERROR(status))
        status = bus_services->InstallProtocolInterface(&controller, &private_guid,
                                                        EFI_NATIVE_INTERFACE, bus);
    if (EFI_ERROR(status))
        take_down(bus);
    return status;
}

static EFI_STATUS EFIAPI stop(EFI_DRIVER_BINDING *This, EFI_HANDLE controller, UINTN count,
                              EFI_HANDLE *children)
{
    VOID *interface;
    EFI_STATUS status =
        bus_services->OpenProtocol(controller, &private_guid, &interface, This->DriverBindingHandle,
                                   controller, EFI_OPEN_PROTOCOL_GET_PROTOCOL);

    if (EFI_ERROR(status))
        return status;
    struct bus *bus = interface;

    if (count == 0)
        return take_down(bus);
    for (UINTN i = 0; i < count; i++) {
        EFI_STATUS one = EFI_NOT_FOUND;

        for (unsigned int k = 0; k < SAMPLE_DEVICES_MAX; k++)
            if (bus->devices[k].handle == children[i])
                one = device_uninstall(bus, &bus->devices[k]);
        if (EFI_ERROR(one))
            status = EFI_DEVICE_ERROR;
    }
    return status;
}

EFI_STATUS bus_driver_install(EFI_HANDLE image, EFI_SYSTEM_TABLE *system,
                              const struct bus_kind *of_kind)
{
    static EFI_DRIVER_BINDING binding = {supported, start, stop, 0x10, NULL, NULL};
    EFI_GUID binding_guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;

    kind = of_kind;
    bus_services = system->BootServices;
    sample_config_read();
    sample_report_image(system, image, kind->name);
    binding.ImageHandle = image;
    binding.DriverBindingHandle = image;
    return bus_services->InstallProtocolInterface(&image, &binding_guid, EFI_NATIVE_INTERFACE,
                                                  &binding);
}
