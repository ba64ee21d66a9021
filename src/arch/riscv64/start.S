/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage: relocates the image and goes on in
 * efi_main(), which returns to the firmware. a0 and a1 are its arguments and stay what they are. A
 * relocation is {offset, type, addend}, and the linker makes of one type only (RISC-V psABI,
 * R_RISCV_RELATIVE): the addend, moved by where the image is.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        lla     t0, ImageBase
        lla     t1, rela_start
        lla     t2, rela_end
        li      t6, 3                   /* R_RISCV_RELATIVE */
1:      bgeu    t1, t2, 2f
        ld      t3, 0(t1)
        lwu     t4, 8(t1)
        ld      t5, 16(t1)
        addi    t1, t1, 24
        bne     t4, t6, 1b
        add     t3, t3, t0
        add     t5, t5, t0
        sd      t5, 0(t3)
        j       1b
2:      tail    efi_main
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
