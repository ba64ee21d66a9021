/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_enter(): the last instructions before a kernel, as Linux wants them (Linux,
 * Documentation/arch/riscv/boot.rst): a0 is the hart's number, a1 the device tree, interrupts off,
 * no address translation, no old instructions in a cache. Caches are coherent here but for these.
 */
        .section .text.arch_enter, "ax", @progbits
        .globl  arch_enter
        .type   arch_enter, @function
        .globl  arch_enter_start
        .p2align 6
arch_enter:
arch_enter_start:
        csrci   sstatus, 2              /* SIE */
        csrw    sie, zero
        ld      t0, 0(a0)               /* struct entry_state: entry */
        ld      a1, 24(a0)              /* argument */
        ld      a0, 8(a0)               /* stack: the hart */
        fence.i
        csrw    satp, zero              /* this code lies where it says it does */
        sfence.vma
        jr      t0
        .size   arch_enter, . - arch_enter

        .section .note.GNU-stack, "", @progbits
