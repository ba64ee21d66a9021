/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/pages.h"

#include "core/checked.h"
#include "core/placement.h"
#include "efi/services.h"
#include "efi/tables.h"

/* Room for the descriptors that allocating the buffer for the map adds to the map. */
#define MAP_SLACK (PAGE_SIZE * 2)

static bool has_demands(const struct page_request *request)
{
    return request->alignment > PAGE_SIZE || request->minimum > PAGES_LOWEST || request->high;
}

/* Whole map into pages of its own, which the caller frees: *ret_pages is 0 when there are none. */
static EFI_STATUS read_map(struct firmware *firmware, struct memory_map *ret_map,
                           uint64_t *ret_pages)
{
    EFI_PHYSICAL_ADDRESS buffer = UINT32_MAX;
    UINTN size = 0;
    UINTN key = 0;
    UINTN descriptor_size = 0;
    UINT32 version = 0;
    uint64_t pages;
    EFI_STATUS status =
        boot_services(firmware)->GetMemoryMap(&size, NULL, &key, &descriptor_size, &version);

    *ret_pages = 0;
    if (status != EFI_BUFFER_TOO_SMALL || size > UINT32_MAX)
        return EFI_DEVICE_ERROR;
    pages = pages_for(size + MAP_SLACK);
    status =
        boot_services(firmware)->AllocatePages(AllocateMaxAddress, EfiLoaderData, pages, &buffer);
    if (status != EFI_SUCCESS)
        return status;
    ret_map->data = (uint8_t *)(uintptr_t)buffer;
    *ret_pages = pages;
    size = pages * PAGE_SIZE;
    status = boot_services(firmware)->GetMemoryMap(
        &size, (EFI_MEMORY_DESCRIPTOR *)(void *)ret_map->data, &key, &descriptor_size, &version);
    if (status != EFI_SUCCESS)
        return status;
    if (size > pages * PAGE_SIZE)
        return EFI_DEVICE_ERROR;
    ret_map->size = size;
    ret_map->key = key;
    ret_map->descriptor_size = descriptor_size;
    ret_map->descriptor_version = version;
    return EFI_SUCCESS;
}

static EFI_STATUS choose(struct firmware *firmware, const struct placement_request *wanted,
                         uint64_t *ret_address)
{
    struct memory_map map = {0};
    uint64_t pages;
    EFI_STATUS status = read_map(firmware, &map, &pages);

    if (status == EFI_SUCCESS && !placement_find(&map, wanted, ret_address))
        status = EFI_OUT_OF_RESOURCES;
    if (pages != 0)
        boot_services(firmware)->FreePages((uintptr_t)map.data, pages);
    return status;
}

static EFI_STATUS allocate_chosen(struct firmware *firmware, const struct page_request *request,
                                  uint64_t minimum, uint64_t maximum,
                                  EFI_PHYSICAL_ADDRESS *ret_address)
{
    struct placement_request wanted = {.size = request->count * PAGE_SIZE,
                                       .alignment = request->alignment,
                                       .minimum = minimum,
                                       .maximum = maximum,
                                       .high = request->high};
    EFI_PHYSICAL_ADDRESS address = minimum;
    EFI_STATUS status = EFI_SUCCESS;

    if (!request->exact)
        status = choose(firmware, &wanted, &address);
    if (status == EFI_SUCCESS)
        status = boot_services(firmware)->AllocatePages(
            AllocateAddress, (EFI_MEMORY_TYPE)request->type, request->count, &address);
    if (status == EFI_SUCCESS)
        *ret_address = address;
    return status;
}

/* What the firmware gave is looked at too: it must be where it was wanted. */
static EFI_STATUS allocate_below(struct firmware *firmware, const struct page_request *request,
                                 uint64_t maximum, EFI_PHYSICAL_ADDRESS *ret_address)
{
    EFI_PHYSICAL_ADDRESS address = maximum;
    EFI_STATUS status = boot_services(firmware)->AllocatePages(
        AllocateMaxAddress, (EFI_MEMORY_TYPE)request->type, request->count, &address);

    if (status != EFI_SUCCESS)
        return status;
    if (address < PAGES_LOWEST || address > maximum) {
        boot_services(firmware)->FreePages(address, request->count);
        return EFI_OUT_OF_RESOURCES;
    }
    *ret_address = address;
    return EFI_SUCCESS;
}

efi_status pages_allocate(struct firmware *firmware, struct leases *leases,
                          const struct page_request *request, uint64_t *ret_address)
{
    uint64_t minimum = request->minimum < PAGES_LOWEST ? PAGES_LOWEST : request->minimum;
    uint64_t maximum = request->maximum == 0 ? PAGES_BELOW_4G : request->maximum;
    EFI_PHYSICAL_ADDRESS address = 0;
    EFI_STATUS status;

    if (request->exact)
        minimum = request->minimum;
    if (request->count == 0 || request->count > UINT64_MAX / PAGE_SIZE)
        return EFI_INVALID_PARAMETER;
    if (request->exact || has_demands(request))
        status = allocate_chosen(firmware, request, minimum, maximum, &address);
    else
        status = allocate_below(firmware, request, maximum, &address);
    if (status != EFI_SUCCESS)
        return status;
    if (!lease_record(leases, LEASE_PAGES, address, request->count)) {
        boot_services(firmware)->FreePages(address, request->count);
        return EFI_OUT_OF_RESOURCES;
    }
    *ret_address = address;
    return EFI_SUCCESS;
}

/* Does the kernel, or do our last steps, need something in the region? */
static bool is_needed_later(const struct firmware *firmware, uint64_t start, uint64_t end)
{
    uint64_t stack = (uintptr_t)__builtin_frame_address(0);

    return (stack >= start && stack < end) || tables_point_into(firmware, start, end);
}

/* Nobody's by the time the kernel runs? `start` and `end` are the descriptor's. */
static bool will_be_free(const struct firmware *firmware,
                         const struct memory_descriptor *descriptor, uint64_t start, uint64_t end)
{
    if ((descriptor->attribute & (MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)) !=
        0)
        return false;
    if (descriptor->type == MEMORY_CONVENTIONAL)
        return true;
    return (descriptor->type == MEMORY_BOOT_SERVICES_CODE ||
            descriptor->type == MEMORY_BOOT_SERVICES_DATA) &&
           !is_needed_later(firmware, start, end);
}

static EFI_STATUS inherit(struct firmware *firmware, struct leases *leases,
                          const struct memory_map *map, uint64_t start, uint64_t end)
{
    size_t count = memory_map_count(map);
    uint64_t missing = end - start;

    for (size_t i = 0; i < count; i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        struct page_request part = {.type = MEMORY_LOADER_CODE, .exact = true};
        uint64_t to;
        uint64_t address;

        if (!memory_descriptor_bounds(&descriptor, &part.minimum, &to) || to <= start ||
            part.minimum >= end)
            continue;
        if (!will_be_free(firmware, &descriptor, part.minimum, to))
            return EFI_OUT_OF_RESOURCES;
        if (part.minimum < start)
            part.minimum = start;
        if (to > end)
            to = end;
        missing -= to - part.minimum;
        part.count = (to - part.minimum) / PAGE_SIZE;
        if (descriptor.type == MEMORY_CONVENTIONAL &&
            pages_allocate(firmware, leases, &part, &address) != EFI_SUCCESS)
            return EFI_OUT_OF_RESOURCES;
    }
    return missing == 0 ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

efi_status pages_inherit(struct firmware *firmware, struct leases *leases, uint64_t start,
                         uint64_t end)
{
    struct memory_map map = {0};
    uint64_t pages;
    EFI_STATUS status = read_map(firmware, &map, &pages);

    if (status == EFI_SUCCESS)
        status = inherit(firmware, leases, &map, start, end);
    if (pages != 0)
        boot_services(firmware)->FreePages((uintptr_t)map.data, pages);
    return status;
}
