/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_enter(): the last instructions before a kernel, as Linux wants them
 * (Documentation/arch/arm64/booting.rst): x0 is the argument, x1 to x3 are 0, interrupts off, MMU and
 * data cache off, at the exception level of the firmware, the kernel's bytes in memory and not in a
 * cache, no old instructions in one.
 *
 * Cleaned is by address, to the point of coherency: the kernel reads with its caches off at first.
 * What runs here after the MMU is off is read past the data cache too, so it is cleaned as well.
 * Between there and the kernel there is no stack and no memory.
 */
        .section .text.arch_enter, "ax", @progbits
        .globl  arch_enter
        .type   arch_enter, @function
        .globl  arch_enter_start
        .p2align 8                      /* all in one page, and in few lines of a cache */
arch_enter:
arch_enter_start:
        msr     daifset, #0xf
        ldr     x19, [x0, #0]           /* struct entry_state: entry */
        ldr     x20, [x0, #24]          /* argument */
        ldr     x1, [x0, #32]           /* code */
        ldr     x2, [x0, #40]           /* code_size */
        add     x2, x1, x2
        mrs     x3, ctr_el0             /* DminLine: log2 of the words in the smallest line */
        ubfx    x3, x3, #16, #4
        mov     x4, #4
        lsl     x3, x4, x3
        sub     x4, x3, #1
        bic     x1, x1, x4
1:      cmp     x1, x2
        b.hs    2f
        dc      civac, x1
        add     x1, x1, x3
        b       1b
2:      adr     x1, arch_enter
        adr     x2, arch_enter_end
        bic     x1, x1, x4
3:      dc      cvac, x1
        add     x1, x1, x3
        cmp     x1, x2
        b.lo    3b
        dsb     sy
        ic      ialluis
        dsb     sy
        isb
        mov     x0, x20
        mov     x1, xzr
        mov     x2, xzr
        mov     x3, xzr
        mov     x5, #0x1005             /* SCTLR: I, C and M */
        mrs     x4, CurrentEL
        cmp     x4, #8                  /* EL2 */
        b.eq    4f
        mrs     x4, sctlr_el1
        bic     x4, x4, x5
        isb                             /* Falkor's erratum 1041 wants it in front */
        msr     sctlr_el1, x4
        b       5f
4:      mrs     x4, sctlr_el2
        bic     x4, x4, x5
        isb
        msr     sctlr_el2, x4
5:      isb
        ic      iallu
        dsb     nsh
        isb
        br      x19
arch_enter_end:
        .size   arch_enter, . - arch_enter

        .section .note.GNU-stack, "", @progbits
