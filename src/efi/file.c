/* SPDX-License-Identifier: BSD-2-Clause */
/* What is open, and what directories say; efi/file_read.c has the bytes of files. */
#include "efi/file.h"

#include "core/base/page.h"
#include "core/text/path.h"
#include "core/text/utf.h"
#include "efi/pages.h"
#include "efi/services.h"

/*
 * EFI_FILE_INFO with the longest name that UEFI's FAT has, 255 units and a NUL, and room to spare.
 * Drivers of other file systems want 2 to 8 KiB whatever the name is.
 */
#define FILE_INFO_SIZE     1024
#define FILE_INFO_SIZE_MAX (64U << 10)

/*
 * Longer paths are opened part by part: some drivers have a buffer of 255 units for one
 * (rust-hypervisor-firmware). EDK II's FAT allows no more for all parts together, the 15 of
 * \loader\entries and 241 of a name.
 */
#define NAME_UNITS 240

static EFI_FILE_HANDLE handle_of(const struct file *file)
{
    return (EFI_FILE_HANDLE)file->handle;
}

static void close_file(struct firmware *firmware, const struct lease *lease)
{
    struct file *file = (struct file *)(uintptr_t)lease->address;

    for (unsigned int i = 0; i < OPEN_FILES_MAX; i++)
        if (firmware->files.slots[i].directory == file)
            firmware->files.slots[i].directory = NULL;
    file->firmware = NULL;
    if (file->handle != NULL)
        handle_of(file)->Close(handle_of(file));
}

static struct file *free_slot(struct firmware *firmware)
{
    for (unsigned int i = 0; i < OPEN_FILES_MAX; i++)
        if (firmware->files.slots[i].firmware == NULL)
            return &firmware->files.slots[i];
    return NULL;
}

/* What is open goes into a slot and onto the list of leases, or is closed. */
static efi_status keep(struct firmware *firmware, const struct file *opened, struct file **ret_file)
{
    struct file *slot = free_slot(firmware);

    if (slot == NULL || !lease_record(firmware, close_file, (uintptr_t)slot, 0)) {
        handle_of(opened)->Close(handle_of(opened));
        return EFI_OUT_OF_RESOURCES;
    }
    *slot = *opened;
    *ret_file = slot;
    return EFI_SUCCESS;
}

efi_status volume_open(struct firmware *firmware, struct file **ret_root)
{
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
    EFI_FILE_HANDLE root = NULL;
    EFI_HANDLE device = volume_device(firmware);
    VOID *interface = NULL;
    EFI_STATUS status;

    if (device == NULL)
        return EFI_NOT_FOUND; /* started from memory: there is no volume */
    status =
        boot_services(firmware)->HandleProtocol(device, guid_in(&file_system_guid), &interface);
    if (status != EFI_SUCCESS)
        return status;
    volume = interface;
    status = volume->OpenVolume(volume, &root);
    if (status != EFI_SUCCESS)
        return status;
    if (root == NULL)
        return EFI_DEVICE_ERROR;
    return keep(firmware, &(struct file){.firmware = firmware, .handle = root}, ret_root);
}

/* One EFI_FILE_INFO: of what is open, or the next one of a directory. */
static EFI_STATUS ask(const struct file *file, bool next, UINTN *size, void *info)
{
    EFI_FILE_HANDLE handle = handle_of(file);

    return next ? handle->Read(handle, size, info)
                : handle->GetInfo(handle, guid_in(&file_info_guid), size, info);
}

/* What Baton wants to know of an EFI_FILE_INFO. */
struct facts {
    uint64_t size;
    bool is_directory;
    char *name; /* NULL: not wanted */
    size_t capacity;
};

static efi_status take_facts(const EFI_FILE_INFO *info, uint64_t size, struct facts *facts)
{
    const size_t header = offsetof(EFI_FILE_INFO, FileName);
    size_t length;

    if (size < header)
        return EFI_VOLUME_CORRUPTED;
    facts->size = info->FileSize;
    facts->is_directory = (info->Attribute & EFI_FILE_DIRECTORY) != 0;
    if (facts->name != NULL && utf16_to_utf8(span_of(info->FileName, size - header), facts->name,
                                             facts->capacity, &length) != UTF_OK)
        facts->name[0] = '\0';
    return EFI_SUCCESS;
}

/*
 * Asks again with more room as long as that is what is wrong, up to a bound. A success that claims
 * more than there was room for is not believed.
 */
static efi_status read_info(const struct file *file, bool next, struct facts *facts)
{
    uint8_t small[FILE_INFO_SIZE] __attribute__((aligned(8)));
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)small;
    UINTN room = sizeof(small);
    UINTN size = room;
    uint64_t address = 0;
    efi_status status = ask(file, next, &size, info);

    while (status == EFI_BUFFER_TOO_SMALL && room < FILE_INFO_SIZE_MAX) {
        if (address != 0)
            pages_free(file->firmware, address);
        room = size > 2 * room && size <= FILE_INFO_SIZE_MAX ? size : 2 * room;
        status = pages_take(file->firmware, MEMORY_LOADER_DATA, room, &address);
        if (status != EFI_SUCCESS)
            return status;
        info = (EFI_FILE_INFO *)(uintptr_t)address;
        size = room;
        status = ask(file, next, &size, info);
    }
    if (status == EFI_SUCCESS && size > room)
        status = EFI_DEVICE_ERROR;
    if (status == EFI_SUCCESS)
        status = next && size == 0 ? EFI_END_OF_FILE : take_facts(info, size, facts);
    if (address != 0)
        pages_free(file->firmware, address);
    return status;
}

/* The end of the longest part of `name` that any file system takes; 0: there is none. */
static size_t first_part(const CHAR16 *name)
{
    size_t end = NAME_UNITS;

    while (end > 0 && name[end] != '\\')
        end--;
    return end;
}

/* Opens a path that may be too long for one Open part by part. */
static EFI_STATUS open_name(EFI_FILE_HANDLE from, CHAR16 *name, size_t units, uint64_t mode,
                            EFI_FILE_HANDLE *ret_handle)
{
    EFI_FILE_HANDLE directory = from;

    for (;;) {
        EFI_FILE_HANDLE handle = NULL;
        size_t part = units > NAME_UNITS ? first_part(name) : 0;
        EFI_STATUS status;

        if (part != 0)
            name[part] = 0;
        status = directory->Open(directory, &handle, name,
                                 part == 0 ? mode : (uint64_t)EFI_FILE_MODE_READ, 0);
        if (directory != from)
            directory->Close(directory);
        if (status != EFI_SUCCESS)
            return status;
        if (handle == NULL)
            return EFI_DEVICE_ERROR;
        if (part == 0) {
            *ret_handle = handle;
            return EFI_SUCCESS;
        }
        directory = handle;
        name += part + 1;
        units -= part + 1;
    }
}

/*
 * A driver finds a short path invalid only when it goes through a file as if it were a directory
 * (UEFI 2.10, 13.5.2): no such file.
 */
efi_status file_open_handle(const struct file *directory, const char *path, uint64_t mode,
                            void **ret_handle)
{
    CHAR16 wide[PATH_CAPACITY]; /* UTF-16 never has more units than UTF-8 has bytes */
    EFI_FILE_HANDLE handle = NULL;
    EFI_STATUS status;
    size_t units;

    if (utf8_to_utf16(path, wide, PATH_CAPACITY, &units) != UTF_OK)
        return EFI_INVALID_PARAMETER;
    status = open_name(handle_of(directory), wide, units, mode, &handle);
    *ret_handle = handle;
    return status == EFI_INVALID_PARAMETER && units <= NAME_UNITS ? EFI_NOT_FOUND : status;
}

static EFI_STATUS open_path(const struct file *directory, const char *path,
                            EFI_FILE_HANDLE *ret_handle)
{
    return file_open_handle(directory, path, EFI_FILE_MODE_READ, (void **)ret_handle);
}

static efi_status open_kind(struct firmware *firmware, struct file *directory, const char *path,
                            bool want_directory, struct file **ret_file)
{
    struct file opened = {.firmware = firmware, .directory = directory, .path = path};
    struct facts facts = {0};
    EFI_FILE_HANDLE handle;
    efi_status status = open_path(directory, path, &handle);

    if (status != EFI_SUCCESS)
        return status;
    opened.handle = handle;
    status = read_info(&opened, false, &facts);
    if (status == EFI_SUCCESS && facts.is_directory != want_directory)
        status = want_directory ? EFI_NOT_FOUND : EFI_UNSUPPORTED;
    if (status != EFI_SUCCESS) {
        handle->Close(handle);
        return status;
    }
    opened.size = facts.size;
    return keep(firmware, &opened, ret_file);
}

efi_status file_open(struct firmware *firmware, struct file *directory, const char *path,
                     struct file **ret_file)
{
    return open_kind(firmware, directory, path, false, ret_file);
}

efi_status file_probe(struct firmware *firmware, struct file *directory, const char *path)
{
    struct file *file;
    efi_status status = file_open(firmware, directory, path, &file);

    if (status == 0)
        file_close(firmware, file);
    return status;
}

efi_status directory_open(struct firmware *firmware, struct file *directory, const char *path,
                          struct file **ret_directory)
{
    return open_kind(firmware, directory, path, true, ret_directory);
}

efi_status file_reopen(struct file *file)
{
    EFI_FILE_HANDLE handle = handle_of(file);
    efi_status status;

    if (file->directory == NULL)
        return EFI_NOT_READY;
    file->handle = NULL;
    if (handle != NULL)
        handle->Close(handle);
    status = open_path(file->directory, file->path, &handle);
    if (status == EFI_SUCCESS)
        file->handle = handle;
    return status;
}

void file_close(struct firmware *firmware, struct file *file)
{
    lease_release(firmware, close_file, (uintptr_t)file);
}

void files_close(struct firmware *firmware)
{
    lease_release_kind(firmware, close_file);
}

efi_status directory_next(struct file *directory, char *name, size_t capacity,
                          bool *ret_is_directory)
{
    struct facts facts = {.name = name, .capacity = capacity};
    efi_status status = read_info(directory, true, &facts);

    if (status == EFI_SUCCESS)
        *ret_is_directory = facts.is_directory;
    return status;
}
