/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset and memcmp for the target: 8 bytes at a time where both places are
 * aligned, for a misaligned access may be the firmware's work; and the functions that the compiler
 * calls for what this processor has no instruction for.
 */
#include "arch/function.inc"

        /* void *memmove(void *a0, const void *a1, size_t a2) */
        function memmove
        sub     t0, a0, a1
        bltu    t0, a2, 1f              /* unsigned: inside [source, source + count)? */
        j       memcpy
        /* The destination overlaps the end of the source: from the end down. */
1:      add     t1, a0, a2
        add     t2, a1, a2
2:      beqz    a2, 3f
        addi    t1, t1, -1
        addi    t2, t2, -1
        lbu     t3, 0(t2)
        sb      t3, 0(t1)
        addi    a2, a2, -1
        j       2b
3:      ret
        .size   memmove, . - memmove

        /* void *memcpy(void *a0, const void *a1, size_t a2) */
        function memcpy
        mv      t1, a0
        or      t0, a0, a1
        andi    t0, t0, 7
        li      t2, 8
        bnez    t0, 2f
1:      bltu    a2, t2, 2f
        ld      t3, 0(a1)
        sd      t3, 0(t1)
        addi    a1, a1, 8
        addi    t1, t1, 8
        addi    a2, a2, -8
        j       1b
2:      beqz    a2, 3f
        lbu     t3, 0(a1)
        sb      t3, 0(t1)
        addi    a1, a1, 1
        addi    t1, t1, 1
        addi    a2, a2, -1
        j       2b
3:      ret
        .size   memcpy, . - memcpy

        /* void *memset(void *a0, int a1, size_t a2) */
        function memset
        mv      t1, a0
        andi    a1, a1, 0xff
        slli    t0, a1, 8
        or      a1, a1, t0
        slli    t0, a1, 16
        or      a1, a1, t0
        slli    t0, a1, 32
        or      a1, a1, t0
        andi    t0, a0, 7
        li      t2, 8
        bnez    t0, 2f
1:      bltu    a2, t2, 2f
        sd      a1, 0(t1)
        addi    t1, t1, 8
        addi    a2, a2, -8
        j       1b
2:      beqz    a2, 3f
        sb      a1, 0(t1)
        addi    t1, t1, 1
        addi    a2, a2, -1
        j       2b
3:      ret
        .size   memset, . - memset

        /* int memcmp(const void *a0, const void *a1, size_t a2) */
        function memcmp
1:      beqz    a2, 2f
        lbu     t0, 0(a0)
        lbu     t1, 0(a1)
        bne     t0, t1, 3f
        addi    a0, a0, 1
        addi    a1, a1, 1
        addi    a2, a2, -1
        j       1b
2:      li      a0, 0
        ret
3:      sub     a0, t0, t1
        ret
        .size   memcmp, . - memcmp

        /* int __clzdi2(uint64_t a0), not of 0 */
        function __clzdi2
        li      t0, 0
1:      bltz    a0, 2f
        slli    a0, a0, 1
        addi    t0, t0, 1
        j       1b
2:      mv      a0, t0
        ret
        .size   __clzdi2, . - __clzdi2

        /* int __ctzdi2(uint64_t a0), not of 0 */
        function __ctzdi2
        li      t0, 0
1:      andi    t1, a0, 1
        bnez    t1, 2f
        srli    a0, a0, 1
        addi    t0, t0, 1
        j       1b
2:      mv      a0, t0
        ret
        .size   __ctzdi2, . - __ctzdi2

        /* uint32_t __bswapsi2(uint32_t a0) */
        function __bswapsi2
        li      t0, 0
        li      t1, 4
1:      andi    t2, a0, 0xff
        slli    t0, t0, 8
        or      t0, t0, t2
        srli    a0, a0, 8
        addi    t1, t1, -1
        bnez    t1, 1b
        sext.w  a0, t0
        ret
        .size   __bswapsi2, . - __bswapsi2

        .section .note.GNU-stack, "", @progbits
