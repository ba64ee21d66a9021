/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/acpi_timer.h"

#include "core/base/span.h"

/* The root pointer (ACPI 6.5, 5.2.5.3). */
#define RSDP_SIGNATURE  0x2052545020445352ULL /* "RSD PTR " */
#define RSDP_SIZE_FIRST 20U                   /* of ACPI 1.0, with a checksum of its own */
#define RSDP_SIZE       36U
#define RSDP_REVISION   15U
#define RSDP_RSDT       16U
#define RSDP_XSDT       24U

/* What each table begins with (5.2.6). */
#define HEADER_SIZE    36U
#define HEADER_LENGTH  4U
#define TABLE_SIZE_MAX 0x10000U /* those that are read here have some hundred bytes */

#define FADT_SIGNATURE 0x50434146U /* "FACP" */
#define XSDT_SIGNATURE 0x54445358U
#define RSDT_SIGNATURE 0x54445352U

/* The fixed table (5.2.9). */
#define FADT_TIMER         76U
#define FADT_TIMER_LENGTH  91U
#define FADT_FLAGS         112U
#define FLAG_TIMER_32      (1U << 8)
#define FLAG_REDUCED       (1U << 20) /* the fixed hardware is not there */
#define FADT_X_TIMER_SPACE 208U       /* a generic address (5.2.3.2) */
#define FADT_X_TIMER       212U
#define SPACE_IO           1U
#define TIMER_LENGTH       4U

static bool view(const struct acpi_memory *memory, uint64_t address, uint64_t size,
                 struct span *ret_view)
{
    const struct span all = span_of(memory->data, memory->size);

    return address >= memory->start && span_part(all, address - memory->start, size, ret_view);
}

static bool sums_to_zero(struct span bytes)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < bytes.size; i++)
        sum = (uint8_t)(sum + bytes.data[i]);
    return sum == 0;
}

static bool is_signed(const struct acpi_memory *memory, uint64_t address, uint32_t signature,
                      struct span *ret_header)
{
    uint32_t found;

    return view(memory, address, HEADER_SIZE, ret_header) && span_u32(*ret_header, 0, &found) &&
           found == signature;
}

static bool table_at(const struct acpi_memory *memory, uint64_t address, uint32_t signature,
                     struct span *ret_table)
{
    struct span header;
    uint32_t length;

    return is_signed(memory, address, signature, &header) &&
           span_u32(header, HEADER_LENGTH, &length) && length >= HEADER_SIZE &&
           length <= TABLE_SIZE_MAX && view(memory, address, length, ret_table) &&
           sums_to_zero(*ret_table);
}

/* The root table, and how long the addresses in it are. */
static bool root_table(const struct acpi_memory *memory, uint64_t root, struct span *ret_table,
                       unsigned int *ret_step)
{
    struct span pointer;
    uint64_t signature;
    uint8_t revision;
    uint64_t xsdt;
    uint32_t rsdt;

    if (!view(memory, root, RSDP_SIZE_FIRST, &pointer) || !sums_to_zero(pointer) ||
        !span_u64(pointer, 0, &signature) || signature != RSDP_SIGNATURE ||
        !span_u8(pointer, RSDP_REVISION, &revision) || !span_u32(pointer, RSDP_RSDT, &rsdt))
        return false;
    *ret_step = sizeof(xsdt);
    if (revision >= 2 && view(memory, root, RSDP_SIZE, &pointer) && sums_to_zero(pointer) &&
        span_u64(pointer, RSDP_XSDT, &xsdt) && table_at(memory, xsdt, XSDT_SIGNATURE, ret_table))
        return true;
    *ret_step = sizeof(rsdt);
    return table_at(memory, rsdt, RSDT_SIGNATURE, ret_table);
}

static bool fixed_table(const struct acpi_memory *memory, uint64_t root, struct span *ret_fadt)
{
    struct span table;
    struct span header;
    unsigned int step;

    if (!root_table(memory, root, &table, &step))
        return false;
    for (size_t at = HEADER_SIZE; span_covers(table, at, step); at += step) {
        uint64_t address = 0;
        uint32_t low;

        if (!(step == sizeof(address) ? span_u64(table, at, &address) : span_u32(table, at, &low)))
            return false;
        if (step == sizeof(low))
            address = low;
        if (is_signed(memory, address, FADT_SIGNATURE, &header))
            return table_at(memory, address, FADT_SIGNATURE, ret_fadt);
    }
    return false;
}

bool acpi_timer_find(const struct acpi_memory *memory, uint64_t root, struct acpi_timer *ret_timer)
{
    struct span fadt;
    uint8_t length;
    uint8_t space;
    uint32_t flags;
    uint32_t port;
    uint64_t extended;

    if (!fixed_table(memory, root, &fadt) || !span_u32(fadt, FADT_TIMER, &port) ||
        !span_u8(fadt, FADT_TIMER_LENGTH, &length) || !span_u32(fadt, FADT_FLAGS, &flags) ||
        length != TIMER_LENGTH || (flags & FLAG_REDUCED) != 0)
        return false;
    /* The 64-bit address counts where it can be used (5.2.9, X_PM_TMR_BLK). */
    if (span_u8(fadt, FADT_X_TIMER_SPACE, &space) && span_u64(fadt, FADT_X_TIMER, &extended) &&
        space == SPACE_IO && extended != 0)
        port = extended > UINT16_MAX ? 0 : (uint32_t)extended;
    if (port == 0 || port > UINT16_MAX + 1U - TIMER_LENGTH)
        return false;
    ret_timer->port = (uint16_t)port;
    ret_timer->mask = (flags & FLAG_TIMER_32) != 0 ? UINT32_MAX : 0xffffffU;
    return true;
}
