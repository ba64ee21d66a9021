/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk of the bench. Knows Block I/O (UEFI 2.10, 13.9) and fw_cfg's DMA interface (QEMU,
 * docs/specs/fw_cfg). Must not know what is on it.
 */
#include "core/base/mem.h"
#include "fw_cfg.h"
#include "meter.h"

#define PORT_DMA_HIGH 0x514
#define PORT_DMA_LOW  0x518

#define DMA_ERROR  0x01U
#define DMA_READ   0x02U
#define DMA_SKIP   0x04U
#define DMA_SELECT 0x08U

#define BLOCK_SIZE 512U

/* FWCfgDmaAccess; all fields are big-endian. */
struct dma_access {
    uint32_t control;
    uint32_t length;
    uint64_t address;
};

struct disk_path {
    VENDOR_DEVICE_PATH vendor;
    EFI_DEVICE_PATH end;
};

static uint16_t key;
static EFI_BLOCK_IO_MEDIA media;
static EFI_BLOCK_IO block_io;
static struct disk_path path = {
    .vendor =
        {.Header = {HARDWARE_DEVICE_PATH, HW_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
         .Guid = {0x0c6d4a0e, 0x52c1, 0x4d0d, {0x9d, 0x3e, 0x4f, 0x38, 0x6a, 0x1e, 0x70, 0x55}}},
    .end = {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(EFI_DEVICE_PATH), 0}},
};

static void write_port32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* One operation; it is finished when the write of the low half has returned. */
static bool dma(uint32_t control, uint64_t length, void *address)
{
    volatile struct dma_access access = {__builtin_bswap32(control),
                                         __builtin_bswap32((uint32_t)length),
                                         __builtin_bswap64((uintptr_t)address)};

    write_port32(PORT_DMA_HIGH, __builtin_bswap32((uint32_t)((uintptr_t)&access >> 32)));
    write_port32(PORT_DMA_LOW, __builtin_bswap32((uint32_t)(uintptr_t)&access));
    return (__builtin_bswap32(access.control) & DMA_ERROR) == 0;
}

static EFI_STATUS EFIAPI disk_read(EFI_BLOCK_IO *this, UINT32 id, EFI_LBA block, UINTN size,
                                   VOID *buffer)
{
    (void)this;
    if (id != media.MediaId)
        return EFI_MEDIA_CHANGED;
    if (size % BLOCK_SIZE != 0)
        return EFI_BAD_BUFFER_SIZE;
    if (block > media.LastBlock || size / BLOCK_SIZE > media.LastBlock + 1 - block)
        return EFI_INVALID_PARAMETER;
    if (size == 0)
        return EFI_SUCCESS;
    if (!dma((uint32_t)key << 16 | DMA_SELECT | DMA_SKIP, block * BLOCK_SIZE, NULL) ||
        !dma(DMA_READ, size, buffer))
        return EFI_DEVICE_ERROR;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI disk_write(EFI_BLOCK_IO *this, UINT32 id, EFI_LBA block, UINTN size,
                                    VOID *buffer)
{
    (void)this;
    (void)id;
    (void)block;
    (void)size;
    (void)buffer;
    return EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI disk_flush(EFI_BLOCK_IO *this)
{
    (void)this;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI disk_reset(EFI_BLOCK_IO *this, BOOLEAN extended)
{
    (void)this;
    (void)extended;
    return EFI_SUCCESS;
}

EFI_STATUS disk_install(EFI_BOOT_SERVICES *services)
{
    EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
    EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
    EFI_HANDLE handle = NULL;
    EFI_STATUS status;
    uint32_t size;

    if (!fw_cfg_find("opt/org.baton/disk", &key, &size) || size < BLOCK_SIZE)
        return EFI_NOT_FOUND;
    media = (EFI_BLOCK_IO_MEDIA){.MediaId = 1,
                                 .MediaPresent = TRUE,
                                 .ReadOnly = TRUE,
                                 .BlockSize = BLOCK_SIZE,
                                 .LastBlock = size / BLOCK_SIZE - 1};
    block_io = (EFI_BLOCK_IO){.Revision = EFI_BLOCK_IO_INTERFACE_REVISION,
                              .Media = &media,
                              .Reset = disk_reset,
                              .ReadBlocks = disk_read,
                              .WriteBlocks = disk_write,
                              .FlushBlocks = disk_flush};
    status = services->InstallProtocolInterface(&handle, &path_guid, EFI_NATIVE_INTERFACE, &path);
    if (status == EFI_SUCCESS)
        status = services->InstallProtocolInterface(&handle, &block_io_guid, EFI_NATIVE_INTERFACE,
                                                    &block_io);
    return status;
}
