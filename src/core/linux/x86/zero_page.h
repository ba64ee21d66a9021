/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The zero page (struct boot_params): what a Linux kernel gets in RSI at its 64-bit entry.
 * https://docs.kernel.org/arch/x86/boot.html and zero-page.html; values as the kernel's own EFI
 * stub sets them. Knows the layout; decides nothing, allocates nothing. Addresses are physical.
 */
#ifndef BATON_CORE_LINUX_X86_ZERO_PAGE_H
#define BATON_CORE_LINUX_X86_ZERO_PAGE_H

#include "core/base/span.h"
#include "core/linux/x86/bzimage.h"
#include "core/linux/x86/e820.h"
#include "core/linux/x86/setup_data.h"
#include "core/memory/memory_map.h"
#include "core/screen/framebuffer.h"

#include <stdbool.h>
#include <stdint.h>

#define ZERO_PAGE_SIZE        4096U
#define ZERO_PAGE_E820_OFFSET 0x2d0U

struct zero_page_input {
    struct span head;                      /* first bytes of the kernel file */
    const struct bzimage *image;           /* what bzimage_parse() made of them */
    uint64_t load_address;                 /* of the code */
    uint64_t alignment;                    /* that the load address has been given; 0: the file's */
    uint64_t initrd_address;               /* 0 when there is none */
    uint64_t initrd_size;                  /* bytes */
    uint64_t command_line;                 /* NUL-terminated, at most image->command_line_max */
    uint64_t acpi_rsdp;                    /* 0: the kernel looks for it itself */
    uint64_t system_table;                 /* EFI_SYSTEM_TABLE */
    const struct framebuffer *framebuffer; /* NULL or .address 0: no display */
    const uint8_t *edid;                   /* 128 bytes, or NULL */
    uint8_t secure_boot;                   /* enum secure_boot_mode */
};

/* Fills the whole page; everything but the maps. setup_data starts empty. */
void zero_page_build(const struct zero_page_input *input, uint8_t *ret_page);

/*
 * Puts a node in front of the setup_data list: writes its header at `node` (whose physical address
 * is `address`; 8-byte aligned), the payload of `length` bytes behind it is the caller's. May be
 * called on both sides of the point of no return; the node must stay reserved (loader data).
 */
void zero_page_add_setup_data(uint8_t *page, uint8_t *node, uint64_t address, uint32_t type,
                              uint32_t length);

/*
 * Makes the list what begins at `first`, 0 for nothing: nodes are added once for the dry run and
 * once for the final map.
 */
void zero_page_set_setup_data(uint8_t *page, uint64_t first);

/* After the exit. The map's bytes are where the kernel will look for them: identity-mapped. */
void zero_page_set_efi_map(uint8_t *page, const struct memory_map *map);
void zero_page_set_e820_count(uint8_t *page, uint32_t entries);

/* Where the entries of the page's e820 table go: E820_ZERO_PAGE_MAX of them. */
static inline uint8_t *zero_page_e820(uint8_t *page)
{
    return page + ZERO_PAGE_E820_OFFSET;
}

#endif
