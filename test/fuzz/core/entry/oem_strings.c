/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS tables of a virtual machine. */
#include "core/entry/oem_strings.h"

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *table = exact(data, size);
    struct span strings = oem_strings_find(span_of(table, size));
    struct span rest;

    REQUIRE(strings.size <= size);
    while (oem_strings_next(&strings, "a", &rest)) {
        REQUIRE(rest.data > table && rest.data + rest.size <= table + size);
        REQUIRE(rest.data[-1] == 'a' && memchr(rest.data, 0, rest.size) == NULL);
    }
    REQUIRE(strings.size == 0);
    free(table);
    return 0;
}
