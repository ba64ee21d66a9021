/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One trap for each boot service, to stand in the table after a failed exit: a call from the image
 * of the loader, or of what it has started, ends in fault_trapped(), one from the firmware's own code
 * goes on to the service. Which it is, the return address tells; the arguments are not touched.
 * Between a caller and what it calls t0 to t6 are free (RISC-V calling conventions).
 */
        .set    SERVICES, 44

        .section .text.fault_traps, "ax", @progbits
        .globl  fault_traps
        .hidden fault_traps
        .p2align 6
fault_traps:
        .set    n, 0
        .rept   SERVICES
        .p2align 6                      /* FAULT_TRAP_SIZE in fault_machine.c */
        li      t0, n
        j       judge
        .set    n, n + 1
        .endr

        .macro  number register, name
        lla     \register, \name
        ld      \register, 0(\register)
        .endm

        .p2align 6
judge:  number  t1, fault_loader_base
        number  t2, fault_loader_size
        sub     t1, ra, t1
        bltu    t1, t2, trapped
        number  t1, fault_started_base
        number  t2, fault_started_size
        sub     t1, ra, t1
        bltu    t1, t2, trapped
        lla     t1, fault_passed
        slli    t0, t0, 3
        add     t1, t1, t0
        ld      t1, 0(t1)
        jr      t1
trapped:
        mv      a0, t0
        call    fault_trapped           /* never returns */

        .section .note.GNU-stack, "", @progbits
