/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/volumes.h"

#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/disk/gpt.h"
#include "efi/device_path.h"
#include "efi/file.h"
#include "efi/pages.h"
#include "efi/services.h"

static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;

/* bc13c2ff-59e6-4262-a352-b275fd6f7172 */
static const uint8_t extended_type[GPT_GUID_SIZE] = {
    0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42, 0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};

#define BLOCK_SIZE_MIN 512U
#define BLOCK_SIZE_MAX 4096U

/* The device that has exactly this path and a protocol for blocks; NULL when there is none. */
static EFI_HANDLE device_at(const struct firmware *firmware, const uint8_t *path)
{
    EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)(uintptr_t)path;
    EFI_HANDLE handle = NULL;

    if (boot_services(firmware)->LocateDevicePath(guid_in(&block_io_guid), &rest, &handle) !=
            EFI_SUCCESS ||
        !device_path_is_end(rest))
        return NULL;
    return handle;
}

#define TABLE_SIZE (16U << 10) /* of partition entries on almost every disk; UEFI 2.10, 5.3.1 */

/* Pages that blocks are read into. A lease holds them to the end: EDK II clears what it is given
 * back. */
struct room {
    uint64_t address;
    uint64_t size; /* bytes; 0: there are none yet */
};

/* Whole blocks. What was read into the room before is gone. */
static bool read_blocks(struct firmware *firmware, EFI_BLOCK_IO *disk, uint64_t first,
                        uint64_t size, struct room *room, struct span *ret_bytes)
{
    uint64_t block_size = disk->Media->BlockSize;
    uint64_t rounded = (size + block_size - 1) / block_size * block_size;

    if (rounded > room->size) {
        room->size = rounded > TABLE_SIZE ? rounded : TABLE_SIZE;
        if (pages_take(firmware, MEMORY_LOADER_DATA, room->size, &room->address) != EFI_SUCCESS) {
            room->size = 0;
            return false;
        }
    }
    *ret_bytes = span_of((const void *)(uintptr_t)room->address, rounded);
    return disk->ReadBlocks(disk, disk->Media->MediaId, first, rounded,
                            (VOID *)(uintptr_t)room->address) == EFI_SUCCESS;
}

static bool is_usable(const EFI_BLOCK_IO *disk)
{
    return disk != NULL && disk->Media != NULL && disk->Media->MediaPresent &&
           disk->Media->BlockSize >= BLOCK_SIZE_MIN && disk->Media->BlockSize <= BLOCK_SIZE_MAX;
}

/*
 * False when the header in *block, or what it says, is no good: then another may be, and *block is
 * where to look for it. The array's checksum is taken only when there is such a partition. Without
 * one it would cost a tenth of all that Baton does, and the firmware has taken it already, when it
 * made the device path that Baton was started from.
 */
static bool search_table(struct firmware *firmware, EFI_BLOCK_IO *disk, uint64_t *block,
                         struct room *room, struct gpt_partition *ret_partition, bool *ret_found)
{
    uint64_t own = *block;
    struct span bytes;
    struct gpt gpt;

    *block = disk->Media->LastBlock;
    if (!read_blocks(firmware, disk, own, disk->Media->BlockSize, room, &bytes))
        return false;
    *block = gpt_other_block(bytes);
    if (!gpt_header_parse(bytes, own, &gpt) ||
        !read_blocks(firmware, disk, gpt.entries, (uint64_t)gpt.count * gpt.size, room, &bytes))
        return false;
    *ret_found = gpt_find(&gpt, bytes, extended_type, ret_partition);
    return !*ret_found || gpt_array_is_sound(&gpt, bytes);
}

static bool search_disk(struct firmware *firmware, EFI_HANDLE device,
                        struct gpt_partition *ret_partition)
{
    EFI_BLOCK_IO *disk = protocol_of(firmware, device, &block_io_guid);
    struct room room = {0};
    uint64_t block = 1;
    bool found;

    if (!is_usable(disk) || disk->Media->LogicalPartition)
        return false;
    /* The second is not at the end of a disk that has grown. */
    for (unsigned int i = 0; i < 3; i++) {
        if (i == 2 || block > disk->Media->LastBlock)
            block = disk->Media->LastBlock;
        if (search_table(firmware, disk, &block, &room, ret_partition, &found))
            return found;
    }
    return false;
}

static void connect(const struct firmware *firmware, EFI_HANDLE device)
{
    boot_services(firmware)->ConnectController(device, NULL, NULL, TRUE);
}

void volume_find_extended(struct firmware *firmware)
{
    uint8_t path[DEVICE_PATH_MAX + HARD_DRIVE_PATH_MAX];
    struct gpt_partition partition;
    struct hard_drive drive;
    EFI_HANDLE device;
    EFI_HANDLE disk;
    struct span nodes;

    if (!device_path_nodes(own_device_path(firmware), &nodes) ||
        !device_path_hard_drive(nodes, &drive))
        return;
    memcpy(path, nodes.data, drive.at);
    device_path_put_end(path + drive.at);
    disk = device_at(firmware, path);
    if (disk == NULL || !search_disk(firmware, disk, &partition))
        return;
    drive.number = partition.number;
    drive.first = partition.first;
    drive.blocks = partition.blocks;
    memcpy(drive.signature, partition.guid, sizeof(drive.signature));
    device_path_put_hard_drive(path, &drive);
    device = device_at(firmware, path);
    if (device == NULL) {
        connect(firmware, disk);
        device = device_at(firmware, path);
    }
    if (device == NULL)
        return;
    if (protocol_of(firmware, device, &file_system_guid) == NULL)
        connect(firmware, device);
    if (protocol_of(firmware, device, &file_system_guid) != NULL)
        firmware->extended = device;
}

static bool has_file(struct firmware *firmware, const char *path)
{
    struct file *root;
    bool found;

    if (volume_open(firmware, &root) != EFI_SUCCESS)
        return false;
    found = file_probe(firmware, root, path) == EFI_SUCCESS;
    file_close(firmware, root);
    return found;
}

bool volume_find(struct firmware *firmware, const char *path)
{
    EFI_HANDLE *handles;
    UINTN count = handles_with(firmware, &file_system_guid, &handles);
    uint8_t volume = firmware->volume;
    bool found = false;

    if (count == 0)
        return false;
    firmware->volume = VOLUME_FOUND;
    for (UINTN i = 0; i < count && !found; i++) {
        firmware->found = handles[i];
        found = has_file(firmware, path);
    }
    firmware->volume = volume;
    pool_free(firmware, handles);
    return found;
}

/* What stands in front of the boot code of a FAT or NTFS file system. */
static bool is_sealed(struct firmware *firmware, EFI_BLOCK_IO *disk, struct room *room)
{
    static const char name[] = {'-', 'F', 'V', 'E', '-', 'F', 'S', '-'};
    struct span bytes;

    return is_usable(disk) &&
           read_blocks(firmware, disk, 0, disk->Media->BlockSize, room, &bytes) &&
           bytes.size >= BLOCK_SIZE_MIN && memcmp(bytes.data + 3, name, sizeof(name)) == 0;
}

bool volume_is_any_sealed(struct firmware *firmware)
{
    EFI_HANDLE *handles;
    UINTN count = handles_with(firmware, &block_io_guid, &handles);
    struct room room = {0};
    bool found = false;

    if (count == 0)
        return false;
    for (UINTN i = 0; i < count && !found; i++)
        found = is_sealed(firmware, protocol_of(firmware, handles[i], &block_io_guid), &room);
    pool_free(firmware, handles);
    if (room.size != 0)
        pages_free(firmware, room.address);
    return found;
}
