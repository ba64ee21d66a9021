/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sample bus, as small as one can be and still have what the reference-counted hand-off is about:
 * a connection that all devices on the bus share. The bus controller is QEMU's "edu" device; the
 * connection is a page of memory (the ring) whose address the controller has been told. As long as
 * it is told, it may write there. What bus driver and device driver must agree on is here; how the
 * connection is handed off is in include/exit-reference-protocol.h.
 */
#ifndef BATON_TEST_FIRMWARE_SAMPLE_BUS_H
#define BATON_TEST_FIRMWARE_SAMPLE_BUS_H

#include <efi.h>

#include <stdbool.h>
#include <stdint.h>

#define SAMPLE_DEVICES_MAX 8

/* The controller: PCI 1234:11e8 (QEMU, docs/specs/edu). Its BAR 0, 64-bit accesses: */
#define EDU_ID         0x11e81234U
#define EDU_DMA_SOURCE 0x80 /* the ring's address; 0: not connected */
#define EDU_DMA_COUNT                                                                              \
    0x90 /* how often the connection has been reset: kept by the device, so that                   \
          * it survives the driver. Nothing happens until 0x98 is written. */

enum sample_slot {
    SLOT_UNUSED,
    SLOT_OPEN,   /* the device may be in the middle of something */
    SLOT_CLOSED, /* its driver has stopped it */
    SLOT_FORGOT, /* its driver has made it forget the firmware */
};

struct sample_ring {
    uint32_t slots[SAMPLE_DEVICES_MAX]; /* enum sample_slot */
};

/* On each child handle: what a device driver needs of the bus. */
struct sample_bus_io {
    struct sample_ring *ring;
    uint32_t index; /* of this device: its slot */
    uint32_t at;    /* the bus controller's PCI device and function, device << 3 | function */
    /* What the test wants of the device's driver. */
    EFI_TPL tpl;      /* of its exit handler */
    bool has_handler; /* a careless driver has none */
};

/* {7c1bbd56-4d3f-4c37-96c1-4d0d5a9f8b1e} */
#define SAMPLE_BUS_IO_GUID                                                                         \
    {                                                                                              \
        0x7c1bbd56, 0x4d3f, 0x4c37,                                                                \
        {                                                                                          \
            0x96, 0xc1, 0x4d, 0x0d, 0x5a, 0x9f, 0x8b, 0x1e                                         \
        }                                                                                          \
    }

/* EFI_EVENT_GROUP_EXIT_BOOT_SERVICES (UEFI 2.10, 7.1.2), which gnu-efi does not name. */
#define SAMPLE_EXIT_GROUP_GUID                                                                     \
    {                                                                                              \
        0x27abf055, 0xb1b8, 0x4c26,                                                                \
        {                                                                                          \
            0x80, 0x48, 0x74, 0x8f, 0x37, 0xba, 0xa2, 0xdf                                         \
        }                                                                                          \
    }

/*
 * The test's configuration, fw_cfg file opt/org.baton/buses: a line of words (words.h) per bus.
 *
 *   at=0x28         the controller's PCI device and function; first
 *   kind=old        driven by old_bus.c, not bus.c
 *   tpl=c           of the bus' exit handler: c TPL_CALLBACK, n TPL_NOTIFY
 *   after=2         the bus creates its exit event when it has seen so many references (0: at once)
 *   children=cnx    one letter per device: TPL of its exit handler; x: it has none
 *   before=0x3      devices (a bit each) that are stopped before the loader starts;
 *   first=, middle=, last=  while it exits: before the other handlers, between those of TPL_NOTIFY
 *                   and those of TPL_CALLBACK, after them
 *
 * And for all of them together a line `at=0xffff repeat` makes the first exit fail after it has
 * signalled the handlers.
 */
#define SAMPLE_GENERAL 0xffff

/* At most once per driver. */
void sample_config_read(void);

/* The words of one bus, NULL when the test has none there. */
const char *sample_config_of(uint32_t at);

/* A letter of the configuration. */
EFI_TPL sample_tpl(char letter);

/* The PCI device and function of a controller. */
uint32_t sample_location(EFI_PCI_IO_PROTOCOL *pci);

/* "image name=bus base= size=": whose a return address is. */
void sample_report_image(EFI_SYSTEM_TABLE *system, EFI_HANDLE image, const char *name);

#endif
