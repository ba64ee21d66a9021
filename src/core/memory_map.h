/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UEFI memory map as data: its layout (UEFI 2.10, 7.2.3), walking it without trusting it, and
 * turning it into sorted, disjoint ranges. Knows nothing of the service that produced it; works on
 * both sides of the point of no return.
 */
#ifndef BATON_CORE_MEMORY_MAP_H
#define BATON_CORE_MEMORY_MAP_H

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

/* Whole descriptors in the map; 0 when descriptor_size is too small to hold one. */
size_t memory_map_count(const struct memory_map *map);

/* Copies descriptor `index` (< memory_map_count) out: the firmware's buffer may be unaligned. */
struct memory_descriptor memory_map_at(const struct memory_map *map, size_t index);

#endif
