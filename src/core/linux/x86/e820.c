/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/e820.h"

#include "core/base/store.h"

#define E820_NOT_LISTED 0U

size_t e820_extension_max(size_t descriptors)
{
    size_t entries = ranges_max(descriptors);

    return entries > E820_ZERO_PAGE_MAX ? entries - E820_ZERO_PAGE_MAX : 0;
}

static uint32_t type_of(const struct range *range, bool soft_reserve)
{
    switch (range->type) {
    case MEMORY_LOADER_CODE:
    case MEMORY_LOADER_DATA:
    case MEMORY_BOOT_SERVICES_CODE:
    case MEMORY_BOOT_SERVICES_DATA:
    case MEMORY_CONVENTIONAL:
        return range->specific_purpose && soft_reserve ? E820_TYPE_SOFT : E820_TYPE_RAM;
    case MEMORY_ACPI_RECLAIM:
        return E820_TYPE_ACPI;
    case MEMORY_ACPI_NVS:
        return E820_TYPE_NVS;
    case MEMORY_UNUSABLE:
        return E820_TYPE_UNUSABLE;
    case MEMORY_PERSISTENT:
        return E820_TYPE_PMEM;
    case MEMORY_UNACCEPTED:
        return E820_NOT_LISTED;
    default:
        return E820_TYPE_RESERVED;
    }
}

/* Where entry `index` goes, or NULL when there is no room for it. */
static uint8_t *entry_at(const struct e820_target *target, size_t index)
{
    if (index < E820_ZERO_PAGE_MAX)
        return target->table + index * E820_ENTRY_SIZE;
    index -= E820_ZERO_PAGE_MAX;
    if (target->extension == NULL || index >= target->extension_capacity)
        return NULL;
    return target->extension + index * E820_ENTRY_SIZE;
}

enum e820_error e820_convert(struct ranges *walk, const struct e820_target *target,
                             struct e820_counts *ret_counts)
{
    enum e820_error result = E820_OK;
    struct range range;
    uint8_t *entry = NULL;
    uint64_t start = 0;
    uint64_t end = 0;
    uint32_t last_type = E820_NOT_LISTED;
    size_t count = 0;
    bool has_memory = false;

    while (ranges_next(walk, &range)) {
        uint32_t type = type_of(&range, target->soft_reserve);

        if (type == E820_NOT_LISTED)
            continue;
        has_memory |= type == E820_TYPE_RAM;
        if (entry == NULL || type != last_type || range.start != end) {
            entry = entry_at(target, count);
            if (entry == NULL) {
                result = E820_TRUNCATED;
                break;
            }
            count++;
            start = range.start;
            last_type = type;
            store_u64(entry, start);
            store_u32(entry + 16, type);
        }
        end = range.end;
        store_u64(entry + 8, end - start);
    }
    if (!has_memory)
        return E820_NO_MEMORY;
    ret_counts->table = (uint32_t)(count < E820_ZERO_PAGE_MAX ? count : E820_ZERO_PAGE_MAX);
    ret_counts->extension = (uint32_t)count - ret_counts->table;
    return result;
}
