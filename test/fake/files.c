/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume in memory behind SimpleFileSystem, with the misbehaviour that a test asks for. */
#include "images.h"
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define FILES_MAX 1100
#define OPEN_MAX  128

static struct fake_file files[FILES_MAX];
static size_t file_count;

struct open_file {
    EFI_FILE_PROTOCOL protocol; /* first: what the loader holds */
    struct fake_file *file;     /* NULL: closed */
    uint64_t position;
};
static struct open_file open_files[OPEN_MAX];
static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL volume;
static EFI_LOADED_IMAGE image;
static uint8_t image_path[600];

static EFI_FILE_PROTOCOL functions;

static struct open_file *opened(EFI_FILE_HANDLE handle)
{
    struct open_file *open = (struct open_file *)(void *)handle;

    if (open < open_files || open >= open_files + OPEN_MAX || open->file == NULL)
        fail_msg("a file protocol was used that is not open");
    return open;
}

static EFI_STATUS open_as(struct fake_file *file, EFI_FILE_HANDLE *ret_handle)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (open_files[i].file != NULL)
            continue;
        open_files[i] = (struct open_file){.protocol = functions, .file = file};
        *ret_handle = &open_files[i].protocol;
        return EFI_SUCCESS;
    }
    return EFI_OUT_OF_RESOURCES;
}

static struct fake_file *find(const char *path)
{
    for (size_t i = 0; i < file_count; i++)
        if (!files[i].is_gone && strcasecmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

const struct fake_file *fake_file_find(const char *path)
{
    return find(path);
}

static unsigned int changes;

unsigned int fake_changes(void)
{
    return changes;
}

/* What a call that changes the volume says before it does anything. */
static EFI_STATUS begin_change(void)
{
    const struct fake_behaviour *is = &fake_behaviour;

    changes++;
    if (is->change_that_fails != 0 &&
        (changes == is->change_that_fails ||
         (is->changes_fail_ever_after && changes > is->change_that_fails)))
        return is->change_status;
    return EFI_SUCCESS;
}

static EFI_STATUS end_change(EFI_STATUS status)
{
    if (fake_behaviour.on_change != NULL)
        fake_behaviour.on_change();
    return status;
}

/* "\loader" + "entries\a.conf"; a leading backslash starts at the root again. */
static void join(const struct fake_file *directory, const CHAR16 *name, char *path, size_t size)
{
    size_t length = 0;

    if (name[0] != '\\')
        length = (size_t)snprintf(path, size, "%s\\", directory->path);
    for (; *name != 0 && length + 1 < size; name++)
        path[length++] = *name < 0x80 ? (char)*name : '?';
    while (length > 0 && path[length - 1] == '\\')
        length--;
    path[length] = '\0';
}

static struct fake_file *add(const char *path);

static EFI_STATUS open_for_writing(const char *path, UINT64 mode, struct fake_file **file)
{
    EFI_STATUS status = begin_change();

    assert_true(mode == (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE) ||
                mode == (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE));
    assert_true(fake_behaviour.change_status != EFI_SUCCESS);
    if (status == EFI_SUCCESS && *file == NULL && (mode & EFI_FILE_MODE_CREATE) != 0)
        *file = add(path);
    if (status == EFI_SUCCESS && *file != NULL && (*file)->is_read_only)
        status = EFI_ACCESS_DENIED;
    return end_change(status);
}

static EFI_STATUS EFIAPI file_open_service(EFI_FILE_HANDLE self, EFI_FILE_HANDLE *ret_handle,
                                           CHAR16 *name, UINT64 mode, UINT64 attributes)
{
    struct open_file *from = opened(self);
    struct fake_call *call = fake_enter("Open", mode, attributes, 0);
    struct fake_file *file;
    char path[1024];

    size_t units = 0;

    while (name[units] != 0)
        units++;
    if (fake_behaviour.open_units_max != 0 && units > fake_behaviour.open_units_max)
        return fake_leave(call, EFI_INVALID_PARAMETER);
    if (fake_behaviour.open_gives_nothing)
        return fake_leave(call, EFI_SUCCESS);
    join(from->file, name, path, sizeof(path));
    file = find(path);
    if (mode != EFI_FILE_MODE_READ) {
        EFI_STATUS status = open_for_writing(path, mode, &file);

        if (status != EFI_SUCCESS)
            return fake_leave(call, status);
    }
    if (file == NULL)
        return fake_leave(call, EFI_NOT_FOUND);
    if (file->open_status != EFI_SUCCESS)
        return fake_leave(call, file->open_status);
    if (file->opens++ != 0 && file->reopen_fails)
        return fake_leave(call, EFI_NO_MEDIA);
    return fake_leave(call, open_as(file, ret_handle));
}

static EFI_STATUS EFIAPI file_close_service(EFI_FILE_HANDLE self)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("Close", 0, 0, 0);
    struct fake_file *file = open->file;
    bool is_open = false;

    open->file = NULL;
    for (size_t i = 0; i < OPEN_MAX; i++)
        is_open = is_open || open_files[i].file == file;
    if (!is_open)
        file->error = EFI_SUCCESS;
    return fake_leave(call, EFI_SUCCESS);
}

/* Returns what it needs, or UINT64_MAX for `info_room`; writes nothing when that is too much. */
static size_t put_info(const struct fake_file *file, const char *name, uint8_t *buffer, size_t room)
{
    uint8_t bytes[sizeof(EFI_FILE_INFO) + 1024] __attribute__((aligned(8))) = {0};
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)bytes;
    size_t length = 0;

    do
        info->FileName[length] = (CHAR16)(unsigned char)name[length];
    while (name[length++] != '\0');
    info->Size = offsetof(EFI_FILE_INFO, FileName) + length * sizeof(CHAR16);
    info->FileSize = file->lies ? file->claimed_size : file->size;
    info->PhysicalSize = info->FileSize;
    info->Attribute = (file->is_directory ? EFI_FILE_DIRECTORY : 0) |
                      (file->is_read_only ? EFI_FILE_READ_ONLY : 0);
    if (file->info_room > room)
        return UINT64_MAX;
    if (info->Size <= room) {
        memset(buffer, 0xee, file->info_room); /* all that it has asked for */
        memcpy(buffer, bytes, info->Size);
    }
    return info->Size;
}

/* What a driver says that it needs, when there is not enough. */
static size_t wanted_room(const struct fake_file *file, size_t needed)
{
    if (file->info_wants != 0)
        return file->info_wants;
    return file->info_room > needed || needed == UINT64_MAX ? file->info_room : needed;
}

static const char *name_in(const struct fake_file *file, const struct fake_file *directory)
{
    size_t length = strlen(directory->path);

    if (file->is_gone || file == directory ||
        strncasecmp(file->path, directory->path, length) != 0 || file->path[length] != '\\' ||
        strchr(file->path + length + 1, '\\') != NULL)
        return NULL;
    return file->path + length + 1;
}

/* A directory's position counts files of the volume. */
static EFI_STATUS read_directory(struct open_file *open, UINTN *size, uint8_t *buffer)
{
    if (open->file->fail_read != 0 && ++open->file->reads >= open->file->fail_read)
        return open->file->fail_status;
    if (open->file->has_no_end && open->position == file_count)
        open->position = 0;
    for (; open->position < file_count; open->position++) {
        const char *name = name_in(&files[open->position], open->file);
        size_t needed;

        if (name == NULL)
            continue;
        needed = put_info(&files[open->position], name, buffer, *size);
        if (needed > *size) {
            *size = wanted_room(&files[open->position], needed);
            return EFI_BUFFER_TOO_SMALL;
        }
        *size = files[open->position].info_claims != 0 ? files[open->position].info_claims : needed;
        open->position++;
        return EFI_SUCCESS;
    }
    *size = 0;
    return EFI_SUCCESS;
}

/* Why a Read fails. */
static EFI_STATUS trouble(const struct open_file *open, UINTN *size, const uint8_t *buffer)
{
    const struct fake_file *file = open->file;

    if ((file->fail_read != 0 && (file->reads == file->fail_read ||
                                  (file->fail_ever_after && file->reads > file->fail_read))) ||
        (file->fail_above != 0 && *size > file->fail_above) ||
        (file->fail_above_address != 0 && (uintptr_t)buffer > file->fail_above_address))
        return file->fail_status;
    if (file->whole_only && *size < file->size) {
        *size = file->size;
        return EFI_BUFFER_TOO_SMALL;
    }
    if ((file->whole_only && *size > file->size - open->position) ||
        (file->strict_end && open->position == file->size))
        return EFI_DEVICE_ERROR;
    return EFI_SUCCESS;
}

static EFI_STATUS read_file(struct open_file *open, UINTN *size, uint8_t *buffer)
{
    struct fake_file *file = open->file;
    UINTN asked = *size;
    uint64_t left;

    file->reads++;
    if (file->endless)
        return EFI_SUCCESS;
    if (open->position > file->size)
        return EFI_DEVICE_ERROR; /* UEFI 2.10, 13.5.5 */
    if (file->error == EFI_SUCCESS)
        file->error = trouble(open, size, buffer);
    if (file->error != EFI_SUCCESS)
        return file->error;
    left = file->size - open->position;
    if (*size > left)
        *size = left;
    if (file->most_per_read != 0 && *size > file->most_per_read)
        *size = file->most_per_read;
    if (*size != 0)
        memcpy(buffer, (const uint8_t *)file->data + open->position, *size);
    open->position += *size;
    if (file->read_claims != 0)
        *size = asked + file->read_claims;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_read_service(EFI_FILE_HANDLE self, UINTN *size, VOID *buffer)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("Read", *size, (uintptr_t)buffer, open->position);

    return fake_leave(call, open->file->is_directory ? read_directory(open, size, buffer)
                                                     : read_file(open, size, buffer));
}

static EFI_STATUS EFIAPI file_get_position_service(EFI_FILE_HANDLE self, UINT64 *ret_position)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("GetPosition", 0, 0, 0);

    if (open->file->is_directory || open->file->no_position)
        return fake_leave(call, EFI_UNSUPPORTED);
    *ret_position = open->position;
    return fake_leave(call, EFI_SUCCESS);
}

static uint64_t end_of(const struct fake_file *file)
{
    switch (file->end) {
    case FAKE_END_IS_KEPT:
        return UINT64_MAX;
    case FAKE_END_IS_THE_LAST_BYTE:
        return file->size - 1;
    case FAKE_END_IS_0:
        return 0;
    case FAKE_END_IS_CLAIMED:
        return file->claimed_end;
    default:
        return file->size;
    }
}

static EFI_STATUS EFIAPI file_set_position_service(EFI_FILE_HANDLE self, UINT64 position)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("SetPosition", position, 0, 0);

    if (open->file->is_directory && position != 0)
        return fake_leave(call, EFI_UNSUPPORTED);
    if (position == UINT64_MAX && open->file->end == FAKE_END_IS_REFUSED)
        return fake_leave(call, EFI_UNSUPPORTED);
    if (open->file->whole_only && (position >= open->file->size || position % 512 != 0))
        return fake_leave(call, EFI_DEVICE_ERROR);
    open->position = position == UINT64_MAX ? end_of(open->file) : position;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS put_system_info(VOID *buffer, UINTN *size)
{
    EFI_FILE_SYSTEM_INFO info = {
        .Size = sizeof(info),
        .ReadOnly = fake_behaviour.volume_is_read_only,
        .VolumeSize = 2ULL << 30,
        .FreeSpace = fake_behaviour.volume_is_read_only ? 0 : fake_behaviour.free_space,
        .BlockSize = 512};

    assert_true(*size >= sizeof(info));
    memcpy(buffer, &info, sizeof(info));
    *size = sizeof(info);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_get_info_service(EFI_FILE_HANDLE self, EFI_GUID *type, UINTN *size,
                                               VOID *buffer)
{
    static const EFI_GUID file_info = EFI_FILE_INFO_ID;
    static const EFI_GUID system_info = EFI_FILE_SYSTEM_INFO_ID;
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("GetInfo", *size, 0, 0);
    const char *name = strrchr(open->file->path, '\\');
    size_t room = *size;

    if (fake_guid_equal(type, &system_info))
        return fake_leave(call, put_system_info(buffer, size));
    if (!fake_guid_equal(type, &file_info))
        return fake_leave(call, EFI_UNSUPPORTED);
    if (open->file->info_status != EFI_SUCCESS)
        return fake_leave(call, open->file->info_status);
    *size = put_info(open->file, name == NULL ? "" : name + 1, buffer, room);
    if (*size > room) {
        *size = wanted_room(open->file, *size);
        return fake_leave(call, EFI_BUFFER_TOO_SMALL);
    }
    if (open->file->info_claims != 0)
        *size = open->file->info_claims;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI open_volume_service(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *self,
                                             EFI_FILE_HANDLE *ret_root)
{
    struct fake_call *call = fake_enter("OpenVolume", 0, 0, 0);

    assert_ptr_equal(self, &volume);
    if (fake_behaviour.open_volume_status != EFI_SUCCESS || fake_behaviour.open_gives_nothing)
        return fake_leave(call, fake_behaviour.open_volume_status);
    return fake_leave(call, open_as(&files[0], ret_root));
}

static EFI_STATUS EFIAPI file_write_service(EFI_FILE_HANDLE self, UINTN *size, VOID *buffer)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("Write", *size, (uintptr_t)buffer, open->position);
    struct fake_file *file = open->file;
    uint64_t end = open->position + *size;
    EFI_STATUS status = begin_change();
    uint8_t *data;

    /* A device that fails has written the first half of it. */
    if (status != EFI_SUCCESS)
        end -= *size / 2;
    data = fake_keep(end > file->size ? end : file->size);
    if (file->size != 0)
        memcpy(data, file->data, file->size);
    memcpy(data + open->position, buffer, end - open->position);
    file->data = data;
    file->size = end > file->size ? end : file->size;
    open->position = end;
    return fake_leave(call, end_change(status));
}

static EFI_STATUS EFIAPI file_flush_service(EFI_FILE_HANDLE self)
{
    struct fake_call *call = fake_enter("Flush", 0, 0, 0);

    (void)opened(self);
    return fake_leave(call, end_change(begin_change()));
}

static EFI_STATUS EFIAPI file_delete_service(EFI_FILE_HANDLE self)
{
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("Delete", 0, 0, 0);
    EFI_STATUS status = begin_change();

    open->file->is_gone = status == EFI_SUCCESS;
    open->file = NULL;
    return fake_leave(call, end_change(status == EFI_SUCCESS ? status : EFI_WARN_DELETE_FAILURE));
}

static EFI_STATUS EFIAPI file_set_info_service(EFI_FILE_HANDLE self, EFI_GUID *type, UINTN size,
                                               VOID *buffer)
{
    static const EFI_GUID file_info = EFI_FILE_INFO_ID;
    struct open_file *open = opened(self);
    struct fake_call *call = fake_enter("SetInfo", size, 0, 0);
    const EFI_FILE_INFO *info = buffer;
    EFI_STATUS status = begin_change();
    char path[sizeof(open->file->path)];
    size_t length;

    assert_true(fake_guid_equal(type, &file_info));
    assert_int_equal(info->Size, size);
    assert_int_equal(info->ModificationTime.Year, 0);
    length = (size_t)(strrchr(open->file->path, '\\') + 1 - open->file->path);
    memcpy(path, open->file->path, length);
    for (size_t i = 0; i == 0 || info->FileName[i - 1] != 0; i++)
        path[length++] = (char)info->FileName[i];
    if (status == EFI_SUCCESS && find(path) != NULL)
        status = EFI_ACCESS_DENIED;
    if (status == EFI_SUCCESS)
        strcpy(open->file->path, path);
    return fake_leave(call, end_change(status));
}

static struct fake_file *add(const char *path)
{
    struct fake_file *file = find(path);

    if (file == NULL) {
        assert_true(file_count < FILES_MAX);
        file = &files[file_count++];
    }
    *file = (struct fake_file){.fail_status = EFI_DEVICE_ERROR};
    assert_true(strlen(path) < sizeof(file->path));
    strcpy(file->path, path);
    return file;
}

struct fake_file *fake_directory_add(const char *path)
{
    struct fake_file *file = add(path);

    file->is_directory = true;
    return file;
}

struct fake_file *fake_file_add(const char *path, const void *data, uint64_t size)
{
    struct fake_file *file;

    assert_true(path[0] == '\\' && file_count > 0);
    for (const char *next = strchr(path + 1, '\\'); next != NULL; next = strchr(next + 1, '\\')) {
        char directory[512];

        snprintf(directory, sizeof(directory), "%.*s", (int)(next - path), path);
        if (find(directory) == NULL)
            fake_directory_add(directory);
    }
    file = add(path);
    file->data = data;
    file->size = size;
    return file;
}

unsigned int fake_files_open(void)
{
    unsigned int count = 0;

    for (size_t i = 0; i < OPEN_MAX; i++)
        count += open_files[i].file != NULL;
    return count;
}

void fake_files_begin(void)
{
    file_count = 0;
    changes = 0;
    memset(open_files, 0, sizeof(open_files));
    memset(&image, 0, sizeof(image));
    volume.OpenVolume = open_volume_service;
    functions = (EFI_FILE_PROTOCOL){
        .Revision = EFI_FILE_PROTOCOL_REVISION,
        .Open = file_open_service,
        .Close = file_close_service,
        .Read = file_read_service,
        .GetPosition = file_get_position_service,
        .SetPosition = file_set_position_service,
        .GetInfo = file_get_info_service,
        .Delete = file_delete_service,
        .Write = file_write_service,
        .SetInfo = file_set_info_service,
        .Flush = file_flush_service,
    };
}

void fake_files_end(void)
{
    if (!fake_exit_attempted() && fake_files_open() != 0)
        fail_msg("%u files were not closed", fake_files_open());
}

void fake_volume_again(EFI_HANDLE handle)
{
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

    fake_install(handle, file_system, &volume);
}

void fake_volume(void)
{
    static const EFI_GUID loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

    fake_directory_add("");
    image.Revision = EFI_LOADED_IMAGE_PROTOCOL_REVISION;
    image.SystemTable = &fake_system_table;
    image.DeviceHandle = FAKE_DEVICE_HANDLE;
    fake_install(FAKE_IMAGE_HANDLE, loaded_image, &image);
    fake_install(FAKE_DEVICE_HANDLE, file_system, &volume);
}

void fake_image_memory(const void *memory, uint64_t size)
{
    image.ImageBase = (VOID *)(uintptr_t)memory;
    image.ImageSize = size;
}

void fake_in_shell(void)
{
    static const EFI_GUID guid = {
        0x752f3136, 0x4e16, 0x4fdc, {0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca}};
    static int parameters; /* nobody reads them */

    fake_install(FAKE_IMAGE_HANDLE, guid, &parameters);
}

void fake_image_options(const void *options, uint32_t size)
{
    image.LoadOptions = (VOID *)(uintptr_t)options;
    image.LoadOptionsSize = size;
}

void fake_image_path(const uint16_t *path)
{
    uint8_t *node = image_path;
    size_t units = 0;

    while (path[units] != 0)
        units++;
    memcpy(node + 4, path, (units + 1) * 2);
    node[0] = 4; /* media device path, file path: UEFI 2.10, 10.3.5.4 */
    node[1] = 4;
    node[2] = (uint8_t)(4 + (units + 1) * 2);
    node[3] = (uint8_t)((4 + (units + 1) * 2) >> 8);
    node += 4 + (units + 1) * 2;
    memcpy(node, (const uint8_t[]){0x7f, 0xff, 4, 0}, 4);
    image.FilePath = (EFI_DEVICE_PATH *)(void *)image_path;
}

void fake_image_path_nodes(const void *nodes)
{
    image.FilePath = (EFI_DEVICE_PATH *)(uintptr_t)nodes;
}

void fake_volume_path(const void *path)
{
    static const EFI_GUID guid = DEVICE_PATH_PROTOCOL;

    fake_install(FAKE_DEVICE_HANDLE, guid, (void *)(uintptr_t)path);
}

void fake_volume_absent(void)
{
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

    assert_true(fake_uninstall(FAKE_DEVICE_HANDLE, file_system, &volume));
}

void fake_image_device_absent(void)
{
    image.DeviceHandle = NULL;
}
