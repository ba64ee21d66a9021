/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/entry/oem_strings.h"

#include "core/base/smbios.h"
#include "core/text/lines.h"
#include "core/text/text.h"

#define TYPE_OEM_STRINGS 11U

struct span oem_strings_find(struct span table)
{
    struct smbios_structure found = {0};

    (void)smbios_find(table, TYPE_OEM_STRINGS, &found);
    return found.strings;
}

bool oem_strings_next(struct span *strings, const char *prefix, struct span *ret_rest)
{
    size_t length = text_length(prefix);

    while (strings->size > 0) {
        struct span string = span_of(strings->data, 0);
        struct span begin;

        while (string.size < strings->size && strings->data[string.size] != 0)
            string.size++;
        *strings = span_behind(*strings, string.size + (string.size < strings->size));
        if (span_part(string, 0, length, &begin) && value_equals(begin, prefix)) {
            *ret_rest = span_behind(string, length);
            return true;
        }
    }
    return false;
}
