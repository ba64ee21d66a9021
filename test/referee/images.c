/* SPDX-License-Identifier: BSD-2-Clause */
#include "images.h"

#include "core/base/mem.h"
#include "core/text/text.h"

#include <stddef.h>

#define IMAGES_MAX 512
#define NODES_MAX  32 /* of a device path that never ends */

/* EFI_FIRMWARE_VOLUME2_PROTOCOL (PI 1.8, volume 3, 3.4.1), as far as it is needed. */
struct volume {
    void *before[3];
    EFI_STATUS(EFIAPI *read_section)
    (const struct volume *volume, const EFI_GUID *file, UINT8 type, UINTN instance, VOID **buffer,
     UINTN *size, UINT32 *authentication);
};
#define SECTION_USER_INTERFACE 0x15 /* the name for people: PI 1.8, volume 3, 3.2.5 */

/* A file of a firmware volume, and its name there. */
struct volume_file {
    EFI_GUID guid;
    char name[48];
};

static struct image images[IMAGES_MAX];
static size_t image_count;
static struct volume_file files[IMAGES_MAX];
static size_t file_count;
static EFI_HANDLE handles[IMAGES_MAX];

static EFI_GUID volume_guid = {
    0x220e73b6, 0x6bdb, 0x4413, {0x84, 0x05, 0xb9, 0x74, 0xb1, 0x08, 0x61, 0x9a}};

static EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static void *interface_of(EFI_BOOT_SERVICES *services, EFI_HANDLE handle, EFI_GUID *protocol)
{
    void *interface = NULL;

    if (services->OpenProtocol(handle, protocol, &interface, NULL, NULL,
                               EFI_OPEN_PROTOCOL_GET_PROTOCOL) != EFI_SUCCESS)
        return NULL;
    return interface;
}

/* --- the name that the linker left: PE/COFF specification, 6.1 --- */

/* `count` bytes at `offset` of an image, or NULL. */
static const uint8_t *bytes_at(const EFI_LOADED_IMAGE *loaded, uint64_t offset, uint64_t count)
{
    if (offset > loaded->ImageSize || count > loaded->ImageSize - offset)
        return NULL;
    return (const uint8_t *)loaded->ImageBase + offset;
}

static uint32_t number_at(const EFI_LOADED_IMAGE *loaded, uint64_t offset)
{
    const uint8_t *bytes = bytes_at(loaded, offset, 4);
    uint32_t value = 0;

    if (bytes != NULL)
        memcpy(&value, bytes, sizeof(value));
    return value;
}

/* Where the path of the file with debug information is, in a CodeView entry; 0: nowhere. */
static uint64_t debug_path(const EFI_LOADED_IMAGE *loaded)
{
    uint64_t header = number_at(loaded, 0x3c);

    if ((number_at(loaded, 0) & 0xffff) != 0x5a4d || number_at(loaded, header) != 0x00004550 ||
        (number_at(loaded, header + 24) & 0xffff) != 0x20b || number_at(loaded, header + 132) < 7)
        return 0;
    uint64_t directory = number_at(loaded, header + 184); /* the seventh, of 8 bytes each */
    uint64_t size = number_at(loaded, header + 188);

    for (uint64_t at = directory; at != 0 && at + 28 <= directory + size; at += 28) {
        uint64_t entry = number_at(loaded, at + 20);

        if (number_at(loaded, at + 12) != 2) /* IMAGE_DEBUG_TYPE_CODEVIEW */
            continue;
        switch (number_at(loaded, entry)) {
        case 0x3031424e: /* "NB10": an offset, a time, an age, then the path */
            return entry + 16;
        case 0x53445352: /* "RSDS": a GUID, an age, then the path */
            return entry + 24;
        default:
            break;
        }
    }
    return 0;
}

/* Of a path its last name, without what follows the dot. */
static bool put_debug_name(struct text *name, const EFI_LOADED_IMAGE *loaded)
{
    uint64_t first = debug_path(loaded);
    uint64_t last = first;
    const uint8_t *byte = NULL;

    if (first == 0)
        return false;
    for (uint64_t at = first; (byte = bytes_at(loaded, at, 1)) != NULL && *byte != '\0'; at++)
        if (*byte == '/' || *byte == '\\')
            last = at + 1;
    for (; (byte = bytes_at(loaded, last, 1)) != NULL && *byte > ' ' && *byte != '.'; last++)
        text_put_char(name, (char)*byte);
    return name->length != 0;
}

/* --- the name that the firmware loaded it by: UEFI 2.10, 10.3 --- */

static void put_hex_digits(struct text *text, uint32_t value, unsigned int digits)
{
    while (digits-- > 0)
        text_put_char(text, "0123456789abcdef"[value >> 4 * digits & 15]);
}

static void put_guid(struct text *text, const EFI_GUID *guid)
{
    put_hex_digits(text, guid->Data1, 8);
    text_put_char(text, '-');
    put_hex_digits(text, guid->Data2, 4);
    text_put_char(text, '-');
    put_hex_digits(text, guid->Data3, 4);
    for (unsigned int i = 0; i < 8; i++) {
        if (i == 0 || i == 2)
            text_put_char(text, '-');
        put_hex_digits(text, guid->Data4[i], 2);
    }
}

static void put_wide(struct text *text, const uint8_t *units, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes && (units[i] != 0 || units[i + 1] != 0); i += 2)
        text_put_char(text, units[i + 1] == 0 && units[i] > ' ' && units[i] < 0x7f ? (char)units[i]
                                                                                   : '?');
}

/* The PCI devices on the way, as the firmware writes them. */
static void put_pci(struct text *text, const EFI_DEVICE_PATH *node)
{
    for (size_t i = 0; node != NULL && i < NODES_MAX && !IsDevicePathEnd(node); i++) {
        const uint8_t *bytes = (const uint8_t *)node;

        if (DevicePathType(node) == HARDWARE_DEVICE_PATH && DevicePathSubType(node) == HW_PCI_DP) {
            text_put(text, " Pci(");
            text_put_hex(text, bytes[5]);
            text_put(text, ",");
            text_put_hex(text, bytes[4]);
            text_put(text, ")");
        }
        node = NextDevicePathNode(node);
    }
}

static void put_file(struct text *name, const uint8_t *content)
{
    EFI_GUID guid;

    memcpy(&guid, content, sizeof(guid));
    for (size_t i = 0; name->length == 0 && i < file_count; i++)
        if (memcmp(&guid, &files[i].guid, sizeof(guid)) == 0)
            text_put(name, files[i].name);
    text_put(name, name->length == 0 ? "" : ", ");
    put_guid(name, &guid);
}

static void put_option_rom(struct text *name, EFI_BOOT_SERVICES *services, EFI_HANDLE device,
                           const EFI_DEVICE_PATH *node)
{
    MEDIA_RELATIVE_OFFSET_RANGE_DEVICE_PATH range;

    memcpy(&range, node, sizeof(range));
    text_put(name, name->length == 0 ? "" : ", ");
    text_put(name, "option ROM of");
    put_pci(name, device == NULL ? NULL : interface_of(services, device, &path_guid));
    text_put(name, " at ");
    text_put_hex(name, range.StartingOffset);
}

static void put_path_name(struct text *name, EFI_BOOT_SERVICES *services,
                          const EFI_LOADED_IMAGE *loaded)
{
    const EFI_DEVICE_PATH *node = loaded->FilePath;

    for (size_t i = 0; node != NULL && i < NODES_MAX && !IsDevicePathEnd(node); i++) {
        const uint8_t *content = (const uint8_t *)(node + 1);
        unsigned int kind = DevicePathType(node) << 8 | DevicePathSubType(node);

        if (kind == (MEDIA_DEVICE_PATH << 8 | MEDIA_FILEPATH_DP)) {
            put_wide(name, content, DevicePathNodeLength(node) - sizeof(*node));
        } else if (kind == (MEDIA_DEVICE_PATH << 8 | MEDIA_PIWG_FW_FILE_DP)) {
            put_file(name, content);
        } else if (kind == (MEDIA_DEVICE_PATH << 8 | MEDIA_RELATIVE_OFFSET_RANGE_DP)) {
            put_option_rom(name, services, loaded->DeviceHandle, node);
        }
        node = NextDevicePathNode(node);
    }
}

static void describe(EFI_BOOT_SERVICES *services, const EFI_LOADED_IMAGE *loaded,
                     struct image *image)
{
    struct text name = text_in(image->name, sizeof(image->name));

    image->base = (uintptr_t)loaded->ImageBase;
    image->size = loaded->ImageSize;
    image->application = loaded->ImageCodeType == EfiLoaderCode;
    /* A loader's debug name tells less than where it came from. */
    if (!image->application)
        (void)put_debug_name(&name, loaded);
    put_path_name(&name, services, loaded);
    if (name.length == 0) {
        text_put(&name, "image at ");
        text_put_hex(&name, image->base);
    }
}

/* The handles of all images; their number. */
static size_t find_handles(EFI_BOOT_SERVICES *services)
{
    UINTN size = sizeof(handles);

    if (services->LocateHandle(ByProtocol, &image_guid, NULL, &size, handles) != EFI_SUCCESS)
        return 0;
    return size / sizeof(handles[0]);
}

static void learn_name(EFI_BOOT_SERVICES *services, const EFI_LOADED_IMAGE *loaded)
{
    const EFI_DEVICE_PATH *node = loaded->FilePath;
    struct volume_file *file = &files[file_count];
    struct text name = text_in(file->name, sizeof(file->name));
    uint8_t units[2 * sizeof(file->name)];
    VOID *buffer = units;
    UINTN size = sizeof(units);
    UINT32 authentication;

    if (node == NULL || DevicePathType(node) != MEDIA_DEVICE_PATH ||
        DevicePathSubType(node) != MEDIA_PIWG_FW_FILE_DP || loaded->DeviceHandle == NULL)
        return;
    const struct volume *volume = interface_of(services, loaded->DeviceHandle, &volume_guid);

    memcpy(&file->guid, node + 1, sizeof(file->guid));
    if (volume == NULL || volume->read_section(volume, &file->guid, SECTION_USER_INTERFACE, 0,
                                               &buffer, &size, &authentication) != EFI_SUCCESS)
        return;
    put_wide(&name, units, size);
    file_count++;
}

void images_learn_names(EFI_BOOT_SERVICES *services)
{
    size_t count = find_handles(services);

    for (size_t i = 0; i < count; i++) {
        const EFI_LOADED_IMAGE *loaded = interface_of(services, handles[i], &image_guid);

        if (loaded != NULL)
            learn_name(services, loaded);
    }
}

void images_scan(EFI_BOOT_SERVICES *services)
{
    size_t count = find_handles(services);

    image_count = 0;
    for (size_t i = 0; i < count; i++) {
        const EFI_LOADED_IMAGE *loaded = interface_of(services, handles[i], &image_guid);

        if (loaded != NULL && loaded->ImageSize != 0)
            describe(services, loaded, &images[image_count++]);
    }
}

const struct image *image_at(const void *address)
{
    for (size_t i = 0; i < image_count; i++)
        if ((uintptr_t)address - images[i].base < images[i].size)
            return &images[i];
    return NULL;
}

const struct image *image_of(EFI_BOOT_SERVICES *services, EFI_HANDLE handle)
{
    const EFI_LOADED_IMAGE *loaded = interface_of(services, handle, &image_guid);

    return loaded == NULL ? NULL : image_at(loaded->ImageBase);
}
