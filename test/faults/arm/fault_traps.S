/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One trap for each boot service, to stand in the table after a failed exit: a call from the image
 * of the loader, or of what it has started, ends in fault_trapped(), one from the firmware's own code
 * goes on to the service. Which it is, the return address tells; the arguments are not touched.
 * Between a caller and what it calls x9 to x17 are free (AAPCS64, 6.1.1).
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
        mov     w9, #n
        b       judge
        .set    n, n + 1
        .endr

        .macro  number register, name
        adrp    \register, \name
        ldr     \register, [\register, :lo12:\name]
        .endm

        .p2align 6
judge:  number  x10, fault_loader_base
        number  x11, fault_loader_size
        sub     x10, x30, x10
        cmp     x10, x11
        b.lo    trapped
        number  x10, fault_started_base
        number  x11, fault_started_size
        sub     x10, x30, x10
        cmp     x10, x11
        b.lo    trapped
        adrp    x10, fault_passed
        add     x10, x10, :lo12:fault_passed
        ldr     x10, [x10, x9, lsl #3]
        br      x10
trapped:
        mov     x0, x9
        bl      fault_trapped           /* never returns */

        .section .note.GNU-stack, "", @progbits
