/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/graphics.h"

#include "core/base/mem.h"
#include "efi/services.h"

/* EFI_CONSOLE_OUT_DEVICE_GUID, edk2's MdeModulePkg: on the handles that the console is made of. */
static const EFI_GUID console_out_guid = {
    0xd3b36f2c, 0xd551, 0x11d4, {0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};

static struct framebuffer_channel channel_of(uint32_t mask)
{
    struct framebuffer_channel channel = {0};

    if (mask == 0)
        return channel;
    channel.position = (uint8_t)__builtin_ctz(mask);
    channel.size = (uint8_t)(32 - __builtin_clz(mask) - __builtin_ctz(mask));
    return channel;
}

static bool set_format(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info,
                       struct framebuffer *framebuffer)
{
    EFI_PIXEL_BITMASK mask = info->PixelInformation;
    uint32_t used;

    switch (info->PixelFormat) {
    case PixelRedGreenBlueReserved8BitPerColor:
        mask = (EFI_PIXEL_BITMASK){0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000};
        break;
    case PixelBlueGreenRedReserved8BitPerColor:
        mask = (EFI_PIXEL_BITMASK){0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000};
        break;
    case PixelBitMask:
        break;
    default:
        return false; /* PixelBltOnly: there is nothing to write pixels to */
    }
    used = mask.RedMask | mask.GreenMask | mask.BlueMask | mask.ReservedMask;
    if (used == 0)
        return false;
    /* UEFI 2.10, 12.9.2.1: the highest bit of any mask gives the size of a pixel, in whole bytes.
     */
    framebuffer->bits_per_pixel = (uint8_t)((32U - (uint32_t)__builtin_clz(used) + 7U) & ~7U);
    framebuffer->red = channel_of(mask.RedMask);
    framebuffer->green = channel_of(mask.GreenMask);
    framebuffer->blue = channel_of(mask.BlueMask);
    framebuffer->reserved = channel_of(mask.ReservedMask);
    return true;
}

static bool read_mode(const EFI_GRAPHICS_OUTPUT_PROTOCOL *gop, struct framebuffer *ret_framebuffer)
{
    struct framebuffer framebuffer = {0};
    const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info;
    uint64_t pitch;
    uint64_t needed;

    if (gop == NULL || gop->Mode == NULL || gop->Mode->Info == NULL)
        return false;
    info = gop->Mode->Info;
    if (gop->Mode->FrameBufferBase == 0 || !set_format(info, &framebuffer))
        return false;
    pitch = (uint64_t)info->PixelsPerScanLine * (framebuffer.bits_per_pixel / 8U);
    if (pitch > UINT32_MAX || info->HorizontalResolution == 0 || info->VerticalResolution == 0 ||
        info->PixelsPerScanLine < info->HorizontalResolution)
        return false;
    if (__builtin_mul_overflow(pitch, (uint64_t)info->VerticalResolution, &needed) ||
        gop->Mode->FrameBufferBase > UINT64_MAX - needed)
        return false;
    framebuffer.address = gop->Mode->FrameBufferBase;
    framebuffer.size = gop->Mode->FrameBufferSize;
    framebuffer.width = info->HorizontalResolution;
    framebuffer.height = info->VerticalResolution;
    framebuffer.pitch = (uint32_t)pitch;
    *ret_framebuffer = framebuffer;
    return true;
}

static bool has_protocol(const struct firmware *firmware, EFI_HANDLE handle,
                         const EFI_GUID *protocol)
{
    VOID *interface = NULL;

    return boot_services(firmware)->HandleProtocol(handle, guid_in(protocol), &interface) ==
           EFI_SUCCESS;
}

static void read_edid(const struct firmware *firmware, EFI_HANDLE handle,
                      uint8_t edid[EDID_BLOCK_SIZE])
{
    static const EFI_GUID guids[] = {EFI_EDID_ACTIVE_PROTOCOL_GUID,
                                     EFI_EDID_DISCOVERED_PROTOCOL_GUID};

    for (unsigned int i = 0; i < 2; i++) {
        /* Both protocols have this layout. */
        const EFI_EDID_ACTIVE_PROTOCOL *found = protocol_of(firmware, handle, &guids[i]);

        if (found == NULL || found->SizeOfEdid < EDID_BLOCK_SIZE || found->Edid == NULL)
            continue;
        memcpy(edid, found->Edid, EDID_BLOCK_SIZE);
        return;
    }
}

bool graphics_find(const struct firmware *firmware, struct framebuffer *ret_framebuffer,
                   uint8_t edid[EDID_BLOCK_SIZE])
{
    EFI_HANDLE *handles;
    UINTN count = handles_with(firmware, &graphics_guid, &handles);
    EFI_HANDLE chosen = NULL;

    memset(edid, 0, EDID_BLOCK_SIZE);
    if (count == 0)
        return false;
    for (UINTN i = 0; i < count; i++) {
        struct framebuffer framebuffer;
        bool shows_console;

        if (!read_mode(protocol_of(firmware, handles[i], &graphics_guid), &framebuffer))
            continue;
        shows_console = has_protocol(firmware, handles[i], &console_out_guid);
        if (chosen != NULL && !shows_console)
            continue;
        chosen = handles[i];
        *ret_framebuffer = framebuffer;
        if (shows_console)
            break;
    }
    if (chosen != NULL)
        read_edid(firmware, chosen, edid);
    pool_free(firmware, handles);
    return chosen != NULL;
}
