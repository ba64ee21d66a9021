/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/screen_info.h"

#include "core/base/mem.h"
#include "core/base/store.h"

#include <stddef.h>

enum {
    SCREEN_IS_VGA = 0x0f,       /* u8 orig_video_isVGA */
    SCREEN_WIDTH = 0x12,        /* u16 lfb_width */
    SCREEN_HEIGHT = 0x14,       /* u16 lfb_height */
    SCREEN_DEPTH = 0x16,        /* u16 lfb_depth */
    SCREEN_BASE = 0x18,         /* u32 lfb_base */
    SCREEN_SIZE = 0x1c,         /* u32 lfb_size */
    SCREEN_PITCH = 0x24,        /* u16 lfb_linelength */
    SCREEN_CHANNELS = 0x26,     /* u8 size, u8 position of red, green, blue, reserved */
    SCREEN_PAGES = 0x32,        /* u16 pages */
    SCREEN_CAPABILITIES = 0x36, /* u32 capabilities */
    SCREEN_BASE_HIGH = 0x3a,    /* u32 ext_lfb_base */
};

#define VIDEO_TYPE_EFI 0x70U
#define SKIP_QUIRKS    1U /* VIDEO_CAPABILITY_SKIP_QUIRKS */
#define BASE_IS_64_BIT 2U /* VIDEO_CAPABILITY_64BIT_BASE */
#define FOUR_GIB       0x100000000ULL

_Static_assert(sizeof(struct framebuffer_channel) == 2 &&
                   offsetof(struct framebuffer_channel, position) == 1 &&
                   offsetof(struct framebuffer, reserved) == offsetof(struct framebuffer, red) + 6,
               "the channels lie as in screen_info");

bool screen_info_put(const struct framebuffer *screen, uint8_t *info)
{
    /* The fields are 16 bits wide. No display is better than one drawn with a truncated pitch. */
    if (screen->address == 0 || screen->width > UINT16_MAX || screen->height > UINT16_MAX ||
        screen->pitch > UINT16_MAX)
        return false;
    info[SCREEN_IS_VGA] = VIDEO_TYPE_EFI;
    store_u16(info + SCREEN_WIDTH, (uint16_t)screen->width);
    store_u16(info + SCREEN_HEIGHT, (uint16_t)screen->height);
    store_u16(info + SCREEN_DEPTH, screen->bits_per_pixel);
    store_u16(info + SCREEN_PITCH, (uint16_t)screen->pitch);
    /* In bytes, not in the units of 64 KiB that a VESA framebuffer has. */
    store_u32(info + SCREEN_SIZE, screen->pitch * screen->height);
    store_u32(info + SCREEN_BASE, (uint32_t)screen->address);
    store_u32(info + SCREEN_BASE_HIGH, (uint32_t)(screen->address >> 32));
    memcpy(info + SCREEN_CHANNELS, (const uint8_t *)screen + offsetof(struct framebuffer, red), 8);
    store_u16(info + SCREEN_PAGES, 1);
    store_u32(info + SCREEN_CAPABILITIES,
              SKIP_QUIRKS | (screen->address >= FOUR_GIB ? BASE_IS_64_BIT : 0));
    return true;
}
