/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/entry/oem_strings.h"

#include "core/text/lines.h"
#include "core/text/text.h"

#define TYPE_OEM_STRINGS 11U
#define TYPE_END         127U
#define HEADER_SIZE      4U /* type, length of what is no string, handle */

static struct span behind(struct span bytes, size_t count)
{
    return span_of(bytes.data + count, bytes.size - count);
}

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

struct span oem_strings_find(struct span table)
{
    for (unsigned int i = 0; i < OEM_STRUCTURES_MAX && table.size > HEADER_SIZE; i++) {
        uint8_t type = table.data[0];
        size_t length = table.data[1];
        size_t size;

        if (type == TYPE_END || length < HEADER_SIZE || length > table.size)
            break;
        table = behind(table, length);
        if (!measure_strings(table, &size))
            break;
        if (type == TYPE_OEM_STRINGS)
            return span_of(table.data, size);
        table = behind(table, size == 0 ? 2 : size + 1);
    }
    return span_of(NULL, 0);
}

bool oem_strings_next(struct span *strings, const char *prefix, struct span *ret_rest)
{
    size_t length = text_length(prefix);

    while (strings->size > 0) {
        struct span string = span_of(strings->data, 0);
        struct span begin;

        while (string.size < strings->size && strings->data[string.size] != 0)
            string.size++;
        *strings = behind(*strings, string.size + (string.size < strings->size));
        if (span_part(string, 0, length, &begin) && value_equals(begin, prefix)) {
            *ret_rest = behind(string, length);
            return true;
        }
    }
    return false;
}
