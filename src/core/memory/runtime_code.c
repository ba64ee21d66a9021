/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_code.h"

#include "core/base/checked.h"
#include "core/base/page.h"
#include "core/memory/memory_map.h"

#define ENTRIES_MAX         4096U
#define DESCRIPTOR_SIZE_MAX 4096U

#define ATTRIBUTE_NO_EXECUTE (1ULL << 14) /* EFI_MEMORY_XP */
#define ATTRIBUTE_READ_ONLY  (1ULL << 17) /* EFI_MEMORY_RO */

struct table_header {
    uint32_t count;
    uint32_t descriptor_size;
};

static bool read_header(struct span table, struct table_header *ret_header)
{
    return span_u32(table, 4, &ret_header->count) &&
           span_u32(table, 8, &ret_header->descriptor_size) && ret_header->count <= ENTRIES_MAX &&
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
    uint32_t type;
    uint64_t start;
    uint64_t pages;
    uint64_t size;
    uint64_t end;
    uint64_t attribute;

    if (!span_u32(table, at, &type) || !span_u64(table, at + 8, &start) ||
        !span_u64(table, at + 24, &pages) || !span_u64(table, at + 32, &attribute))
        return false;
    if (type != MEMORY_RUNTIME_SERVICES_CODE || (attribute & ATTRIBUTE_NO_EXECUTE) != 0)
        return true;
    if ((attribute & ATTRIBUTE_READ_ONLY) == 0 || code->count == RUNTIME_CODE_MAX)
        return false;
    if (start % PAGE_SIZE != 0 || pages == 0 || !checked_multiply(pages, PAGE_SIZE, &size) ||
        !checked_add(start, size, &end))
        return false;
    code->ranges[code->count++] = (struct runtime_code_range){.start = start, .end = end};
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
