/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/x86/apple.h"

#include "core/base/mem.h"
#include "efi/services.h"

#define PROPERTIES_MAX (1U << 20)

/* As far as it is needed; Linux, drivers/firmware/efi/libstub/efistub.h. */
#define PROPERTIES_VERSION 0x10000U
struct apple_properties {
    UINT64 version;
    VOID *get;
    VOID *set;
    VOID *del;
    EFI_STATUS(EFIAPI *get_all)(struct apple_properties *self, VOID *buffer, UINT32 *size);
};

static struct apple_properties *find(const struct firmware *firmware)
{
    /* APPLE_PROPERTIES_PROTOCOL_GUID, Linux, include/linux/efi.h */
    static const EFI_GUID guid = {
        0x91bd12fe, 0xf6c3, 0x44fb, {0xa5, 0xb7, 0x51, 0x22, 0xab, 0x30, 0x3a, 0xe0}};
    struct apple_properties *properties =
        firmware_is_apple(firmware) ? locate_protocol(firmware, &guid) : NULL;

    return properties != NULL && properties->version == PROPERTIES_VERSION ? properties : NULL;
}

void apple_properties_add(const struct firmware *firmware, struct setup_nodes *nodes)
{
    struct apple_properties *properties = find(firmware);
    UINT32 size = 0;
    UINT32 length;
    uint8_t *payload;

    if (properties == NULL)
        return;
    /* Says how much it is, and that there was no room. */
    (void)properties->get_all(properties, NULL, &size);
    if (size == 0 || size > PROPERTIES_MAX)
        return;
    length = size;
    payload = setup_nodes_payload(nodes, size);
    if (payload != NULL &&
        (properties->get_all(properties, payload, &length) != EFI_SUCCESS || length > size))
        return;
    (void)setup_nodes_add(nodes, SETUP_DATA_APPLE_PROPERTIES, length);
}
