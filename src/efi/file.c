/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/file.h"

#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/text/path.h"
#include "core/text/utf.h"
#include "efi/services.h"

/* EFI_FILE_INFO with the longest name that UEFI's FAT has, 255 units and a NUL, and room to spare.
 */
#define FILE_INFO_SIZE 1024

/*
 * Sizes of one Read, largest first. Whole files at once is what every driver should take; some fail
 * above a certain size, so each failure goes one step down, and the step is kept for what remains.
 */
static const uint64_t read_sizes[] = {UINT64_MAX, 16 << 20, 1 << 20, 64 << 10, 4 << 10};
#define READ_STEPS (sizeof(read_sizes) / sizeof(read_sizes[0]))

/* The last resort is a buffer below 4 GiB, for drivers whose device can not reach higher. */
#define BOUNCE_SIZE (64U << 10)

static EFI_FILE_HANDLE handle_of(struct file *file)
{
    return (EFI_FILE_HANDLE)(void *)file;
}

static void close_file(struct firmware *firmware, const struct lease *lease)
{
    EFI_FILE_HANDLE file = (EFI_FILE_HANDLE)(uintptr_t)lease->address;

    (void)firmware;
    file->Close(file);
}

static efi_status lease_file(struct firmware *firmware, EFI_FILE_HANDLE handle,
                             struct file **ret_file)
{
    if (!lease_record(firmware, close_file, (uintptr_t)handle, 0)) {
        handle->Close(handle);
        return EFI_OUT_OF_RESOURCES;
    }
    *ret_file = (struct file *)(void *)handle;
    return EFI_SUCCESS;
}

efi_status volume_open(struct firmware *firmware, struct file **ret_root)
{
    EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
    EFI_FILE_HANDLE root = NULL;
    EFI_LOADED_IMAGE *image = NULL;
    VOID *interface = NULL;
    EFI_STATUS status = own_image(firmware, &image);

    if (status != EFI_SUCCESS)
        return status;
    if (image->DeviceHandle == NULL)
        return EFI_NOT_FOUND; /* started from memory: there is no volume */
    status =
        boot_services(firmware)->HandleProtocol(image->DeviceHandle, &file_system_guid, &interface);
    if (status != EFI_SUCCESS)
        return status;
    volume = interface;
    status = volume->OpenVolume(volume, &root);
    if (status != EFI_SUCCESS)
        return status;
    if (root == NULL)
        return EFI_DEVICE_ERROR;
    return lease_file(firmware, root, ret_root);
}

/* GetInfo is asked for nothing but this: a size or a name from it would have to be doubted. */
static efi_status is_directory(EFI_FILE_HANDLE handle, bool *ret_is_directory)
{
    EFI_GUID info_guid = EFI_FILE_INFO_ID;
    uint8_t buffer[FILE_INFO_SIZE] __attribute__((aligned(8)));
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)buffer;
    UINTN size = sizeof(buffer);
    EFI_STATUS status = handle->GetInfo(handle, &info_guid, &size, info);

    if (status != EFI_SUCCESS)
        return status;
    *ret_is_directory = (info->Attribute & EFI_FILE_DIRECTORY) != 0;
    return EFI_SUCCESS;
}

static efi_status open_kind(struct firmware *firmware, struct file *root, const char *path,
                            bool want_directory, struct file **ret_file)
{
    EFI_FILE_HANDLE handle = NULL;
    bool directory = false;
    CHAR16 wide[PATH_CAPACITY]; /* UTF-16 never has more units than UTF-8 has bytes */
    EFI_STATUS status;
    size_t length;

    if (utf8_to_utf16(path, wide, PATH_CAPACITY, &length) != UTF_OK)
        return EFI_INVALID_PARAMETER;
    status = handle_of(root)->Open(handle_of(root), &handle, wide, EFI_FILE_MODE_READ, 0);
    if (status != EFI_SUCCESS)
        return status;
    if (handle == NULL)
        return EFI_DEVICE_ERROR;
    status = is_directory(handle, &directory);
    if (status == EFI_SUCCESS && directory != want_directory)
        status = EFI_INVALID_PARAMETER;
    if (status != EFI_SUCCESS) {
        handle->Close(handle);
        return status;
    }
    return lease_file(firmware, handle, ret_file);
}

efi_status file_open(struct firmware *firmware, struct file *root, const char *path,
                     struct file **ret_file)
{
    return open_kind(firmware, root, path, false, ret_file);
}

efi_status directory_open(struct firmware *firmware, struct file *root, const char *path,
                          struct file **ret_directory)
{
    return open_kind(firmware, root, path, true, ret_directory);
}

void file_close(struct firmware *firmware, struct file *file)
{
    lease_release(firmware, close_file, (uintptr_t)file);
}

void files_close(struct firmware *firmware)
{
    lease_release_kind(firmware, close_file);
}

efi_status file_size(struct file *file, uint64_t *ret_size)
{
    EFI_FILE_HANDLE handle = handle_of(file);
    UINT64 size = 0;
    EFI_STATUS status = handle->SetPosition(handle, UINT64_MAX); /* the end: UEFI 2.10, 13.5.11 */

    if (status == EFI_SUCCESS)
        status = handle->GetPosition(handle, &size);
    if (status != EFI_SUCCESS)
        return status;
    if (size > INT64_MAX)
        return EFI_VOLUME_CORRUPTED;
    *ret_size = size;
    return EFI_SUCCESS;
}

/* One Read that is not believed: it may not claim more than it was asked for. */
static efi_status read_once(EFI_FILE_HANDLE handle, uint64_t size, void *destination,
                            uint64_t *ret_read)
{
    UINTN count = size;
    EFI_STATUS status = handle->Read(handle, &count, destination);

    if (status != EFI_SUCCESS)
        return status;
    if (count > size)
        return EFI_DEVICE_ERROR;
    *ret_read = count;
    return EFI_SUCCESS;
}

/* Where a transfer stands; `done` only ever grows. */
struct transfer {
    EFI_FILE_HANDLE handle;
    uint64_t offset;
    uint64_t size;
    uint8_t *destination;
    uint64_t done;
};

/* Reads until done or the first error, `step` bytes a time, through `bounce` unless it is NULL. */
static efi_status transfer_run(struct transfer *transfer, uint64_t step, uint8_t *bounce)
{
    EFI_STATUS status =
        transfer->handle->SetPosition(transfer->handle, transfer->offset + transfer->done);

    while (status == EFI_SUCCESS && transfer->done < transfer->size) {
        uint64_t left = transfer->size - transfer->done;
        uint8_t *target = transfer->destination + transfer->done;
        uint64_t count = 0;

        status = read_once(transfer->handle, left < step ? left : step,
                           bounce != NULL ? bounce : target, &count);
        if (status != EFI_SUCCESS)
            break;
        if (count == 0)
            return EFI_END_OF_FILE;
        if (bounce != NULL)
            memcpy(target, bounce, count);
        transfer->done += count;
    }
    return status;
}

static efi_status transfer_bounced(struct firmware *firmware, struct transfer *transfer)
{
    EFI_PHYSICAL_ADDRESS bounce = UINT32_MAX;
    EFI_STATUS status = boot_services(firmware)->AllocatePages(AllocateMaxAddress, EfiLoaderData,
                                                               BOUNCE_SIZE / PAGE_SIZE, &bounce);

    if (status != EFI_SUCCESS)
        return status;
    status = transfer_run(transfer, BOUNCE_SIZE, (uint8_t *)(uintptr_t)bounce);
    boot_services(firmware)->FreePages(bounce, BOUNCE_SIZE / PAGE_SIZE);
    return status;
}

efi_status file_read(struct firmware *firmware, struct file *file, uint64_t offset, uint64_t size,
                     void *destination)
{
    struct transfer transfer = {
        .handle = handle_of(file), .offset = offset, .size = size, .destination = destination};
    EFI_STATUS status = EFI_SUCCESS;
    uint64_t end;

    if (size == 0)
        return EFI_SUCCESS;
    if (!checked_add(offset, size, &end))
        return EFI_INVALID_PARAMETER;
    for (unsigned int step = 0; step < READ_STEPS; step++) {
        status = transfer_run(&transfer, read_sizes[step], NULL);
        if (status == EFI_SUCCESS || status == EFI_END_OF_FILE)
            return status;
    }
    if (transfer_bounced(firmware, &transfer) == EFI_SUCCESS)
        return EFI_SUCCESS;
    return status;
}

efi_status file_confirm_end(struct file *file, uint64_t size)
{
    EFI_FILE_HANDLE handle = handle_of(file);
    uint64_t count = 0;
    uint8_t byte;
    EFI_STATUS status = handle->SetPosition(handle, size);

    if (status == EFI_SUCCESS)
        status = read_once(handle, 1, &byte, &count);
    if (status == EFI_SUCCESS && count != 0)
        status = EFI_VOLUME_CORRUPTED;
    return status;
}

efi_status directory_next(struct file *directory, char *name, size_t capacity,
                          bool *ret_is_directory)
{
    uint8_t buffer[FILE_INFO_SIZE] __attribute__((aligned(8)));
    const EFI_FILE_INFO *info = (const EFI_FILE_INFO *)(const void *)buffer;
    EFI_FILE_HANDLE handle = handle_of(directory);
    const size_t header = offsetof(EFI_FILE_INFO, FileName);
    uint64_t size = 0;
    size_t length;
    EFI_STATUS status = read_once(handle, sizeof(buffer), buffer, &size);

    if (status != EFI_SUCCESS)
        return status;
    if (size == 0)
        return EFI_END_OF_FILE;
    if (size < header)
        return EFI_VOLUME_CORRUPTED;
    if (utf16_to_utf8(span_of(buffer + header, size - header), name, capacity, &length) != UTF_OK)
        name[0] = '\0';
    *ret_is_directory = (info->Attribute & EFI_FILE_DIRECTORY) != 0;
    return EFI_SUCCESS;
}
