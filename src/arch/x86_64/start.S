/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions after the firmware's StartImage, and the last before returning to it.
 *
 * gnu-efi's crt0 (_start: relocates the image, then calls efi_main) treats RDI and RSI as scratch,
 * as the System V convention does. The firmware called us by the Microsoft convention, which makes
 * the callee keep them (UEFI 2.10, 2.3.4.2). Without this, a Baton that returns to its caller hands
 * it two destroyed registers. XMM6 to XMM15 are kept too: nothing here is compiled to touch them.
 */
        .section .text.baton_start, "ax", @progbits
        .globl  baton_start
        .type   baton_start, @function
baton_start:
        push    %rdi
        push    %rsi
        sub     $8, %rsp                /* crt0 expects the alignment of a called function */
        call    _start
        add     $8, %rsp
        pop     %rsi
        pop     %rdi
        ret
        .size   baton_start, . - baton_start

        .section .note.GNU-stack, "", @progbits
