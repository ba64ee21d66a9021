/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of SMBIOS tables (System Management BIOS Reference Specification 3.6, 6.1). Pure;
 * trusts nothing. */
#ifndef BATON_CORE_BASE_SMBIOS_H
#define BATON_CORE_BASE_SMBIOS_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Structures that are looked at; a real machine has some hundred. */
#define SMBIOS_STRUCTURES_MAX 4096U

struct smbios_structure {
    struct span fields;  /* type, length, handle and what follows, without the strings */
    struct span strings; /* each with a NUL behind it; empty for none */
};

/* The first structure of that type. False, and ret_structure untouched, when there is none. */
bool smbios_find(struct span table, uint8_t type, struct smbios_structure *ret_structure);

#endif
