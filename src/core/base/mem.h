/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions that gcc calls on its own account even in freestanding code, as C17 7.24 has
 * them, and one made of them. On the target src/arch defines the four, in host tests the C library
 * does.
 */
#ifndef BATON_CORE_BASE_MEM_H
#define BATON_CORE_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t count);
void *memmove(void *destination, const void *source, size_t count);
void *memset(void *destination, int byte, size_t count);
int memcmp(const void *a, const void *b, size_t count);

#if !__STDC_HOSTED__
/* As many bytes as a register has are moved and compared in place, which a freestanding program has
 * to ask for. */
#define MEM_IN_PLACE(count) (__builtin_constant_p(count) && (count) <= sizeof(uint64_t))
#define memcpy(destination, source, count)                                                         \
    (MEM_IN_PLACE(count) ? __builtin_memcpy(destination, source, count)                            \
                         : memcpy(destination, source, count))
#define memcmp(a, b, count)                                                                        \
    (MEM_IN_PLACE(count) ? __builtin_memcmp(a, b, count) : memcmp(a, b, count))
#endif

/* For secrets: zeros are written even when nobody reads them, which memset does not promise. */
static inline void memory_wipe(void *secret, size_t count)
{
    memset(secret, 0, count);
    __asm__ volatile("" : : "r"(secret) : "memory");
}

#endif
