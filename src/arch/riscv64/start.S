/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage: have the image relocated and go on in
 * efi_main(), which returns to the firmware. a0 and a1 are its arguments and stay what they are.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        addi    sp, sp, -32
        sd      ra, 0(sp)
        sd      a0, 8(sp)
        sd      a1, 16(sp)
        lla     a0, ImageBase
        lla     a1, rela_start
        lla     a2, rela_end
        call    relocate
        ld      ra, 0(sp)
        ld      a0, 8(sp)
        ld      a1, 16(sp)
        addi    sp, sp, 32
        tail    efi_main
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
