/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UEFI memory map as data: its layout (UEFI 2.10, 7.2.3), and walking it without trusting it.
 * Knows nothing of the service that produced it; works on both sides of the point of no return.
 * Sorted, disjoint ranges are made by ranges.h.
 */
#ifndef BATON_CORE_MEMORY_MEMORY_MAP_H
#define BATON_CORE_MEMORY_MEMORY_MAP_H

#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* EFI_MEMORY_TYPE. gnu-efi's header ends at EfiPalCode; 14 and 15 are UEFI 2.5 and 2.9. */
enum memory_type {
    MEMORY_RESERVED = 0,
    MEMORY_LOADER_CODE = 1,
    MEMORY_LOADER_DATA = 2,
    MEMORY_BOOT_SERVICES_CODE = 3,
    MEMORY_BOOT_SERVICES_DATA = 4,
    MEMORY_RUNTIME_SERVICES_CODE = 5,
    MEMORY_RUNTIME_SERVICES_DATA = 6,
    MEMORY_CONVENTIONAL = 7,
    MEMORY_UNUSABLE = 8,
    MEMORY_ACPI_RECLAIM = 9,
    MEMORY_ACPI_NVS = 10,
    MEMORY_MAPPED_IO = 11,
    MEMORY_MAPPED_IO_PORTS = 12,
    MEMORY_PAL_CODE = 13,
    MEMORY_PERSISTENT = 14,
    MEMORY_UNACCEPTED = 15,
};

#define MEMORY_ATTRIBUTE_WRITE_BACK       (1ULL << 3)  /* EFI_MEMORY_WB */
#define MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE (1ULL << 18) /* EFI_MEMORY_SP, UEFI 2.8 */
#define MEMORY_ATTRIBUTE_RUNTIME          (1ULL << 63) /* EFI_MEMORY_RUNTIME */

/* EFI_MEMORY_DESCRIPTOR version 1. The firmware's stride is memory_map.descriptor_size, >= this. */
struct memory_descriptor {
    uint32_t type;
    uint32_t padding;
    uint64_t physical_start; /* bytes, page-aligned */
    uint64_t virtual_start;
    uint64_t page_count; /* 4 KiB pages */
    uint64_t attribute;
};
_Static_assert(sizeof(struct memory_descriptor) == 40, "EFI_MEMORY_DESCRIPTOR is 40 bytes");

/* A map as a GetMemoryMap that returned EFI_SUCCESS left it. Does not own `data`. */
struct memory_map {
    uint8_t *data;
    uint64_t size;            /* bytes in use */
    uint64_t key;             /* what ExitBootServices wants */
    uint64_t descriptor_size; /* bytes from one descriptor to the next */
    uint32_t descriptor_version;
};

/* What can be wrong with an answer of GetMemoryMap that came with EFI_SUCCESS. */
enum memory_map_error {
    MEMORY_MAP_OK = 0,
    MEMORY_MAP_OVERRUN,              /* size is more than the buffer holds */
    MEMORY_MAP_DESCRIPTOR_TOO_SMALL, /* the stride cannot hold a descriptor */
    MEMORY_MAP_EMPTY,                /* not one descriptor */
    MEMORY_MAP_RAGGED,               /* size is no multiple of the stride */
};

/* No physical address that x86 can form is at or above this: 52 bits. */
#define MEMORY_ADDRESS_LIMIT (1ULL << 52)

/*
 * Checks the numbers, not the bytes. A descriptor_version other than 1 is no error here: Linux only
 * warns of it, and the layout that matters is the one of version 1.
 */
enum memory_map_error memory_map_check(const struct memory_map *map, uint64_t capacity);

/* Whole descriptors in the map; 0 when descriptor_size is too small to hold one. */
size_t memory_map_count(const struct memory_map *map);

/* No start is anything but a page's: were the descriptor size wrong, most would be. */
bool memory_map_is_aligned(const struct memory_map *map);

/* Copies descriptor `index` (< memory_map_count) out: the firmware's buffer may be unaligned. */
struct memory_descriptor memory_map_at(const struct memory_map *map, size_t index);

/*
 * The pages that a descriptor describes, [start, end); false when it describes none that a machine
 * can have: zero length (ThinkPad W541), wrapping, or beyond MEMORY_ADDRESS_LIMIT. A start that is
 * no page boundary is rounded so that general memory shrinks and everything else grows.
 */
bool memory_descriptor_bounds(const struct memory_descriptor *descriptor, uint64_t *ret_start,
                              uint64_t *ret_end);

/*
 * Exclusive end of the highest RAM, ACPI tables and runtime services included; no MMIO, nothing
 * reserved (AMD machines reserve space just below 1 TiB that no memory is near). 0 for a map
 * without memory.
 */
uint64_t memory_map_end(const struct memory_map *map);

/* Types 1-4 and 7: memory that a kernel gets once boot services are gone. */
bool memory_type_is_general(uint32_t type);

/* These, ACPI's tables, runtime services, persistent and unaccepted memory: no devices, nothing
 * reserved. */
bool memory_type_is_memory(uint32_t type);

#endif
