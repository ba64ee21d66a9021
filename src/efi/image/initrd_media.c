/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/image/initrd_media.h"

#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/linux/initrd_layout.h"
#include "efi/device_path.h"
#include "efi/pages.h"
#include "efi/services.h"

/* EFI_LOAD_FILE_PROTOCOL of gnu-efi has the same layout; only the GUID differs (UEFI 2.10, 13.2).
 */
static const EFI_GUID load_file2_guid = {
    0x4006c0c1, 0xfcb3, 0x403e, {0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d}};

/* A vendor-defined media node (UEFI 2.10, 10.3.5.3) with LINUX_EFI_INITRD_MEDIA_GUID, the end. */
static const uint8_t initrd_path[] = {
    4,    3,    20,   0,    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
    0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, 0x7f, 0xff, 4,    0,
};

struct initrd_media {
    EFI_LOAD_FILE_PROTOCOL protocol; /* first: what the callback is given */
    EFI_HANDLE handle;
    struct firmware *firmware;
    uint64_t size; /* bytes of the whole */
    unsigned int count;
    struct initrd_file files[INITRD_FILES_MAX];
    uint64_t sizes[INITRD_FILES_MAX];
    uint64_t offsets[INITRD_FILES_MAX]; /* in the whole */
};

static EFI_DEVICE_PATH *path_of_initrd(void)
{
    return (EFI_DEVICE_PATH *)(uintptr_t)initrd_path;
}

/* All pieces to `destination`, zeros in the gaps before them. */
static efi_status read_all(const struct initrd_media *media, uint8_t *destination)
{
    uint64_t done = 0;
    efi_status status = EFI_SUCCESS;

    for (unsigned int i = 0; i < media->count && status == EFI_SUCCESS; i++) {
        memset(destination + done, 0, media->offsets[i] - done);
        done = media->offsets[i] + media->sizes[i];
        if (media->files[i].bytes != NULL) {
            memcpy(destination + media->offsets[i], media->files[i].bytes, media->sizes[i]);
            continue;
        }
        status = file_read(media->firmware, media->files[i].file, 0, media->sizes[i],
                           destination + media->offsets[i]);
        if (status == EFI_SUCCESS)
            status = file_confirm_end(media->files[i].file, media->sizes[i]);
    }
    return status;
}

/* EFI_LOAD_FILE2_PROTOCOL.LoadFile (UEFI 2.10, 13.2.2). `path` is what follows our own. */
static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *self, EFI_DEVICE_PATH *path,
                                   BOOLEAN boot_policy, UINTN *size, VOID *buffer)
{
    const struct initrd_media *media = (const struct initrd_media *)(const void *)self;
    UINTN room;

    if (self == NULL || path == NULL || size == NULL)
        return EFI_INVALID_PARAMETER;
    if (boot_policy)
        return EFI_UNSUPPORTED;
    if (!device_path_is_end(path))
        return EFI_NOT_FOUND;
    room = *size;
    *size = media->size;
    if (buffer == NULL || room < media->size)
        return EFI_BUFFER_TOO_SMALL;
    return read_all(media, buffer);
}

static bool is_offered(const struct firmware *firmware)
{
    EFI_DEVICE_PATH *path = path_of_initrd();
    EFI_HANDLE handle = NULL;

    return boot_services(firmware)->LocateDevicePath(guid_in(&load_file2_guid), &path, &handle) ==
               EFI_SUCCESS &&
           device_path_is_end(path);
}

static void uninstall(struct firmware *firmware, const struct lease *lease)
{
    struct initrd_media *media = (struct initrd_media *)(uintptr_t)lease->address;

    boot_services(firmware)->UninstallMultipleProtocolInterfaces(
        media->handle, guid_in(&device_path_guid), path_of_initrd(), guid_in(&load_file2_guid),
        &media->protocol, NULL);
}

/* Of a state that is complete but for what the firmware gives. */
static efi_status install(struct firmware *firmware, struct initrd_media *media)
{
    efi_status status = boot_services(firmware)->InstallMultipleProtocolInterfaces(
        &media->handle, guid_in(&device_path_guid), path_of_initrd(), guid_in(&load_file2_guid),
        &media->protocol, NULL);

    if (status == EFI_SUCCESS && !lease_record(firmware, uninstall, (uintptr_t)media, 0)) {
        uninstall(firmware, &(struct lease){.address = (uintptr_t)media});
        status = EFI_OUT_OF_RESOURCES;
    }
    return status;
}

efi_status initrd_media_install(struct firmware *firmware, const struct initrd_file *files,
                                unsigned int count)
{
    struct initrd_media *media;
    uint64_t address;
    efi_status status;

    if (count > INITRD_FILES_MAX)
        return EFI_INVALID_PARAMETER;
    status = pages_take(firmware, MEMORY_LOADER_DATA, sizeof(*media), &address);
    if (status != EFI_SUCCESS)
        return status;
    media = (struct initrd_media *)(uintptr_t)address;
    media->protocol.LoadFile = load_file;
    media->handle = NULL;
    media->firmware = firmware;
    media->count = count;
    for (unsigned int i = 0; i < count; i++) {
        media->files[i] = files[i];
        media->sizes[i] = files[i].size;
    }
    if (!initrd_layout(media->sizes, count, media->offsets, &media->size))
        status = EFI_INVALID_PARAMETER;
    else if (media->size != 0)
        status = is_offered(firmware) ? EFI_ALREADY_STARTED : install(firmware, media);
    if (status != EFI_SUCCESS || media->size == 0)
        pages_free(firmware, address);
    return status;
}
