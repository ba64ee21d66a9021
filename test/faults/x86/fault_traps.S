/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One trap for each boot service, to stand in the table after a failed exit: a call from the image
 * of the loader, or of what it has started, ends in fault_trapped(), one from the firmware's own code (a runtime service that
 * takes a lock, a driver's handler) goes on to the service. Which it is, the return address tells;
 * the arguments are not touched. Knows the Microsoft convention: RAX is free, RCX the first argument.
 */
        .set    SERVICES, 44

        .section .text.fault_traps, "ax", @progbits
        .globl  fault_traps
        .p2align 6
fault_traps:
        .set    n, 0
        .rept   SERVICES
        .p2align 6                      /* FAULT_TRAP_SIZE in fault_machine.c */
        mov     (%rsp), %rax
        sub     fault_loader_base(%rip), %rax
        cmp     fault_loader_size(%rip), %rax
        jb      1f
        mov     (%rsp), %rax
        sub     fault_started_base(%rip), %rax
        cmp     fault_started_size(%rip), %rax
1:
        mov     $n, %eax
        jb      trapped
        lea     fault_passed(%rip), %r10
        jmp     *(%r10, %rax, 8)
        .set    n, n + 1
        .endr

        .p2align 6
trapped:
        mov     %eax, %ecx
        sub     $40, %rsp               /* the callee's home area, and alignment */
        call    fault_trapped           /* never returns */
        ud2

        .section .note.GNU-stack, "", @progbits
