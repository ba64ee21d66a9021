/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/x86_entry.h"

#include "core/base/mem.h"

#include <stddef.h>

/* What protected.S knows of the structure. */
_Static_assert(offsetof(struct protected_entry, from) == 0, "protected.S");
_Static_assert(offsetof(struct protected_entry, to) == 8, "protected.S");
_Static_assert(offsetof(struct protected_entry, size) == 16, "protected.S");
_Static_assert(offsetof(struct protected_entry, entry) == 24, "protected.S");
_Static_assert(offsetof(struct protected_entry, eax) == 28, "protected.S");
_Static_assert(offsetof(struct protected_entry, ebx) == 32, "protected.S");

extern const uint8_t arch_protected_begin[];
extern const uint8_t arch_protected_end[];

void arch_protected_build(const struct protected_entry *kernel, void *page,
                          struct entry_state *ret_state)
{
    uint64_t size = (uintptr_t)arch_protected_end - (uintptr_t)arch_protected_begin;
    uint64_t address = (uintptr_t)page;

    memcpy(page, arch_protected_begin, size);
    size = (size + 7) & ~7ULL;
    memcpy((uint8_t *)page + size, kernel, sizeof(*kernel));
    *ret_state = (struct entry_state){.entry = address,
                                      .stack = address + ARCH_PROTECTED_SIZE,
                                      .argument = address + size,
                                      .code = address,
                                      .code_size = ARCH_PROTECTED_SIZE};
}
