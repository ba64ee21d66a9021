/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from four levels of page tables to five: CR4.LA57 can be changed with paging off only,
 * so it leads through 32-bit code (Intel SDM, volume 3, 4.1.1). This code, its stack and both roots
 * lie below 4 GiB and are mapped to themselves.
 *
 *   fault_five_levels(RCX: the new root, whose first entry is the old one)
 */
        .section .text.fault_levels, "ax", @progbits
        .globl  fault_five_levels
        .p2align 4
fault_five_levels:
        push    %rbx
        pushfq
        cli
        sub     $32, %rsp
        sgdt    (%rsp)
        mov     %cs, 16(%rsp)
        mov     %ss, 24(%rsp)
        mov     %ecx, %ebx

        lea     gdt(%rip), %rax
        sub     $16, %rsp
        movw    $gdt_end - gdt - 1, 6(%rsp)
        mov     %rax, 8(%rsp)
        lgdt    6(%rsp)
        add     $16, %rsp
        lea     back(%rip), %edx
        lea     narrow(%rip), %rax
        push    $CODE32
        push    %rax
        lretq

        .code32
narrow: mov     $DATA, %eax
        mov     %eax, %ss
        mov     %eax, %ds
        mov     %eax, %es
        mov     %cr0, %eax
        btr     $31, %eax               /* PG */
        mov     %eax, %cr0
        mov     %cr4, %eax
        bts     $12, %eax               /* LA57 */
        mov     %eax, %cr4
        mov     %ebx, %cr3
        mov     %cr0, %eax
        bts     $31, %eax
        mov     %eax, %cr0
        push    $CODE64
        push    %edx
        lret

        .code64
back:   lgdt    (%rsp)
        mov     24(%rsp), %eax
        mov     %eax, %ss
        mov     %eax, %ds
        mov     %eax, %es
        lea     done(%rip), %rax
        push    16(%rsp)
        push    %rax
        lretq
done:   add     $32, %rsp
        popfq
        pop     %rbx
        ret

        .set    CODE64, 0x08
        .set    CODE32, 0x10
        .set    DATA,   0x18
        .p2align 3
gdt:    .quad   0
        .quad   0x00af9b000000ffff
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
gdt_end:

        .section .note.GNU-stack, "", @progbits
