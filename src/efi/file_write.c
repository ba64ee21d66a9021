/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/file_write.h"

#include "core/text/path.h"
#include "core/text/utf.h"
#include "efi/services.h"

#define INFO_SIZE (sizeof(EFI_FILE_INFO) + PATH_CAPACITY * sizeof(CHAR16))

#define FOR_WRITING (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)

bool file_is_refusal(efi_status status)
{
    return status == EFI_WRITE_PROTECTED || status == EFI_ACCESS_DENIED ||
           status == EFI_DEVICE_ERROR || status == EFI_UNSUPPORTED;
}

static EFI_STATUS open_for_writing(const struct file *directory, const char *path, bool create,
                                   EFI_FILE_HANDLE *ret_handle)
{
    void *handle = NULL;
    EFI_STATUS status = file_open_handle(
        directory, path, create ? FOR_WRITING | EFI_FILE_MODE_CREATE : FOR_WRITING, &handle);

    *ret_handle = handle;
    return status;
}

static EFI_STATUS info_of(EFI_FILE_HANDLE handle, uint8_t buffer[INFO_SIZE])
{
    UINTN size = INFO_SIZE;

    return handle->GetInfo(handle, guid_in(&file_info_guid), &size, buffer);
}

bool file_is_read_only(const struct file *file)
{
    uint8_t buffer[INFO_SIZE] __attribute__((aligned(8)));

    return info_of(file->handle, buffer) == EFI_SUCCESS &&
           (((EFI_FILE_INFO *)(void *)buffer)->Attribute & EFI_FILE_READ_ONLY) != 0;
}

efi_status file_has_room(const struct file *file, uint64_t size)
{
    static const EFI_GUID guid = EFI_FILE_SYSTEM_INFO_ID;
    EFI_FILE_HANDLE handle = file->handle;
    uint8_t buffer[INFO_SIZE] __attribute__((aligned(8)));
    const EFI_FILE_SYSTEM_INFO *info = (EFI_FILE_SYSTEM_INFO *)(void *)buffer;
    UINTN info_size = sizeof(buffer);

    if (handle->GetInfo(handle, guid_in(&guid), &info_size, buffer) != EFI_SUCCESS)
        return EFI_VOLUME_FULL;
    if (info->ReadOnly)
        return EFI_WRITE_PROTECTED;
    return info->FreeSpace < size ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

/* All of it from where the file stands, on the disk when it returns. */
static EFI_STATUS put(EFI_FILE_HANDLE handle, struct span contents)
{
    UINTN size = contents.size;
    EFI_STATUS status = EFI_SUCCESS;

    if (size != 0)
        status = handle->Write(handle, &size, (VOID *)(uintptr_t)contents.data);
    if (status == EFI_SUCCESS && size != contents.size)
        status = EFI_VOLUME_FULL;
    return status == EFI_SUCCESS ? handle->Flush(handle) : status;
}

/* What closes the handle in any case. */
static EFI_STATUS delete (EFI_FILE_HANDLE handle)
{
    /* A warning when it is still there (UEFI 2.10, 13.5.4). */
    return handle->Delete(handle) == EFI_SUCCESS ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

efi_status file_create(struct firmware *firmware, struct file *directory, const char *name,
                       struct span contents)
{
    EFI_FILE_HANDLE handle;
    EFI_STATUS status = file_probe(firmware, directory, name);

    if (status != EFI_NOT_FOUND)
        return status == EFI_SUCCESS ? EFI_ACCESS_DENIED : status;
    status = open_for_writing(directory, name, true, &handle);
    if (status != EFI_SUCCESS)
        return status;
    status = put(handle, contents);
    if (status != EFI_SUCCESS) {
        (void)delete (handle);
        return status;
    }
    return handle->Close(handle);
}

efi_status file_delete(const struct file *directory, const char *name)
{
    EFI_FILE_HANDLE root = directory->handle;
    EFI_FILE_HANDLE handle;
    EFI_STATUS status = open_for_writing(directory, name, false, &handle);

    if (status == EFI_SUCCESS)
        status = delete (handle);
    if (status == EFI_SUCCESS)
        (void)root->Flush(root); /* some drivers flush no directories, and say so */
    return status;
}

efi_status file_rename(const struct file *directory, const char *name, const char *new_name)
{
    uint8_t buffer[INFO_SIZE] __attribute__((aligned(8)));
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)buffer;
    static const EFI_TIME as_it_is = {0};
    EFI_FILE_HANDLE handle;
    EFI_STATUS status = open_for_writing(directory, name, false, &handle);
    size_t units;

    if (status != EFI_SUCCESS)
        return status;
    status = info_of(handle, buffer);
    if (status == EFI_SUCCESS &&
        utf8_to_utf16(new_name, info->FileName, PATH_CAPACITY, &units) != UTF_OK)
        status = EFI_INVALID_PARAMETER;
    if (status == EFI_SUCCESS) {
        info->Size = offsetof(EFI_FILE_INFO, FileName) + (units + 1) * sizeof(CHAR16);
        info->CreateTime = info->LastAccessTime = info->ModificationTime = as_it_is;
        status = handle->SetInfo(handle, guid_in(&file_info_guid), info->Size, info);
    }
    if (status == EFI_SUCCESS)
        status = handle->Flush(handle);
    handle->Close(handle);
    return status;
}

efi_status file_overwrite(const struct file *directory, const char *path, struct span contents)
{
    EFI_FILE_HANDLE handle;
    EFI_STATUS status = open_for_writing(directory, path, true, &handle);

    if (status != EFI_SUCCESS)
        return status;
    status = put(handle, contents);
    handle->Close(handle);
    return status;
}
