/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI devices, as far as somebody who wants their option ROMs needs them; and what a Mac has. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

FAKE_DENY(PciIo);

struct device {
    EFI_PCI_IO_PROTOCOL protocol; /* first: what the loader holds */
    struct fake_pci is;
};

static EFI_STATUS EFIAPI read(EFI_PCI_IO_PROTOCOL *self, EFI_PCI_IO_PROTOCOL_WIDTH width,
                              UINT32 offset, UINTN count, VOID *buffer)
{
    const struct device *device = (const struct device *)(const void *)self;
    struct fake_call *call = fake_enter("Pci.Read", width, offset, count);
    const uint16_t ids[] = {device->is.vendor, device->is.device};

    assert_int_equal(width, EfiPciIoWidthUint16);
    assert_true(offset % 2 == 0 && offset / 2 + count <= 2);
    if (device->is.later_rom_size != 0)
        self->RomSize = device->is.later_rom_size;
    if (device->is.read_status == EFI_SUCCESS)
        memcpy(buffer, &ids[offset / 2], count * 2);
    return fake_leave(call, device->is.read_status);
}

static EFI_STATUS EFIAPI get_location(EFI_PCI_IO_PROTOCOL *self, UINTN *ret_segment, UINTN *ret_bus,
                                      UINTN *ret_device, UINTN *ret_function)
{
    const struct device *device = (const struct device *)(const void *)self;
    struct fake_call *call = fake_enter("GetLocation", 0, 0, 0);

    *ret_segment = device->is.location[0];
    *ret_bus = device->is.location[1];
    *ret_device = device->is.location[2];
    *ret_function = device->is.location[3];
    return fake_leave(call, device->is.location_status);
}

void fake_pci(const struct fake_pci *pci)
{
    static const EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
    struct device *device = fake_keep(sizeof(*device));

    device->protocol = (EFI_PCI_IO_PROTOCOL){
        .PollMem = FAKE_DENIED(PciIo),
        .PollIo = FAKE_DENIED(PciIo),
        .Mem = {FAKE_DENIED(PciIo), FAKE_DENIED(PciIo)},
        .Io = {FAKE_DENIED(PciIo), FAKE_DENIED(PciIo)},
        .Pci = {read, FAKE_DENIED(PciIo)},
        .CopyMem = FAKE_DENIED(PciIo),
        .Map = FAKE_DENIED(PciIo),
        .Unmap = FAKE_DENIED(PciIo),
        .AllocateBuffer = FAKE_DENIED(PciIo),
        .FreeBuffer = FAKE_DENIED(PciIo),
        .Flush = FAKE_DENIED(PciIo),
        .GetLocation = get_location,
        .Attributes = FAKE_DENIED(PciIo),
        .GetBarAttributes = FAKE_DENIED(PciIo),
        .SetBarAttributes = FAKE_DENIED(PciIo),
        .RomSize = pci->rom_size,
        .RomImage = (VOID *)(uintptr_t)pci->rom,
    };
    device->is = *pci;
    fake_install(device, guid, &device->protocol); /* its own handle */
}

/* --- a Mac -------------------------------------------------------------------------------------
 */

struct mac {
    UINT64 version; /* first: the protocol, laid out as in Linux's efistub.h */
    VOID *get;
    VOID *set;
    VOID *del;
    EFI_STATUS(EFIAPI *get_all)(struct mac *self, VOID *buffer, UINT32 *size);
    struct fake_properties is;
};

FAKE_DENY(AppleProperties);

static EFI_STATUS EFIAPI get_all(struct mac *self, VOID *buffer, UINT32 *size)
{
    struct fake_call *call = fake_enter("GetAll", (uintptr_t)buffer, *size, 0);

    if (buffer == NULL || *size < self->is.size) {
        *size = buffer == NULL && self->is.probed_size != 0 ? self->is.probed_size : self->is.size;
        return fake_leave(call, EFI_BUFFER_TOO_SMALL);
    }
    *size = self->is.claimed_size != 0 ? self->is.claimed_size : self->is.size;
    if (self->is.status == EFI_SUCCESS)
        memcpy(buffer, self->is.data, self->is.size);
    return fake_leave(call, self->is.status);
}

void fake_apple_properties(const struct fake_properties *properties)
{
    static const EFI_GUID guid = {
        0x91bd12fe, 0xf6c3, 0x44fb, {0xa5, 0xb7, 0x51, 0x22, 0xab, 0x30, 0x3a, 0xe0}};
    struct mac *mac = fake_keep(sizeof(*mac));

    mac->version = properties->version;
    mac->get = FAKE_DENIED(AppleProperties);
    mac->set = FAKE_DENIED(AppleProperties);
    mac->del = FAKE_DENIED(AppleProperties);
    mac->get_all = get_all;
    mac->is = *properties;
    fake_install(mac, guid, mac);
}

void fake_firmware_revision(uint32_t revision)
{
    fake_system_table.FirmwareRevision = revision;
}

void fake_firmware_vendor(const uint16_t *vendor)
{
    fake_system_table.FirmwareVendor = (CHAR16 *)(uintptr_t)vendor;
}
