/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage, and the last before returning to it:
 * relocates the image and calls efi_main(). A relocation is {offset, type, addend}, and the linker
 * makes of one type only (System V ABI for AMD64, 4.4.1): the addend, moved by where the image is.
 *
 * The firmware calls by the Microsoft convention, which makes the callee keep RDI and RSI (UEFI
 * 2.10, 2.3.4.2); efi_main() has its arguments there. XMM6 to XMM15 are kept too: nothing here is
 * compiled to touch them.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        push    %rdi
        push    %rsi
        push    %rax                    /* for the alignment of a called function */
        mov     %rcx, %rdi
        mov     %rdx, %rsi
        lea     ImageBase(%rip), %rax
        lea     rela_start(%rip), %rcx
        lea     rela_end(%rip), %rdx
1:      cmp     %rdx, %rcx
        jae     2f
        mov     (%rcx), %r8
        mov     16(%rcx), %r9
        add     %rax, %r9
        cmpl    $TARGET_ELF_RELATIVE, 8(%rcx)
        lea     24(%rcx), %rcx
        jne     1b
        mov     %r9, (%rax, %r8)
        jmp     1b
2:      call    efi_main
        pop     %rcx
        pop     %rsi
        pop     %rdi
        ret
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
