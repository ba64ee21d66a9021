/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/zero_page.h"

#include "core/base/mem.h"
#include "core/base/store.h"

/* Offsets in struct boot_params, https://docs.kernel.org/arch/x86/zero-page.html; those of the
 * setup header from boot.html; those inside screen_info and efi_info from the kernel's
 * include/uapi/linux/screen_info.h and arch/x86/include/uapi/asm/bootparam.h. */
enum {
    SCREEN_IS_VGA = 0x00f,       /* u8 orig_video_isVGA */
    SCREEN_WIDTH = 0x012,        /* u16 lfb_width */
    SCREEN_HEIGHT = 0x014,       /* u16 lfb_height */
    SCREEN_DEPTH = 0x016,        /* u16 lfb_depth */
    SCREEN_BASE = 0x018,         /* u32 lfb_base */
    SCREEN_SIZE = 0x01c,         /* u32 lfb_size */
    SCREEN_PITCH = 0x024,        /* u16 lfb_linelength */
    SCREEN_CHANNELS = 0x026,     /* u8 size, u8 position of red, green, blue, reserved */
    SCREEN_PAGES = 0x032,        /* u16 pages */
    SCREEN_CAPABILITIES = 0x036, /* u32 capabilities */
    SCREEN_BASE_HIGH = 0x03a,    /* u32 ext_lfb_base */
    ACPI_RSDP = 0x070,
    EXT_RAMDISK_IMAGE = 0x0c0,
    EXT_RAMDISK_SIZE = 0x0c4,
    EXT_CMD_LINE_PTR = 0x0c8,
    EDID_INFO = 0x140,
    EFI_SIGNATURE = 0x1c0,
    EFI_SYSTAB = 0x1c4,
    EFI_MEMDESC_SIZE = 0x1c8,
    EFI_MEMDESC_VERSION = 0x1cc,
    EFI_MEMMAP = 0x1d0,
    EFI_MEMMAP_SIZE = 0x1d4,
    EFI_SYSTAB_HIGH = 0x1d8,
    EFI_MEMMAP_HIGH = 0x1dc,
    ALT_MEM_K = 0x1e0,
    E820_ENTRIES = 0x1e8,
    SECURE_BOOT = 0x1ec,
    VID_MODE = 0x1fa,
    TYPE_OF_LOADER = 0x210,
    LOADFLAGS = 0x211,
    CODE32_START = 0x214,
    RAMDISK_IMAGE = 0x218,
    RAMDISK_SIZE = 0x21c,
    EXT_LOADER = 0x226, /* u8 version, u8 type */
    CMD_LINE_PTR = 0x228,
    KERNEL_ALIGNMENT = 0x230,
    SETUP_DATA = 0x250,
};

#define VIDEO_TYPE_EFI  0x70U
#define SKIP_QUIRKS     1U /* VIDEO_CAPABILITY_SKIP_QUIRKS */
#define BASE_IS_64_BIT  2U /* VIDEO_CAPABILITY_64BIT_BASE */
#define EDID_SIZE       128U
#define LOADER_UNKNOWN  0xffU /* no id is assigned; 0 would make the kernel ignore the initrd */
#define LOADED_HIGH     1U
#define VID_MODE_NORMAL 0xffffU
#define FOUR_GIB        0x100000000ULL

static void store_split(uint8_t *page, unsigned int low, unsigned int high, uint64_t value)
{
    store_u32(page + low, (uint32_t)value);
    store_u32(page + high, (uint32_t)(value >> 32));
}

_Static_assert(sizeof(struct framebuffer_channel) == 2 &&
                   offsetof(struct framebuffer_channel, position) == 1 &&
                   offsetof(struct framebuffer, reserved) == offsetof(struct framebuffer, red) + 6,
               "the channels lie as in screen_info");

static void put_screen(uint8_t *page, const struct framebuffer *screen)
{
    /* The fields are 16 bits wide. No display is better than one drawn with a truncated pitch. */
    if (screen == NULL || screen->address == 0 || screen->width > UINT16_MAX ||
        screen->height > UINT16_MAX || screen->pitch > UINT16_MAX)
        return;
    page[SCREEN_IS_VGA] = VIDEO_TYPE_EFI;
    store_u16(page + SCREEN_WIDTH, (uint16_t)screen->width);
    store_u16(page + SCREEN_HEIGHT, (uint16_t)screen->height);
    store_u16(page + SCREEN_DEPTH, screen->bits_per_pixel);
    store_u16(page + SCREEN_PITCH, (uint16_t)screen->pitch);
    /* In bytes, not in the units of 64 KiB that a VESA framebuffer has. */
    store_u32(page + SCREEN_SIZE, screen->pitch * screen->height);
    store_split(page, SCREEN_BASE, SCREEN_BASE_HIGH, screen->address);
    memcpy(page + SCREEN_CHANNELS, (const uint8_t *)screen + offsetof(struct framebuffer, red), 8);
    store_u16(page + SCREEN_PAGES, 1);
    store_u32(page + SCREEN_CAPABILITIES,
              SKIP_QUIRKS | (screen->address >= FOUR_GIB ? BASE_IS_64_BIT : 0));
}

static void put_header(uint8_t *page, const struct zero_page_input *input)
{
    struct span header;

    /* The byte before, `sentinel`, must stay 0: anything else makes the kernel wipe the fields
     * around it (sanitize_boot_params). */
    if (span_part(input->head, BZIMAGE_HEADER_START,
                  input->image->header_end - BZIMAGE_HEADER_START, &header))
        memcpy(page + BZIMAGE_HEADER_START, header.data, header.size);

    page[TYPE_OF_LOADER] = LOADER_UNKNOWN;
    page[LOADFLAGS] = LOADED_HIGH;
    store_u16(page + EXT_LOADER, 0);
    store_u16(page + VID_MODE, VID_MODE_NORMAL);
    /* Nobody reads this at the 64-bit entry; where it does not fit it keeps the file's value. */
    if (input->load_address < FOUR_GIB)
        store_u32(page + CODE32_START, (uint32_t)input->load_address);
    if (input->alignment != 0)
        store_u32(page + KERNEL_ALIGNMENT, (uint32_t)input->alignment);
    store_split(page, RAMDISK_IMAGE, EXT_RAMDISK_IMAGE, input->initrd_address);
    store_split(page, RAMDISK_SIZE, EXT_RAMDISK_SIZE, input->initrd_size);
    store_split(page, CMD_LINE_PTR, EXT_CMD_LINE_PTR, input->command_line);
    zero_page_set_setup_data(page, 0);
}

void zero_page_build(const struct zero_page_input *input, uint8_t *ret_page)
{
    memset(ret_page, 0, ZERO_PAGE_SIZE);
    put_header(ret_page, input);
    put_screen(ret_page, input->framebuffer);
    store_u64(ret_page + ACPI_RSDP, input->acpi_rsdp);
    if (input->edid != NULL)
        memcpy(ret_page + EDID_INFO, input->edid, EDID_SIZE);
    memcpy(ret_page + EFI_SIGNATURE, "EL64", 4);
    store_split(ret_page, EFI_SYSTAB, EFI_SYSTAB_HIGH, input->system_table);
    /* What the kernel's own stub and older loaders say: 32 MiB, read by nobody who has an e820. */
    store_u32(ret_page + ALT_MEM_K, 32 * 1024);
    ret_page[SECURE_BOOT] = input->secure_boot;
}

void zero_page_add_setup_data(uint8_t *page, uint8_t *node, uint64_t address, uint32_t type,
                              uint32_t length)
{
    memcpy(node, page + SETUP_DATA, 8);
    store_u32(node + 8, type);
    store_u32(node + 12, length);
    store_u64(page + SETUP_DATA, address);
}

void zero_page_set_setup_data(uint8_t *page, uint64_t first)
{
    store_u64(page + SETUP_DATA, first);
}

void zero_page_set_efi_map(uint8_t *page, const struct memory_map *map)
{
    store_u32(page + EFI_MEMDESC_SIZE, (uint32_t)map->descriptor_size);
    store_u32(page + EFI_MEMDESC_VERSION, map->descriptor_version);
    store_split(page, EFI_MEMMAP, EFI_MEMMAP_HIGH, (uintptr_t)map->data);
    store_u32(page + EFI_MEMMAP_SIZE, (uint32_t)map->size);
}

void zero_page_set_e820_count(uint8_t *page, uint32_t entries)
{
    page[E820_ENTRIES] = (uint8_t)(entries < E820_ZERO_PAGE_MAX ? entries : E820_ZERO_PAGE_MAX);
}
