/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two reasons to give a Linux kernel another memory map than the firmware's. It is too large:
 * Linux maps it through 64 pages of early_memremap() (NR_FIX_BTMAPS), and says "Could not map the
 * memory map!" and loses EFI runtime services when it is larger. Or it is unsound: regions of
 * runtime services lack EFI_MEMORY_RUNTIME (UEFI 2.10, 7.2.3; seen on Dell's IoT gateways), so that
 * Linux does not map them and the first runtime service faults; or descriptors are empty or wrap
 * (seen on a ThinkPad W541), of which Linux warns. Pure arithmetic on memory that was reserved
 * before.
 */
#ifndef BATON_CORE_LINUX_X86_EFI_MAP_SHRINK_H
#define BATON_CORE_LINUX_X86_EFI_MAP_SHRINK_H

#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFI_MAP_LINUX_PAGES 64U

/* What was done, from nothing to too little; each step does what the one before does too. */
enum efi_map_shrink {
    EFI_MAP_FITS = 0,     /* small enough and sound as it is: there is no other map */
    EFI_MAP_REPAIRED,     /* sorted; types 5 and 6 have EFI_MEMORY_RUNTIME, as in all that follow */
    EFI_MAP_MERGED_EQUAL, /* sorted; neighbours of the same type and attributes are one */
    EFI_MAP_MERGED_BOOT,  /* neighbours of types 1-4 are one boot-services data region */
    EFI_MAP_LEFT_OUT_FREE,  /* free memory is left out: costs physical KASLR, nothing else */
    EFI_MAP_ABSORBED_FREE,  /* little free regions behind boot-services regions are part of them:
                             * Linux has them a moment later, with the boot services' memory */
    EFI_MAP_STILL_TOO_LARGE /* no other map either: EFI runtime will be lost, Linux boots */
};

/* The largest free region that is absorbed: all of them together must leave room to boot in. */
#define EFI_MAP_ABSORBED_PAGES 16U

/* Numbers that each of the two arrays of efi_map_shrink() needs. */
static inline size_t efi_map_shrink_scratch(size_t descriptors)
{
    return descriptors;
}

/* True when Linux can map it as it is. */
bool efi_map_fits(const struct memory_map *map);

/*
 * Writes a map that fits to ret_map->data, which has room for map->size bytes and overlaps nothing,
 * and describes it in *ret_map; it does no more than needed. The stride stays, and so do the bytes
 * behind the 40 known ones, with their descriptor. Only for the EFI map: the kernel learns of its
 * memory from e820, made of the whole map. Descriptors that describe nothing
 * (memory_descriptor_bounds) are left out; Linux drops them too (efi_clean_memmap). Regions of
 * runtime types get EFI_MEMORY_RUNTIME where they lack it. Never merges runtime regions or memory
 * with EFI_MEMORY_SP, and never makes anything conventional memory. Both arrays hold
 * `scratch_capacity` numbers; fewer than efi_map_shrink_scratch() of the map's count are too few
 * for any other map.
 */
enum efi_map_shrink efi_map_shrink(const struct memory_map *map, uint64_t *keys, uint64_t *scratch,
                                   size_t scratch_capacity, struct memory_map *ret_map);

#endif
