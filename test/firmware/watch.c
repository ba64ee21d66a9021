/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test around the sample buses: sets them up as configured, disturbs the exit as configured,
 * and reports what every other party cannot know of itself: what the devices' registers hold,
 * which services were called while handlers ran and from where, and whether the map that the loader
 * left with is true. Knows no kernel and no loader.
 *
 *   before at= ring= resets=     a controller's registers when the loader is about to start
 *   exit n=                      ExitBootServices is called
 *   service name= caller=        a boot service that a handler called through the table
 *   stopping at= device=         DisconnectController on a device, by us
 *   refused n=                   the first exit has failed after its handlers ran
 *   left n=                      the exit has succeeded
 *   map start= pages= type=      as the loader has it, then
 *   truth start= pages= type=    as it is
 *   after at= ring= resets=      the registers now
 *   done
 */
#include "watch.h"
#include "hooks.h"
#include "report.h"
#include "sample_bus.h"
#include "words.h"

#include "arch/arch.h"
#include "core/base/mem.h"

#define CONTROLLERS_MAX 128
#define DEVICES_MAX     512
#define MAP_MAX         0x20000

struct controller {
    uint32_t at;
    uint64_t registers; /* address of BAR 0 */
};

struct device {
    EFI_HANDLE handle;
    uint32_t at;
    uint32_t index;
    bool stopped;
};

static struct map {
    uint8_t data[MAP_MAX];
    UINTN size;
    UINTN stride;
} loaders_map, true_map;

static EFI_BOOT_SERVICES *services;
static EFI_EXIT_BOOT_SERVICES exit_boot_services;
static EFI_GET_MEMORY_MAP get_memory_map;
static struct controller controllers[CONTROLLERS_MAX];
static unsigned int controller_count;
static struct device devices[DEVICES_MAX];
static unsigned int device_count;
static unsigned int exits;
static EFI_EVENT group_event;

static EFI_GUID pci_guid = EFI_PCI_IO_PROTOCOL_GUID;
static EFI_GUID io_guid = SAMPLE_BUS_IO_GUID;
static EFI_GUID exit_guid = SAMPLE_EXIT_GROUP_GUID;
/* EFI_EVENT_GROUP_READY_TO_BOOT (UEFI 2.10, 7.1.2) */
static EFI_GUID ready_guid = {
    0x7ce88fb3, 0x4bd7, 0x4679, {0x87, 0xa8, 0xa8, 0xd8, 0xde, 0xe5, 0x0d, 0x2b}};

/* By physical address, without the drivers: this also works when boot services are gone. */
static void report_registers(const char *event)
{
    for (unsigned int i = 0; i < controller_count; i++) {
        uintptr_t base = controllers[i].registers;

        report_begin(event);
        report_number("at", controllers[i].at);
        report_number("ring", *(volatile uint64_t *)(base + EDU_DMA_SOURCE));
        report_number("resets", *(volatile uint64_t *)(base + EDU_DMA_COUNT));
        report_end();
    }
}

static void add_controller(EFI_HANDLE handle)
{
    uint32_t id = 0;
    uint32_t bar = 0;
    VOID *interface;

    if (EFI_ERROR(services->HandleProtocol(handle, &pci_guid, &interface)))
        return;
    EFI_PCI_IO_PROTOCOL *pci = interface;

    pci->Pci.Read(pci, EfiPciIoWidthUint32, 0, 1, &id);
    if (id != EDU_ID || controller_count == CONTROLLERS_MAX ||
        sample_config_of(sample_location(pci)) == NULL)
        return;
    pci->Pci.Read(pci, EfiPciIoWidthUint32, 0x10, 1, &bar);
    controllers[controller_count++] = (struct controller){sample_location(pci), bar & 0xfffffff0U};
    /* A firmware that boots only what it was told to boot has not connected them. */
    services->ConnectController(handle, NULL, NULL, TRUE);
}

static void add_device(EFI_HANDLE handle)
{
    VOID *interface;

    if (device_count == DEVICES_MAX ||
        EFI_ERROR(services->HandleProtocol(handle, &io_guid, &interface)))
        return;
    const struct sample_bus_io *io = interface;

    devices[device_count++] = (struct device){handle, io->at, io->index, false};
}

static void for_all(EFI_GUID *protocol, void (*act)(EFI_HANDLE handle))
{
    EFI_HANDLE *handles = NULL;
    UINTN count = 0;

    if (EFI_ERROR(services->LocateHandleBuffer(ByProtocol, protocol, NULL, &count, &handles)))
        return;
    for (UINTN i = 0; i < count; i++)
        act(handles[i]);
    services->FreePool(handles);
}

/* Stops the devices that the configuration names with `when`. */
static void stop_devices(const char *when)
{
    for (unsigned int i = 0; i < device_count; i++) {
        struct device *device = &devices[i];
        uint64_t mask = words_number(sample_config_of(device->at), when, 0);

        if (device->stopped || !(mask & 1ULL << device->index))
            continue;
        device->stopped = true;
        report_begin("stopping");
        report_number("at", device->at);
        report_number("device", device->index);
        report_end();
        services->DisconnectController(device->handle, NULL, NULL);
    }
}

/* Somebody else's exit handlers, which disconnect devices: it is their word for when. */
static void EFIAPI stop_handler(EFI_EVENT event, VOID *context)
{
    (void)event;
    watch_ours(true);
    stop_devices(context);
    watch_ours(false);
}

static void EFIAPI nothing(EFI_EVENT event, VOID *context)
{
    (void)event;
    (void)context;
}

static void report_map(const struct map *map, const char *event)
{
    for (UINTN at = 0; at + map->stride <= map->size; at += map->stride) {
        EFI_MEMORY_DESCRIPTOR descriptor;

        memcpy(&descriptor, map->data + at, sizeof(descriptor));
        report_begin(event);
        report_number("start", descriptor.PhysicalStart);
        report_number("pages", descriptor.NumberOfPages);
        report_number("type", descriptor.Type);
        report_end();
    }
}

static EFI_STATUS EFIAPI get_memory_map_hook(UINTN *size, EFI_MEMORY_DESCRIPTOR *data, UINTN *key,
                                             UINTN *stride, UINT32 *version)
{
    EFI_STATUS status = get_memory_map(size, data, key, stride, version);

    if (status == EFI_SUCCESS && *size <= MAP_MAX) {
        memcpy(loaders_map.data, data, *size);
        loaders_map.size = *size;
        loaders_map.stride = *stride;
    }
    return status;
}

static void report_left(void)
{
    UINTN key;
    UINT32 version;

    report_begin("left");
    report_number("n", exits);
    report_end();
    /* Its code is still there, though nothing points to it any more. It turns interrupts on. */
    true_map.size = sizeof(true_map.data);
    if (get_memory_map(&true_map.size, (void *)true_map.data, &key, &true_map.stride, &version) ==
        EFI_SUCCESS) {
        report_map(&loaders_map, "map");
        report_map(&true_map, "truth");
    }
    arch_interrupts_off();
    report_registers("after");
    report_begin("done");
    report_end();
}

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key)
{
    const char *general = sample_config_of(SAMPLE_GENERAL);
    EFI_STATUS status;

    report_begin("exit");
    report_number("n", ++exits);
    report_end();
    watch_begin();
    if (exits == 1 && general != NULL && words_number(general, "repeat", 0) != 0) {
        /* AMI's order: the handlers first, then the key is checked (2013). What the firmware does
         * before its own check, the BeforeExitBootServices group above all, goes before them. */
        (void)exit_boot_services(image, ~key);
        /* Signalling one event of the group signals all. */
        services->SignalEvent(group_event);
        status = EFI_INVALID_PARAMETER;
    } else {
        status = exit_boot_services(image, key);
    }
    watch_end();
    if (status == EFI_SUCCESS) {
        report_left();
    } else {
        report_begin("refused");
        report_number("n", exits);
        report_end();
    }
    return status;
}

static EFI_STATUS add_handler(EFI_TPL tpl, EFI_EVENT_NOTIFY handler, const char *when,
                              EFI_EVENT *ret_event)
{
    return services->CreateEventEx(EVT_NOTIFY_SIGNAL, tpl, handler, when, &exit_guid, ret_event);
}

/* The loader is about to be started. Of handlers of one priority edk2 runs the youngest first. */
static void EFIAPI ready(EFI_EVENT event, VOID *context)
{
    EFI_EVENT unused;

    (void)context;
    services->CloseEvent(event);
    for_all(&pci_guid, add_controller);
    for_all(&io_guid, add_device);
    stop_devices("before");
    add_handler(TPL_NOTIFY, stop_handler, "first", &unused);
    add_handler(TPL_CALLBACK, stop_handler, "middle", &unused);
    report_registers("before");
    get_memory_map = hook_service(services, GetMemoryMap, get_memory_map_hook);
    exit_boot_services = hook_service(services, ExitBootServices, exit_hook);
    watch_install(services);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_EVENT unused;

    services = system->BootServices;
    sample_config_read();
    sample_report_image(system, image, "watch");
    EFI_STATUS status = add_handler(TPL_CALLBACK, stop_handler, "last", &unused);

    if (!EFI_ERROR(status))
        status = add_handler(TPL_CALLBACK, nothing, NULL, &group_event);
    if (!EFI_ERROR(status))
        status = services->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, ready, NULL, &ready_guid,
                                         &unused);
    return status;
}
