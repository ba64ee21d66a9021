/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where EFI runtime services have code that is not also data, out of the EFI memory attributes
 * table (UEFI 2.10, 4.6.4). Without it a runtime region may hold both, and could only be mapped
 * writable and executable. Pure; trusts no number in the table.
 */
#ifndef BATON_CORE_MEMORY_RUNTIME_CODE_H
#define BATON_CORE_MEMORY_RUNTIME_CODE_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define RUNTIME_CODE_HEADER_SIZE 16U /* bytes that runtime_code_table_size() wants to see */
#define RUNTIME_CODE_MAX         64U /* OVMF has about 10 */

struct runtime_code {
    uint32_t count;
    struct runtime_code_range {
        uint64_t start; /* bytes, page-aligned */
        uint64_t end;   /* exclusive */
    } ranges[RUNTIME_CODE_MAX];
};

/* Size of the whole table; 0 when its header cannot be true. */
uint64_t runtime_code_table_size(struct span header);

/*
 * Read-only executable runtime code. False when the table does not keep code and data apart for
 * all of it, or has too many ranges.
 */
bool runtime_code_find(struct span table, struct runtime_code *ret_code);

#endif
