/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loader's texts as they are in its file, packed (src/arch/packed.c), and how long they are in
 * memory (lds/baton.lds). The Makefile says where both are.
 */
        .section .rodata.packed, "a", @progbits
        .globl  texts_packed_start, texts_packed_end, texts_size
        .hidden texts_packed_start, texts_packed_end, texts_size
texts_packed_start:
        .incbin PACKED_TEXTS
texts_packed_end:

        .section .note.texts, "", @progbits     /* not in the program */
0:      .incbin TEXTS
1:      .set    texts_size, 1b - 0b

        .section .note.GNU-stack, "", @progbits
