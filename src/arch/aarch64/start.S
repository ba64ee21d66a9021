/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage: relocates the image and goes on in
 * efi_main(), which returns to the firmware. x0 and x1 are its arguments and stay what they are. A
 * relocation is {offset, type, addend}, and the linker makes of one type only (AAELF64, 5.7.16):
 * the addend, moved by where the image is.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        adrp    x2, ImageBase           /* the image begins on a page boundary */
        adrp    x3, rela_start
        add     x3, x3, :lo12:rela_start
        adrp    x4, rela_end
        add     x4, x4, :lo12:rela_end
1:      cmp     x3, x4
        b.hs    efi_main
        ldp     x5, x6, [x3], #16
        ldr     x7, [x3], #8
        cmp     w6, #1027               /* R_AARCH64_RELATIVE */
        b.ne    1b
        add     x7, x7, x2
        str     x7, [x5, x2]
        b       1b
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
