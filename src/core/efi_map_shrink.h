/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one reason to touch the memory map that a Linux kernel gets: Linux maps it through 64 pages
 * of early_memremap() (NR_FIX_BTMAPS), and says "Could not map the memory map!" and loses EFI
 * runtime services when it is larger. In place; pure arithmetic on memory that was reserved before.
 */
#ifndef BATON_CORE_EFI_MAP_SHRINK_H
#define BATON_CORE_EFI_MAP_SHRINK_H

#include "core/memory_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFI_MAP_LINUX_PAGES 64U

/* What was done, from nothing to too little. */
enum efi_map_shrink {
    EFI_MAP_FITS = 0,       /* small enough: not a byte was touched */
    EFI_MAP_MERGED_EQUAL,   /* sorted; neighbours of the same type and attributes are one */
    EFI_MAP_MERGED_BOOT,    /* and neighbours of types 1-4 are one boot-services data region */
    EFI_MAP_LEFT_OUT_FREE,  /* and free memory is left out: costs physical KASLR, nothing else */
    EFI_MAP_STILL_TOO_LARGE /* all of that did not help: EFI runtime will be lost, Linux boots */
};

/* Numbers that each of the two arrays of efi_map_shrink() needs. */
static inline size_t efi_map_shrink_scratch(size_t descriptors)
{
    return descriptors;
}

/* True when Linux can map it as it is: nothing needs to be done. */
bool efi_map_fits(const struct memory_map *map);

/*
 * Makes `map` fit, doing no more than needed; changes map->size, never the stride; bytes behind the
 * 40 known ones stay with their descriptor. Convert to e820 before: the kernel learns of its memory
 * there. Descriptors that describe nothing (memory_descriptor_bounds) go first; Linux drops them
 * too (efi_clean_memmap). Never touches runtime regions or memory with EFI_MEMORY_SP, and never
 * makes anything conventional memory. Both arrays hold `scratch_capacity` numbers; with fewer than
 * efi_map_shrink_scratch() of the map's count the map stays as it is.
 *
 * In the last case the map is whole again but sorted and merged: nothing is left out in vain.
 */
enum efi_map_shrink efi_map_shrink(struct memory_map *map, uint64_t *keys, uint64_t *scratch,
                                   size_t scratch_capacity);

#endif
