/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bus driver that hands its connection off by counting who still uses it: the example for authors
 * of include/exit-reference-protocol.h. What is not about leaving is in bus_common.c.
 */
#include "bus_common.h"
#include "report.h"
#include "words.h"

static uintptr_t status_of(struct bus *bus, enum exit_reference_answer answer)
{
    switch (answer) {
    case EXIT_REFERENCE_NOTED:
    case EXIT_REFERENCE_WAS_RESET:
        return EFI_SUCCESS;
    case EXIT_REFERENCE_RESET_NOW:
        bus_disconnect(bus);
        return EFI_SUCCESS;
    case EXIT_REFERENCE_TOO_LATE:
        return EFI_ACCESS_DENIED;
    case EXIT_REFERENCE_TOO_MANY:
        return EFI_OUT_OF_RESOURCES;
    case EXIT_REFERENCE_NOT_HELD:
        break;
    }
    return EFI_NOT_STARTED;
}

static void report_event(const struct bus *bus, const char *event, const char *who)
{
    bus_report(bus, event);
    report_text("who", who);
    report_number("held", bus->counter.held);
    report_end();
}

/*
 * The end of the line of handlers, as far as one can know: whoever has not let go by now never will
 * in this exit. Nothing can be done about it here but to say so.
 */
static void EFIAPI late_handler(EFI_EVENT event, VOID *context)
{
    struct bus *bus = context;

    (void)event;
    if (exit_reference_is_pinned(&bus->counter))
        report_event(bus, "pinned", "bus");
}

static void EFIAPI exit_handler(EFI_EVENT event, VOID *context)
{
    struct bus *bus = context;

    (void)event;
    report_event(bus, "handler", "bus");
    (void)status_of(bus, exit_reference_next(&bus->counter, EXIT_REFERENCE_BUS_EXIT));
    if (exit_reference_is_pinned(&bus->counter))
        bus_services->SignalEvent(bus->late_event);
}

/* A test may want the bus' event to be younger than those of some devices. */
static EFI_STATUS create_event_when_due(struct bus *bus)
{
    if (bus->exit_event != NULL || bus->counter.held < words_number(bus->config, "after", 0))
        return EFI_SUCCESS;
    return bus_exit_event(bus, exit_handler);
}

static uintptr_t EXIT_REFERENCE_API add_reference(struct exit_reference_protocol *This)
{
    struct bus *bus = (struct bus *)This;

    if (This == NULL)
        return EFI_INVALID_PARAMETER;
    uintptr_t status = status_of(bus, exit_reference_next(&bus->counter, EXIT_REFERENCE_ADD));

    if (status == EFI_SUCCESS)
        status = create_event_when_due(bus);
    return status;
}

static uintptr_t EXIT_REFERENCE_API remove_reference(struct exit_reference_protocol *This,
                                                     uint8_t HandOffToOs)
{
    struct bus *bus = (struct bus *)This;

    if (This == NULL)
        return EFI_INVALID_PARAMETER;
    return status_of(bus,
                     exit_reference_next(&bus->counter, HandOffToOs != 0 ? EXIT_REFERENCE_HAND_OFF
                                                                         : EXIT_REFERENCE_STOP));
}

static EFI_STATUS begin(struct bus *bus)
{
    bus->exit_reference = (struct exit_reference_protocol){EXIT_REFERENCE_PROTOCOL_REVISION,
                                                           add_reference, remove_reference};
    EFI_STATUS status = bus_services->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, late_handler,
                                                  bus, &bus->late_event);

    if (!EFI_ERROR(status))
        status = create_event_when_due(bus);
    return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static const struct bus_kind kind = {"bus", false, begin};

    return bus_driver_install(image, system, &kind);
}
