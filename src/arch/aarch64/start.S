/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage: have the image relocated and go on in
 * efi_main(), which returns to the firmware. x0 and x1 are its arguments and stay what they are.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        stp     x29, x30, [sp, #-32]!
        mov     x29, sp
        stp     x0, x1, [sp, #16]
        adrp    x0, ImageBase           /* the image begins on a page boundary */
        adrp    x1, rela_start
        add     x1, x1, :lo12:rela_start
        adrp    x2, rela_end
        add     x2, x2, :lo12:rela_end
        bl      relocate
        ldp     x0, x1, [sp, #16]
        ldp     x29, x30, [sp], #32
        b       efi_main
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
