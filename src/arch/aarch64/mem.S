/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset and memcmp for the target, in general registers: 16 bytes at a time where
 * there are as many.
 */
#include "arch/function.inc"

        /* void *memmove(void *x0, const void *x1, size_t x2) */
        function memmove
        sub     x3, x0, x1
        cmp     x3, x2                  /* unsigned: inside [source, source + count)? */
        b.hs    memcpy
        /* The destination overlaps the end of the source: from the end down. */
        add     x4, x0, x2
        add     x1, x1, x2
        b       2f
1:      ldp     x5, x6, [x1, #-16]!
        stp     x5, x6, [x4, #-16]!
2:      subs    x2, x2, #16
        b.hs    1b
        add     x2, x2, #16
        b       4f
3:      ldrb    w5, [x1, #-1]!
        strb    w5, [x4, #-1]!
4:      subs    x2, x2, #1
        b.hs    3b
        ret
        .size   memmove, . - memmove

        /* void *memcpy(void *x0, const void *x1, size_t x2); ascending, see memmove */
        function memcpy
        mov     x4, x0
        b       2f
1:      ldp     x5, x6, [x1], #16
        stp     x5, x6, [x4], #16
2:      subs    x2, x2, #16
        b.hs    1b
        add     x2, x2, #16
        b       4f
3:      ldrb    w5, [x1], #1
        strb    w5, [x4], #1
4:      subs    x2, x2, #1
        b.hs    3b
        ret
        .size   memcpy, . - memcpy

        /* void *memset(void *x0, int w1, size_t x2) */
        function memset
        mov     x4, x0
        and     x1, x1, #0xff
        orr     x1, x1, x1, lsl #8
        orr     x1, x1, x1, lsl #16
        orr     x1, x1, x1, lsl #32
        b       2f
1:      stp     x1, x1, [x4], #16
2:      subs    x2, x2, #16
        b.hs    1b
        add     x2, x2, #16
        b       4f
3:      strb    w1, [x4], #1
4:      subs    x2, x2, #1
        b.hs    3b
        ret
        .size   memset, . - memset

        /* int memcmp(const void *x0, const void *x1, size_t x2) */
        function memcmp
        mov     x3, x0
1:      subs    x2, x2, #1
        b.lo    2f
        ldrb    w4, [x3], #1
        ldrb    w5, [x1], #1
        subs    w0, w4, w5
        b.eq    1b
        ret
2:      mov     w0, #0
        ret
        .size   memcmp, . - memcmp

        .section .note.GNU-stack, "", @progbits
