/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EFI map made small enough for Linux. Large strides make maps of few descriptors too large.
 * Input: what stride, descriptors.
 */
#include "core/linux/x86/efi_map_shrink.h"

#include "fuzz/maps.h"

#define KIND_BOOT 1U /* types 1 to 4, which may become one */
#define KIND_FREE (1U << MEMORY_CONVENTIONAL)
#define KEPT      (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)
#define KIND_OEM  (1U << 16)

static uint32_t kind_of(const struct memory_descriptor *descriptor)
{
    if (descriptor->type >= MEMORY_LOADER_CODE && descriptor->type <= MEMORY_BOOT_SERVICES_DATA &&
        (descriptor->attribute & KEPT) == 0)
        return KIND_BOOT;
    if (descriptor->type == MEMORY_RESERVED)
        return 1U << 17;
    if (descriptor->type >= 16)
        return KIND_OEM;
    /* Free memory that runtime services or one device keep is not what may be left out. */
    if (descriptor->type == MEMORY_CONVENTIONAL && (descriptor->attribute & KEPT) != 0)
        return 1U << 18;
    return 1U << descriptor->type;
}

/* All kinds of memory that a page is said to be. */
static void kinds_of(const struct memory_map *map, uint32_t kinds[MODEL_PAGES])
{
    memset(kinds, 0, MODEL_PAGES * sizeof(kinds[0]));
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        for (uint64_t page = 0; page < MODEL_PAGES; page++)
            if (describes_page(&descriptor, page))
                kinds[page] |= kind_of(&descriptor);
    }
}

static bool is_runtime(const struct memory_descriptor *descriptor)
{
    return descriptor->type == MEMORY_RUNTIME_SERVICES_CODE ||
           descriptor->type == MEMORY_RUNTIME_SERVICES_DATA;
}

/* What nobody may touch, by its own words or by its type. */
static bool is_kept(const struct memory_descriptor *descriptor)
{
    return is_runtime(descriptor) || (descriptor->attribute & KEPT) != 0;
}

/* Is `descriptor` in the map, unchanged but for the attribute that runtime services have to have?
 */
static bool contains(const struct memory_map *map, struct memory_descriptor descriptor)
{
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor other = memory_map_at(map, i);

        if (is_runtime(&other))
            other.attribute |= MEMORY_ATTRIBUTE_RUNTIME;
        if (memcmp(&other, &descriptor, sizeof(other)) == 0)
            return true;
    }
    return false;
}

static void require_untouched(const struct memory_map *map, const struct memory_map *small)
{
    size_t left = 0;
    uint64_t start;
    uint64_t end;

    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);

        left += is_kept(&descriptor) && memory_descriptor_bounds(&descriptor, &start, &end);
    }
    for (size_t i = 0; i < memory_map_count(small); i++) {
        struct memory_descriptor descriptor = memory_map_at(small, i);

        REQUIRE(memory_descriptor_bounds(&descriptor, &start, &end));
        REQUIRE(!is_kept(&descriptor) || contains(map, descriptor));
        left -= is_kept(&descriptor);
    }
    REQUIRE(left == 0);
}

static void require_same_memory(const struct memory_map *map, const struct memory_map *small,
                                enum efi_map_shrink done)
{
    static uint32_t before[MODEL_PAGES];
    static uint32_t after[MODEL_PAGES];
    const uint32_t left_out = done >= EFI_MAP_LEFT_OUT_FREE ? KIND_FREE : 0;
    uint64_t last = 0;

    kinds_of(map, before);
    kinds_of(small, after);
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        if (done == EFI_MAP_ABSORBED_FREE && (before[page] & KIND_FREE) != 0)
            after[page] &= ~KIND_BOOT | before[page];
        REQUIRE((before[page] & ~left_out) == after[page]);
    }
    for (size_t i = 0; i < memory_map_count(small); i++) {
        REQUIRE(memory_map_at(small, i).physical_start >= last);
        last = memory_map_at(small, i).physical_start;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t strides[] = {8192, 16384, 4096, 48, 20000, 32768};
    struct input input = {data, size};
    uint64_t stride = strides[take(&input, 1) % 6];
    struct memory_map map = take_map(&input, stride < 4096 ? 100 : 800000 / stride, stride);
    size_t count = memory_map_count(&map);
    uint64_t *keys = (uint64_t *)(void *)exact(NULL, count * sizeof(*keys));
    uint64_t *scratch = (uint64_t *)(void *)exact(NULL, count * sizeof(*scratch));
    struct memory_map small = {.data = exact(NULL, map.size)};
    uint8_t *place = small.data;

    /* Whole pages: what a page off its boundary becomes in a merged range is another question. */
    for (size_t i = 0; i < count; i++) {
        map.data[i * stride + 8] = 0;
        map.data[i * stride + 9] &= 0xf0;
    }
    enum efi_map_shrink done = efi_map_shrink(&map, keys, scratch, count, &small);
    REQUIRE((done > EFI_MAP_REPAIRED) == !efi_map_fits(&map) && small.data == place);
    if (done == EFI_MAP_FITS)
        for (size_t i = 0; i < count; i++) {
            struct memory_descriptor each = memory_map_at(&map, i);

            REQUIRE(!is_runtime(&each) || (each.attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0);
        }
    if (done != EFI_MAP_FITS && done != EFI_MAP_STILL_TOO_LARGE) {
        REQUIRE(efi_map_fits(&small) && small.size <= map.size);
        REQUIRE(small.descriptor_size == stride && small.size % stride == 0);
        require_same_memory(&map, &small, done);
        require_untouched(&map, &small);
    }
    free(keys);
    free(scratch);
    free(small.data);
    free(map.data);
    return 0;
}
