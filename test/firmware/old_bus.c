/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counter-example: a bus driver that leaves as many did and some still do (XenBusDxe up to
 * 2019). Its exit handler disconnects its own controller, which stops every device and the bus.
 * The connection is reset all right, but all of them free their memory while they are at it, after
 * the firmware has checked the map key: the loader leaves with a map that is no longer true.
 */
#include "bus_common.h"
#include "report.h"

static void EFIAPI exit_handler(EFI_EVENT event, VOID *context)
{
    struct bus *bus = context;

    (void)event;
    bus_report(bus, "handler");
    report_text("who", "bus");
    report_end();
    bus_services->DisconnectController(bus->controller, bus->driver, NULL);
    /* `bus` is gone. */
}

static EFI_STATUS begin(struct bus *bus)
{
    return bus_exit_event(bus, exit_handler);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static const struct bus_kind kind = {"old_bus", true, begin};

    return bus_driver_install(image, system, &kind);
}
