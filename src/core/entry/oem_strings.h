/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strings that whoever made a virtual machine has put into its SMBIOS tables (type 11, "OEM
 * Strings", of the System Management BIOS Reference Specification 3.6, 7.12). systemd-boot takes
 * some of them as settings. Knows the tables' format; must not know where they are.
 */
#ifndef BATON_CORE_ENTRY_OEM_STRINGS_H
#define BATON_CORE_ENTRY_OEM_STRINGS_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The strings of the first structure of type 11, each with a NUL behind it; empty for none. */
struct span oem_strings_find(struct span table);

/*
 * Takes the next string that begins with `prefix` off `strings`; ret_rest is what follows the
 * prefix. False when there is none left.
 */
bool oem_strings_next(struct span *strings, const char *prefix, struct span *ret_rest);

#endif
