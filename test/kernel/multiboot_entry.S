/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a Multiboot2 kernel that leaves boot services to its loader, and its first
 * instructions: they keep the registers as they are found. 32 bits.
 */
        .code32
#define MAGIC 0xe85250d6

        /* Not at the beginning: it has to be looked for, beyond the first 4 KiB of the file. */
        .section .multiboot, "a", @progbits
        .balign 8
        .long   MAGIC, 0, 0, 0          /* no header: its checksum is wrong */
header: .long   MAGIC, 0, header_end - header, -(MAGIC + header_end - header)
        .balign 8
        .word   1, 0                    /* wishes */
        .long   8 + 4 * 11
        .long   1, 2, 3, 4, 5, 6, 8, 9, 12, 15, 17
        .balign 8
#ifdef FLAT
        .word   2, 0                    /* addresses */
        .long   24, header, image_start, data_end, image_end
        .balign 8
        .word   3, 0                    /* entry */
        .long   12, _start
        .balign 8
#endif
        .word   5, 1                    /* a framebuffer would be fine */
        .long   20, 0, 0, 0
        .balign 8
        .word   6, 0                    /* modules on page boundaries */
        .long   8
        .word   7, 1                    /* boot services may live, but there is no entry for that */
        .long   8
        .word   77, 1                   /* unknown, and optional */
        .long   8 + 3
        .byte   1, 2, 3
        .balign 8
        .word   0, 0
        .long   8
header_end:

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        mov     %eax, entry_registers + 0
        mov     %ebx, entry_registers + 4
        mov     $stack_end, %esp
        pushfl
        popl    entry_registers + 8
        mov     %cr0, %eax
        mov     %eax, entry_registers + 12
        mov     %cr4, %eax
        mov     %eax, entry_registers + 16
        mov     $0xc0000080, %ecx       /* IA32_EFER */
        rdmsr
        mov     %eax, entry_registers + 20
        mov     %cs, entry_registers + 24
        mov     %ds, entry_registers + 26
        mov     %es, entry_registers + 28
        mov     %fs, entry_registers + 30
        mov     %gs, entry_registers + 32
        mov     %ss, entry_registers + 34
        cld
        call    kernel_main
1:      cli
        hlt
        jmp     1b

        /* A large piece of which no byte may be lost on its way, and its end in another piece. */
        .section .rodata.pattern, "a", @progbits
        .balign 4
        .globl  pattern, pattern_end
pattern:
        .rept   PATTERN_SIZE
        .long   (. - pattern) * 7 + 3
        .endr
pattern_end:

        .data
        .balign 4
        .globl  entry_registers
entry_registers:
        .fill   36, 1, 0xee

        .bss
        .balign 16
        .skip   16384
stack_end:

        .section .note.GNU-stack, "", @progbits
