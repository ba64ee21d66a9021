/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/x86/option_roms.h"

#include "core/base/mem.h"
#include "efi/services.h"

#include <stddef.h>

#define ROM_SIZE_MAX (16U << 20)
#define PCI_IDS      0U /* offset in configuration space: u16 vendor, u16 device */

/* struct pci_setup_rom, which has no packing and 64 bits in an unsigned long, behind its struct
 * setup_data. The ROM follows. */
struct rom_node {
    uint16_t ids[2]; /* vendor, devid */
    uint64_t size;   /* pcilen: of the ROM, bytes */
    UINTN segment;
    UINTN bus;
    UINTN device;
    UINTN function;
};
_Static_assert(offsetof(struct rom_node, size) == 24 - SETUP_DATA_HEADER_SIZE &&
                   offsetof(struct rom_node, segment) == 32 - SETUP_DATA_HEADER_SIZE &&
                   offsetof(struct rom_node, function) == 56 - SETUP_DATA_HEADER_SIZE &&
                   sizeof(struct rom_node) == 64 - SETUP_DATA_HEADER_SIZE,
               "pcilen at 24, segment at 32, function at 56, romdata at 64");

static void add(EFI_PCI_IO_PROTOCOL *pci, struct setup_nodes *nodes)
{
    struct rom_node node = {.size = pci->RomSize};
    const void *image = pci->RomImage;
    uint8_t *payload;

    if (image == NULL || node.size == 0 || node.size > ROM_SIZE_MAX ||
        pci->Pci.Read(pci, EfiPciIoWidthUint16, PCI_IDS, 2, node.ids) != EFI_SUCCESS ||
        pci->GetLocation(pci, &node.segment, &node.bus, &node.device, &node.function) !=
            EFI_SUCCESS)
        return;
    payload = setup_nodes_payload(nodes, sizeof(node) + node.size);
    if (payload != NULL) {
        memcpy(payload, &node, sizeof(node));
        memcpy(payload + sizeof(node), image, node.size);
    }
    (void)setup_nodes_add(nodes, SETUP_DATA_PCI, sizeof(node) + node.size);
}

void option_roms_add(const struct firmware *firmware, struct setup_nodes *nodes)
{
    static const EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
    EFI_HANDLE *handles;
    UINTN count = handles_with(firmware, &guid, &handles);

    if (count == 0)
        return;
    for (UINTN i = 0; i < count; i++) {
        EFI_PCI_IO_PROTOCOL *pci = protocol_of(firmware, handles[i], &guid);

        if (pci != NULL)
            add(pci, nodes);
    }
    pool_free(firmware, handles);
}
