/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a kernel of 32 bits, run by arch_enter() in a page of its own below 4 GiB that is mapped
 * to itself: moves the kernel to its place, over whatever the firmware had there, and leaves long
 * mode. Position-independent, needs no data but this block; it is copied with all that follows.
 * RDI: struct protected_entry, whose places protected.c checks. What the manual of Multiboot2 asks for
 * (3.3): protected mode without paging, flat segments, interrupts off, EAX and EBX.
 */

#define FROM  0
#define TO    8
#define SIZE  16
#define ENTRY 24
#define EAX   28
#define EBX   32

#define CODE 0x08
#define DATA 0x10

#define CR0_VALUE     0x11              /* ET, PE */
#define MSR_EFER      0xc0000080
#define EFER_LME_BIT  8

        .section .text.protected, "ax", @progbits
        .balign 16
        .globl  arch_protected_begin
        .hidden arch_protected_begin
        .globl  arch_protected_end
        .hidden arch_protected_end
arch_protected_begin:
        mov     %rdi, %rbp
        mov     FROM(%rbp), %rsi
        mov     TO(%rbp), %rdi
        mov     SIZE(%rbp), %rcx
        rep movsb

        mov     ENTRY(%rbp), %esi
        mov     EAX(%rbp), %edi
        mov     EBX(%rbp), %ebx
        lea     gdt(%rip), %rax
        push    %rax
        pushw   $gdt_end - gdt - 1
        lgdt    (%rsp)
        push    $CODE
        lea     1f(%rip), %rax
        push    %rax
        lretq
        .code32
1:      mov     $CR0_VALUE, %eax        /* first the paging, then what it needs */
        mov     %eax, %cr0
        mov     $MSR_EFER, %ecx
        rdmsr
        btr     $EFER_LME_BIT, %eax
        wrmsr
        xor     %eax, %eax
        mov     %eax, %cr4
        mov     $DATA, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        mov     %edi, %eax
        jmp     *%esi
        .code64

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* CODE: execute, read; 32-bit, 4 GiB */
        .quad   0x00cf93000000ffff      /* DATA: read, write */
gdt_end:
arch_protected_end:

        .section .note.GNU-stack, "", @progbits
