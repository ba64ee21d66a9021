/* SPDX-License-Identifier: BSD-2-Clause */
/* What resets the machine when the firmware does not come back: the timer's interrupt. */
#include "arch/function.inc"

        .set    SBI_RESET, 0x53525354
        .set    COLD_REBOOT, 1

/* void machine_reset_by_timer(void) */
function machine_reset_by_timer
        la      t0, vector
        csrw    stvec, t0               /* all come to one place */
        li      t0, 0x20                /* STIE */
        csrw    sie, t0
        csrsi   sstatus, 2              /* SIE */
        ret
        .p2align 2
vector:
        li      a7, SBI_RESET
        li      a6, 0
        li      a0, COLD_REBOOT
        li      a1, 0
        ecall
1:      wfi
        j       1b
        .size   machine_reset_by_timer, . - machine_reset_by_timer

        .section .note.GNU-stack, "", @progbits
