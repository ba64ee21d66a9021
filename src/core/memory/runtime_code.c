/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_code.h"

#include "core/base/checked.h"
#include "core/base/page.h"
#include "core/memory/memory_map.h"

#define ENTRIES_MAX         4096U
#define DESCRIPTOR_SIZE_MAX 4096U

#define ATTRIBUTE_NO_EXECUTE (1ULL << 14) /* EFI_MEMORY_XP */
#define ATTRIBUTE_READ_ONLY  (1ULL << 17) /* EFI_MEMORY_RO */

/* EFI_MEMORY_ATTRIBUTES_TABLE (UEFI 2.10, 4.6.4), but for the last word before the descriptors. */
struct table_header {
    uint32_t version;
    uint32_t count;
    uint32_t descriptor_size;
};

static bool read_header(struct span table, struct table_header *ret_header)
{
    return span_copy(table, 0, ret_header, sizeof(*ret_header)) &&
           ret_header->count <= ENTRIES_MAX &&
           ret_header->descriptor_size >= sizeof(struct memory_descriptor) &&
           ret_header->descriptor_size <= DESCRIPTOR_SIZE_MAX;
}

uint64_t runtime_code_table_size(struct span header)
{
    struct table_header read;

    if (!read_header(header, &read))
        return 0;
    return RUNTIME_CODE_HEADER_SIZE + (uint64_t)read.count * read.descriptor_size;
}

/* Adds what the descriptor at `at` says; false when it cannot be mapped or does not fit. */
static bool add(struct span table, uint64_t at, struct runtime_code *code)
{
    struct memory_descriptor descriptor;
    uint64_t size;
    uint64_t end;

    if (!span_copy(table, at, &descriptor, sizeof(descriptor)))
        return false;
    if (descriptor.type != MEMORY_RUNTIME_SERVICES_CODE ||
        (descriptor.attribute & ATTRIBUTE_NO_EXECUTE) != 0)
        return true;
    if ((descriptor.attribute & ATTRIBUTE_READ_ONLY) == 0 || code->count == RUNTIME_CODE_MAX)
        return false;
    if (descriptor.physical_start % PAGE_SIZE != 0 || descriptor.page_count == 0 ||
        !checked_multiply(descriptor.page_count, PAGE_SIZE, &size) ||
        !checked_add(descriptor.physical_start, size, &end))
        return false;
    code->ranges[code->count++] =
        (struct runtime_code_range){.start = descriptor.physical_start, .end = end};
    return true;
}

bool runtime_code_find(struct span table, struct runtime_code *ret_code)
{
    struct runtime_code code = {0};
    struct table_header header;

    if (!read_header(table, &header))
        return false;
    for (uint32_t i = 0; i < header.count; i++) {
        uint64_t at = RUNTIME_CODE_HEADER_SIZE + (uint64_t)i * header.descriptor_size;

        if (!add(table, at, &code))
            return false;
    }
    if (code.count == 0)
        return false;
    *ret_code = code;
    return true;
}
