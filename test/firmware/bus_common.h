/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two sample bus drivers have in common: everything but how they leave. A bus driver in
 * the sense of the UEFI driver model (UEFI Driver Writer's Guide, chapter 14; UEFI 2.10, chapter
 * 11): Start() makes the connection and a child handle for each device, Stop() takes them down
 * again.
 */
#ifndef BATON_TEST_FIRMWARE_BUS_COMMON_H
#define BATON_TEST_FIRMWARE_BUS_COMMON_H

#include "sample_bus.h"

#include "driver/exit_reference.h"
#include "exit-reference-protocol.h"

struct bus;

struct bus_device {
    EFI_HANDLE handle; /* NULL: no such child */
    struct sample_bus_io io;
    EFI_DEVICE_PATH *path;
};

/* One controller that has been started. */
struct bus {
    struct exit_reference_protocol exit_reference; /* first: what its functions are called with */
    struct exit_reference counter;
    EFI_HANDLE controller;
    EFI_HANDLE driver; /* DriverBindingHandle */
    EFI_PCI_IO_PROTOCOL *pci;
    struct sample_ring *ring;
    EFI_EVENT exit_event;
    EFI_EVENT late_event; /* of a bus that reports who never let go */
    const char *config;
    uint32_t at;
    struct bus_device devices[SAMPLE_DEVICES_MAX];
    bool connected;
};

/* How a bus driver leaves: the only difference between the two. */
struct bus_kind {
    const char *name;
    bool old;
    /* Puts what children shall find beside the io protocol into bus->exit_reference, and creates
     * the exit event if it is time. */
    EFI_STATUS (*begin)(struct bus *bus);
};

extern EFI_BOOT_SERVICES *bus_services;

/* Registers a driver of this kind: for efi_main. */
EFI_STATUS bus_driver_install(EFI_HANDLE image, EFI_SYSTEM_TABLE *system,
                              const struct bus_kind *kind);

/* Registers the handler at the priority that the test wants. */
EFI_STATUS bus_exit_event(struct bus *bus, EFI_EVENT_NOTIFY handler);

/* The controller forgets the ring. No service but the device's registers; fit for exit handlers. */
void bus_disconnect(struct bus *bus);

/* "<event> at=": the caller adds to it and ends the line. */
void bus_report(const struct bus *bus, const char *event);

#endif
