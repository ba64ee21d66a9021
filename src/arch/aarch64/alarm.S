/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What resets the machine when the firmware does not come back: an interrupt of the virtual timer,
 * and another processor that waits for the same time. Both call PSCI's SYSTEM_RESET.
 */
        .set    SYSTEM_RESET, 0x84000009

/* x0: bit 63 tells whether by SMC or by HVC. Does not come back. */
        .macro  reset
        lsr     x1, x0, #63
        mov     w0, #(SYSTEM_RESET & 0xffff)
        movk    w0, #(SYSTEM_RESET >> 16), lsl #16
        cbz     x1, 8f
        smc     #0
        b       9f
8:      hvc     #0
9:      wfi
        b       9b
        .endm

/* One for each kind of exception, 128 bytes apart (Arm ARM, D1.4.1). All are the end. */
        .section .text.machine_reset_after, "ax", @progbits
        .p2align 11
vectors:
        .rept   16
        .p2align 7
        mrs     x0, tpidr_el1
        reset
        .endr

/* void machine_reset_after(uint64_t ticks, bool by_smc) */
        .globl  machine_reset_after
        .type   machine_reset_after, @function
        .hidden machine_reset_after
machine_reset_after:
        lsl     x1, x1, #63
        msr     tpidr_el1, x1           /* what the vectors need to know; nobody else's here */
        isb
        mrs     x2, cntvct_el0
        add     x2, x2, x0
        msr     cntv_cval_el0, x2
        mov     x2, #1                  /* on, not masked */
        msr     cntv_ctl_el0, x2
        adr     x2, vectors
        mrs     x3, CurrentEL
        cmp     x3, #8                  /* EL2 */
        b.eq    1f
        msr     vbar_el1, x2
        b       2f
1:      msr     vbar_el2, x2
        mrs     x3, hcr_el2
        orr     x3, x3, #0x38           /* interrupts and errors come to EL2 */
        msr     hcr_el2, x3
2:      isb
        msr     daifclr, #7             /* all but those of debuggers */
        ret
        .size   machine_reset_after, . - machine_reset_after

/* Another processor's first instructions. It has no stack, and needs none. */
        .section .text.machine_other, "ax", @progbits
        .globl  machine_other_start
        .hidden machine_other_start
        .p2align 6
machine_other_start:
        msr     daifset, #0xf
        isb
        mrs     x1, cntvct_el0
        bic     x2, x0, #(1 << 63)
1:      yield
        isb
        mrs     x3, cntvct_el0
        sub     x3, x3, x1
        cmp     x3, x2
        b.lo    1b
        reset
        .skip   128 - (. - machine_other_start) /* MACHINE_OTHER_SIZE */

        .section .note.GNU-stack, "", @progbits
