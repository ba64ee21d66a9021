/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves every register as Baton left it, then calls the kernel. Two general registers are needed for
 * that: they are put on the stack first, which is a promise, too.
 */
        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        stp     x29, x30, [sp, #-16]!
        adrp    x30, entry_registers
        add     x30, x30, :lo12:entry_registers
        stp     x0, x1, [x30]
        stp     x2, x3, [x30, #16]
        stp     x4, x5, [x30, #32]
        stp     x6, x7, [x30, #48]
        stp     x8, x9, [x30, #64]
        stp     x10, x11, [x30, #80]
        stp     x12, x13, [x30, #96]
        stp     x14, x15, [x30, #112]
        stp     x16, x17, [x30, #128]
        stp     x18, x19, [x30, #144]
        stp     x20, x21, [x30, #160]
        stp     x22, x23, [x30, #176]
        stp     x24, x25, [x30, #192]
        stp     x26, x27, [x30, #208]
        str     x28, [x30, #224]
        ldp     x1, x2, [sp], #16
        stp     x1, x2, [x30, #232]
        mov     x1, sp
        str     x1, [x30, #248]
        add     x2, x30, #256
        .irp    name, CurrentEL, DAIF, SPSel, NZCV, SCTLR_EL1, TCR_EL1, MAIR_EL1, TTBR0_EL1, TTBR1_EL1, VBAR_EL1, CPACR_EL1, MDSCR_EL1, FPCR, FPSR
        mrs     x1, \name
        str     x1, [x2], #8
        .endr
        adrp    x1, exception_vectors
        add     x1, x1, :lo12:exception_vectors
        msr     vbar_el1, x1
        isb
        bl      kernel_main
1:      wfi
        b       1b

        .text
        .globl  exception_vectors
        .hidden exception_vectors
        .balign 2048
exception_vectors:
        .rept   16
        .balign 128
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        b       exception
        .endr

        /* In .data: the check of .bss looks at all of that. */
        .data
        .balign 8
        .globl  entry_registers
        .hidden entry_registers
entry_registers:
        .fill   368, 1, 0xee

        .section .note.GNU-stack, "", @progbits
