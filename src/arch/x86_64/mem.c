/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset and memcmp for the target, in general registers only.
 *
 * The bulk goes through `rep movsq` and `rep stosq`: the processor's fast-string microcode moves
 * whole cache lines (Intel 64 optimization manual, 3.7.5), and an emulator that runs one element
 * per step does an eighth of the steps that bytes would take. The direction flag is clear at every
 * call (System V ABI 3.2.1; UEFI 2.10, 2.3.4).
 *
 * In C, so that the compiler knows which registers a call leaves alone: 300 bytes of the image less
 * than with functions that it does not see into. No loop here may become a call of what it is in
 * (-fno-tree-loop-distribute-patterns). The names are in brackets because mem.h has macros for
 * some.
 */
#include "core/base/mem.h"

#include <stdbool.h>
#include <stdint.h>

#define WORD sizeof(uint64_t)

/* Eight bytes at any place. */
struct word {
    uint64_t value;
} __attribute__((packed, may_alias));

/* `used`: the compiler calls these on its own account, too. */
__attribute__((used, noinline)) void *(memcpy)(void *restrict destination,
                                               const void *restrict source, size_t count)
{
    void *to = destination;
    size_t times = count / WORD;

    /* Ascending, which is right for a destination below the source, too: an element is read before
     * anything above it is written. */
    __asm__ volatile("rep movsq\n\t"
                     "mov %3, %2\n\t"
                     "rep movsb"
                     : "+D"(to), "+S"(source), "+c"(times)
                     : "r"(count % WORD)
                     : "memory");
    return destination;
}

__attribute__((used, noinline)) void *(memmove)(void *destination, const void *source, size_t count)
{
    uint8_t *to = (uint8_t *)destination;
    const uint8_t *from = (const uint8_t *)source;

    /* Unsigned: is it inside [source, source + count)? */
    if ((uintptr_t)to - (uintptr_t)from >= count)
        return (memcpy)(destination, source, count);
    /* The destination overlaps the end of the source: from the end down. Not `std; rep movsq`,
     * which has no fast path. */
    for (; count >= WORD; count -= WORD)
        *(struct word *)(void *)(to + count - WORD) =
            *(const struct word *)(const void *)(from + count - WORD);
    for (; count > 0; count--)
        to[count - 1] = from[count - 1];
    return destination;
}

__attribute__((used, noinline)) void *(memset)(void *destination, int byte, size_t count)
{
    void *to = destination;
    size_t times = count / WORD;

    __asm__ volatile("rep stosq\n\t"
                     "mov %2, %1\n\t"
                     "rep stosb"
                     : "+D"(to), "+c"(times)
                     : "r"(count % WORD), "a"((uint8_t)byte * 0x0101010101010101ULL)
                     : "memory");
    return destination;
}

__attribute__((used, noinline)) int(memcmp)(const void *a, const void *b, size_t count)
{
    const uint8_t *left = (const uint8_t *)a;
    const uint8_t *right = (const uint8_t *)b;

    while (count >= WORD && ((const struct word *)(const void *)left)->value ==
                                ((const struct word *)(const void *)right)->value) {
        left += WORD;
        right += WORD;
        count -= WORD;
    }
    for (; count > 0; count--) {
        int difference = *left++ - *right++;

        if (difference != 0)
            return difference;
    }
    return 0;
}
