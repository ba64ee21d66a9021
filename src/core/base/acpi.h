/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's tables: from the root pointer over the root table to any of them (ACPI 6.5, 5.2.5 to
 * 5.2.7); each is believed only with its checksum right. Pure; knows what no table means.
 */
#ifndef BATON_CORE_BASE_ACPI_H
#define BATON_CORE_BASE_ACPI_H

#include "core/base/page.h"
#include "core/base/span.h"

#include <stdint.h>

/* Physical memory that tables may lie in. */
struct acpi_memory {
    const uint8_t *data; /* where it can be read */
    uint64_t start;      /* its physical address */
    uint64_t size;       /* bytes */
};

/* All of it below `end` but the first page: UEFI maps memory to its own address (UEFI 2.10, 2.3).
 */
static inline struct acpi_memory acpi_memory_below(uint64_t end)
{
    return (struct acpi_memory){(const uint8_t *)(uintptr_t)PAGE_SIZE, PAGE_SIZE, end - PAGE_SIZE};
}

/* The first table with that signature, four letters as a number; empty where there is none. `root`:
 * of the RSDP. */
struct span acpi_table(const struct acpi_memory *memory, uint64_t root, uint32_t signature);

/* A number of `size` bytes in a table; 0 where the table ends before. */
uint64_t acpi_number(struct span bytes, uint64_t offset, unsigned int size);

#endif
