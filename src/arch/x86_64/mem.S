/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset and memcmp for the target, in general registers only.
 *
 * The bulk goes through `rep movsq` and `rep stosq`: the processor's fast-string microcode moves whole
 * cache lines (Intel 64 optimization manual, 3.7.5), and an emulator that runs one element per step
 * does an eighth of the steps that bytes would take. The direction flag is clear at every call
 * (System V ABI 3.2.1; UEFI 2.10, 2.3.4). The unit test builds this file with MEM_PREFIX set, because
 * on the host the plain names are the C library's.
 */
#ifndef MEM_PREFIX
#define MEM_PREFIX
#endif
#define PASTE(a, b)   a##b
#define EXPAND(a, b)  PASTE(a, b)
#define NAME(name)    EXPAND(MEM_PREFIX, name)

#include "arch/function.inc"

        /* void *memmove(void *rdi, const void *rsi, size_t rdx) */
        function NAME(memmove)
        mov     %rdi, %rax
        sub     %rsi, %rax
        cmp     %rdx, %rax              /* unsigned: inside [source, source + count)? */
        jae     forward
        /* The destination overlaps the end of the source: from the end down. Not `std; rep movsq`,
         * which has no fast path. */
        mov     %rdi, %rax
        mov     %rdx, %rcx
        jmp     2f
1:      sub     $8, %rcx
        mov     (%rsi,%rcx), %rdx
        mov     %rdx, (%rdi,%rcx)
2:      cmp     $8, %rcx
        jae     1b
        jmp     4f
3:      dec     %rcx
        movzbl  (%rsi,%rcx), %edx
        movb    %dl, (%rdi,%rcx)
4:      test    %rcx, %rcx
        jnz     3b
        ret
        /* void *memcpy(void *rdi, const void *rsi, size_t rdx). Ascending copies are right for a
         * destination below the source, too: an element is read before anything above it is written. */
        .globl  NAME(memcpy)
        .type   NAME(memcpy), @function
        .hidden NAME(memcpy)
NAME(memcpy):
forward:
        mov     %rdi, %rax
        mov     %rdx, %rcx
        shr     $3, %rcx
        rep movsq
        mov     %edx, %ecx
        and     $7, %ecx
        rep movsb
        ret
        .size   NAME(memcpy), . - NAME(memcpy)
        .size   NAME(memmove), . - NAME(memmove)

        /* void *memset(void *rdi, int esi, size_t rdx) */
        function NAME(memset)
        mov     %rdi, %r8
        movzbl  %sil, %esi
        movabs  $0x0101010101010101, %rax
        imul    %rsi, %rax
        mov     %rdx, %rcx
        shr     $3, %rcx
        rep stosq
        mov     %edx, %ecx
        and     $7, %ecx
        rep stosb
        mov     %r8, %rax
        ret
        .size   NAME(memset), . - NAME(memset)

        /* int memcmp(const void *rdi, const void *rsi, size_t rdx) */
        function NAME(memcmp)
        xor     %ecx, %ecx
        jmp     2f
1:      mov     (%rdi,%rcx), %rax
        cmp     (%rsi,%rcx), %rax
        jne     4f                      /* the bytes below say which way */
        add     $8, %rcx
2:      lea     8(%rcx), %r8
        cmp     %rdx, %r8
        jbe     1b
        jmp     4f
3:      movzbl  (%rdi,%rcx), %eax
        movzbl  (%rsi,%rcx), %r8d
        sub     %r8d, %eax
        jnz     5f
        inc     %rcx
4:      cmp     %rdx, %rcx
        jb      3b
        xor     %eax, %eax
5:      ret
        .size   NAME(memcmp), . - NAME(memcmp)

        .section .note.GNU-stack, "", @progbits
