/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/acpi.h"

#include <stddef.h>

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

#define XSDT_SIGNATURE 0x54445358U
#define RSDT_SIGNATURE 0x54445352U

/* A table, or any part of memory; no bytes where there are none. */
static struct span view(const struct acpi_memory *memory, uint64_t address, uint64_t size)
{
    struct span part = {0};

    if (address >= memory->start)
        (void)span_part(span_of(memory->data, memory->size), address - memory->start, size, &part);
    return part;
}

/* A number of `size` bytes; 0 where there are none. */
uint64_t acpi_number(struct span bytes, uint64_t offset, unsigned int size)
{
    uint64_t value = 0;

    (void)span_copy(bytes, offset, &value, size);
    return value;
}

/* No bytes count as wrong. */
static bool sums_to_zero(struct span bytes)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < bytes.size; i++)
        sum = (uint8_t)(sum + bytes.data[i]);
    return sum == 0 && bytes.size != 0;
}

static bool is_signed(const struct acpi_memory *memory, uint64_t address, uint32_t signature)
{
    return acpi_number(view(memory, address, HEADER_SIZE), 0, sizeof(signature)) == signature;
}

/* The whole of a table that is sound; no bytes where it is not. */
static struct span table_at(const struct acpi_memory *memory, uint64_t address, uint32_t signature)
{
    uint64_t length =
        acpi_number(view(memory, address, HEADER_SIZE), HEADER_LENGTH, sizeof(uint32_t));
    struct span table = {0};

    if (is_signed(memory, address, signature) && length >= HEADER_SIZE && length <= TABLE_SIZE_MAX)
        table = view(memory, address, length);
    if (!sums_to_zero(table))
        table.size = 0;
    return table;
}

/* The root table, and how long the addresses in it are. */
static struct span root_table(const struct acpi_memory *memory, uint64_t root,
                              unsigned int *ret_step)
{
    struct span pointer = view(memory, root, RSDP_SIZE_FIRST);
    struct span extended = view(memory, root, RSDP_SIZE);
    struct span table = {0};

    if (acpi_number(pointer, 0, sizeof(uint64_t)) != RSDP_SIGNATURE || !sums_to_zero(pointer))
        return table;
    *ret_step = sizeof(uint64_t);
    if (acpi_number(pointer, RSDP_REVISION, 1) >= 2 && sums_to_zero(extended))
        table =
            table_at(memory, acpi_number(extended, RSDP_XSDT, sizeof(uint64_t)), XSDT_SIGNATURE);
    if (table.size != 0)
        return table;
    *ret_step = sizeof(uint32_t);
    return table_at(memory, acpi_number(pointer, RSDP_RSDT, sizeof(uint32_t)), RSDT_SIGNATURE);
}

struct span acpi_table(const struct acpi_memory *memory, uint64_t root, uint32_t signature)
{
    unsigned int step = 1;
    struct span table = root_table(memory, root, &step);

    for (size_t at = HEADER_SIZE; span_covers(table, at, step); at += step) {
        uint64_t address = acpi_number(table, at, step);

        if (is_signed(memory, address, signature))
            return table_at(memory, address, signature);
    }
    return span_of(NULL, 0);
}
