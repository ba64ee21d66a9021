/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch_enter_alive() of arch/x86_entry.h: the firmware's machine as it is, as for a program that it starts
 * itself; EAX and EBX with their upper halves zero (Multiboot2, 3.5).
 */
        .section .text.arch_enter_alive, "ax", @progbits
        .globl  arch_enter_alive
        .hidden arch_enter_alive
        .type   arch_enter_alive, @function
arch_enter_alive:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, %rbp
        and     $-16, %rsp
        cld
        mov     %esi, %eax
        mov     %edx, %ebx
        push    %rbp                    /* what comes back has kept the stack, and maybe nothing else */
        push    %rbp
        call    *%rdi
        pop     %rbp
        mov     %rbp, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   arch_enter_alive, . - arch_enter_alive

        .section .note.GNU-stack, "", @progbits
