/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/zero_page.h"

#include "core/base/mem.h"
#include "core/base/store.h"
#include "core/linux/screen_info.h"

/* Offsets in struct boot_params, https://docs.kernel.org/arch/x86/zero-page.html; those of the
 * setup header from boot.html; those inside efi_info from the kernel's
 * arch/x86/include/uapi/asm/bootparam.h. */
enum {
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

#define FOUR_GIB        0x100000000ULL
#define EDID_SIZE       128U
#define LOADER_UNKNOWN  0xffU /* no id is assigned; 0 would make the kernel ignore the initrd */
#define LOADED_HIGH     1U
#define VID_MODE_NORMAL 0xffffU

static void store_split(uint8_t *page, unsigned int low, unsigned int high, uint64_t value)
{
    store_u32(page + low, (uint32_t)value);
    store_u32(page + high, (uint32_t)(value >> 32));
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
    /* It begins with struct screen_info. */
    if (input->framebuffer != NULL)
        (void)screen_info_put(input->framebuffer, ret_page);
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
