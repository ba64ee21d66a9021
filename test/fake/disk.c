/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk with blocks, and the partition of it that has a second volume. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DISK_HANDLE     ((EFI_HANDLE)(uintptr_t)0x5551)
#define EXTENDED_HANDLE ((EFI_HANDLE)(uintptr_t)0x5552)

static const EFI_GUID device_path_guid = DEVICE_PATH_PROTOCOL;
static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;

static struct fake_disk disk;
static EFI_BLOCK_IO block_io;
static EFI_BLOCK_IO_MEDIA media;
static EFI_BLOCK_IO extended_io;

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *self, UINT32 id, EFI_LBA first, UINTN size,
                                     VOID *buffer)
{
    struct fake_call *call = fake_enter("ReadBlocks", first, size, 0);

    assert_ptr_equal(self, &block_io);
    assert_int_equal(id, 7);
    assert_int_equal(size % disk.block_size, 0);
    if (first * disk.block_size + size > disk.size)
        return fake_leave(call, EFI_INVALID_PARAMETER);
    if (disk.bad_block != 0 && first <= disk.bad_block &&
        disk.bad_block < first + size / disk.block_size)
        return fake_leave(call, EFI_DEVICE_ERROR);
    memcpy(buffer, disk.bytes + first * disk.block_size, size);
    return fake_leave(call, EFI_SUCCESS);
}

static void add_partition(void)
{
    fake_install(EXTENDED_HANDLE, block_io_guid, &extended_io);
    fake_install(EXTENDED_HANDLE, device_path_guid, (void *)(uintptr_t)disk.extended_path);
    if (disk.connects < 2)
        fake_volume_again(EXTENDED_HANDLE);
}

void fake_disk(const struct fake_disk *given)
{
    disk = *given;
    media = (EFI_BLOCK_IO_MEDIA){.MediaId = 7,
                                 .MediaPresent = !disk.is_absent,
                                 .LogicalPartition = disk.is_partition,
                                 .BlockSize = disk.block_size,
                                 .LastBlock = disk.size / disk.block_size - 1};
    block_io = (EFI_BLOCK_IO){.Media = &media, .ReadBlocks = read_blocks};
    fake_install(DISK_HANDLE, block_io_guid, &block_io);
    fake_install(DISK_HANDLE, device_path_guid, (void *)(uintptr_t)disk.path);
    if (disk.extended_path != NULL && disk.connects != 1)
        add_partition();
}

EFI_STATUS EFIAPI fake_connect_controller(EFI_HANDLE controller, EFI_HANDLE *drivers,
                                          EFI_DEVICE_PATH *rest, BOOLEAN recursive)
{
    struct fake_call *call = fake_enter("ConnectController", (uintptr_t)controller, 0, 0);

    assert_true(drivers == NULL && rest == NULL && recursive);
    if (controller == DISK_HANDLE && disk.connects == 1)
        add_partition();
    if (controller == EXTENDED_HANDLE && disk.connects == 2)
        fake_volume_again(EXTENDED_HANDLE);
    return fake_leave(call, EFI_SUCCESS);
}
