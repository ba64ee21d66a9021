/* SPDX-License-Identifier: BSD-2-Clause */
/* Saves every register as Baton left it, before one instruction changes it, then calls the kernel. */

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        mov     %rax, entry_registers + 0(%rip)
        mov     %rbx, entry_registers + 8(%rip)
        mov     %rcx, entry_registers + 16(%rip)
        mov     %rdx, entry_registers + 24(%rip)
        mov     %rsi, entry_registers + 32(%rip)
        mov     %rdi, entry_registers + 40(%rip)
        mov     %rbp, entry_registers + 48(%rip)
        mov     %rsp, entry_registers + 56(%rip)
        mov     %r8, entry_registers + 64(%rip)
        mov     %r9, entry_registers + 72(%rip)
        mov     %r10, entry_registers + 80(%rip)
        mov     %r11, entry_registers + 88(%rip)
        mov     %r12, entry_registers + 96(%rip)
        mov     %r13, entry_registers + 104(%rip)
        mov     %r14, entry_registers + 112(%rip)
        mov     %r15, entry_registers + 120(%rip)
        mov     (%rsp), %rax
        mov     %rax, entry_registers + 136(%rip)
        pushfq
        popq    entry_registers + 128(%rip)
        mov     %cr0, %rax
        mov     %rax, entry_registers + 144(%rip)
        mov     %cr3, %rax
        mov     %rax, entry_registers + 152(%rip)
        mov     %cr4, %rax
        mov     %rax, entry_registers + 160(%rip)
        mov     $0xc0000080, %ecx       /* IA32_EFER */
        rdmsr
        mov     %eax, entry_registers + 168(%rip)
        mov     %edx, entry_registers + 172(%rip)
        mov     $0xc0000100, %ecx       /* IA32_FS_BASE */
        rdmsr
        mov     %eax, entry_registers + 176(%rip)
        mov     %edx, entry_registers + 180(%rip)
        mov     $0xc0000101, %ecx       /* IA32_GS_BASE */
        rdmsr
        mov     %eax, entry_registers + 184(%rip)
        mov     %edx, entry_registers + 188(%rip)
        mov     %cs, entry_registers + 192(%rip)
        mov     %ds, entry_registers + 194(%rip)
        mov     %es, entry_registers + 196(%rip)
        mov     %fs, entry_registers + 198(%rip)
        mov     %gs, entry_registers + 200(%rip)
        mov     %ss, entry_registers + 202(%rip)
        sldt    entry_registers + 204(%rip)
        sgdt    entry_registers + 208(%rip)
        sidt    entry_registers + 224(%rip)
        stmxcsr entry_registers + 240(%rip)
        fnstcw  entry_registers + 244(%rip)
        mov     entry_registers + 40(%rip), %rdi
        sub     $8, %rsp
        call    kernel_main
1:      cli
        hlt
        jmp     1b

        /* In .data: the check of .bss looks at all of that. */
        .data
        .balign 8
        .globl  entry_registers
        .hidden entry_registers
entry_registers:
        .fill   248, 1, 0xee

        .section .note.GNU-stack, "", @progbits
