/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/origin.h"

#include "core/base/mem.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/device_path.h"
#include "efi/services.h"

#define VENDOR_UNITS_MAX 100U

/* " 2.70": both tables have their version so. */
static void put_version(struct text *text, uint32_t revision)
{
    uint32_t minor = revision & 0xffff;

    text_format(text, minor < 10 ? " %lu.0%lu" : " %lu.%lu", (uint64_t)revision >> 16,
                (uint64_t)minor);
}

static void put_vendor(struct text *text, const CHAR16 *vendor)
{
    char utf8[UTF8_CAPACITY_FOR_UTF16(VENDOR_UNITS_MAX * sizeof(CHAR16))];
    size_t units = 0;
    size_t length;

    while (vendor != NULL && units < VENDOR_UNITS_MAX && vendor[units] != 0)
        units++;
    if (utf16_to_utf8(span_of(vendor, units * sizeof(CHAR16)), utf8, sizeof(utf8), &length) ==
        UTF_OK)
        text_put(text, utf8);
}

/* A GUID (UEFI 2.10, appendix A) whose first three numbers are little-endian, as text. */
static void put_guid(struct text *text, const uint8_t *guid)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < sizeof(order); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text_put_char(text, '-');
        text_put_char(text, "0123456789ABCDEF"[guid[order[i]] >> 4]);
        text_put_char(text, "0123456789ABCDEF"[guid[order[i]] & 0xf]);
    }
}

void origin_read(const struct firmware *firmware, struct origin *ret_origin)
{
    const EFI_SYSTEM_TABLE *table = firmware->system_table;
    struct text name = text_in(ret_origin->firmware, sizeof(ret_origin->firmware));
    struct text type = text_in(ret_origin->specification, sizeof(ret_origin->specification));
    struct text partition = text_in(ret_origin->partition, sizeof(ret_origin->partition));
    struct hard_drive drive;
    struct span nodes;

    put_vendor(&name, table->FirmwareVendor);
    put_version(&name, table->FirmwareRevision);
    text_put(&type, "UEFI");
    put_version(&type, table->Hdr.Revision);
    if (device_path_nodes(own_device_path(firmware), &nodes) &&
        device_path_hard_drive(nodes, &drive))
        put_guid(&partition, drive.signature);
}

/* EFI_SYSTEM_RESOURCE_TABLE: a count at 0, entries of 40 bytes from 16 on; of each the type is at
 * 16, the last status at 36. */
#define ESRT_ENTRIES_MAX     128U
#define ESRT_SYSTEM_FIRMWARE 1U

bool firmware_update_failed(const struct firmware *firmware)
{
    static const EFI_GUID guid = {
        0xb122a263, 0x3661, 0x4f68, {0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80}};
    const uint8_t *table = configuration_table(firmware, &guid);
    uint32_t count;
    uint32_t numbers[2];

    if (table == NULL)
        return false;
    memcpy(&count, table, sizeof(count));
    for (uint32_t i = 0; i < count && i < ESRT_ENTRIES_MAX; i++) {
        const uint8_t *entry = table + 16 + (size_t)i * 40;

        memcpy(&numbers[0], entry + 16, sizeof(numbers[0]));
        memcpy(&numbers[1], entry + 36, sizeof(numbers[1]));
        if (numbers[0] == ESRT_SYSTEM_FIRMWARE && numbers[1] != 0)
            return true;
    }
    return false;
}
