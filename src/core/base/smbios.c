/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/smbios.h"

#define TYPE_END    127U
#define HEADER_SIZE 4U /* type, length of what is no string, handle */

/* Bytes of the strings at the beginning of `bytes`, each with its NUL, without the last NUL. */
static bool measure_strings(struct span bytes, size_t *ret_size)
{
    for (size_t size = 0; size + 1 < bytes.size; size++) {
        if (bytes.data[size] == 0 && bytes.data[size + 1] == 0) {
            *ret_size = size == 0 ? 0 : size + 1;
            return true;
        }
    }
    return false;
}

bool smbios_find(struct span table, uint8_t type, struct smbios_structure *ret_structure)
{
    for (unsigned int i = 0; i < SMBIOS_STRUCTURES_MAX && table.size > HEADER_SIZE; i++) {
        struct span fields = table;
        size_t size;

        fields.size = table.data[1];
        if (table.data[0] == TYPE_END || fields.size < HEADER_SIZE || fields.size > table.size)
            break;
        table = span_behind(table, fields.size);
        if (!measure_strings(table, &size))
            break;
        if (fields.data[0] == type) {
            *ret_structure =
                (struct smbios_structure){.fields = fields, .strings = span_of(table.data, size)};
            return true;
        }
        table = span_behind(table, size == 0 ? 2 : size + 1);
    }
    return false;
}
