/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where EFI runtime services need memory and devices that no identity map of RAM reaches: registers
 * above all memory, mostly. Pure; works on both sides of the point of no return.
 */
#ifndef BATON_CORE_MEMORY_RUNTIME_REGIONS_H
#define BATON_CORE_MEMORY_RUNTIME_REGIONS_H

#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stdint.h>

#define RUNTIME_REGIONS_MAX 16U
/* PCI Express configuration space, the largest that runtime services are known to use, has 256 MiB.
 */
#define RUNTIME_REGION_SIZE_MAX (1ULL << 30)

/* Descriptors with EFI_MEMORY_RUNTIME as they are: whole pages, [start, end). */
struct runtime_regions {
    uint32_t count;
    struct {
        uint64_t start;
        uint64_t end;
    } region[RUNTIME_REGIONS_MAX];
};

/*
 * Those of the map that go beyond `from`, as many as there is room for; what goes beyond `to`,
 * or is larger than any is, is left out. Whether that is all of them is for runtime_regions_cover()
 * to say, of the last map.
 */
void runtime_regions_find(const struct memory_map *map, uint64_t from, uint64_t to,
                          struct runtime_regions *ret_regions);

/* Is each region with EFI_MEMORY_RUNTIME in [0, from) or in one of `regions`? */
bool runtime_regions_cover(const struct runtime_regions *regions, uint64_t from,
                           const struct memory_map *map);

#endif
