/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_REGISTERS_H
#define KERNEL_REGISTERS_H

#include <stdint.h>

#define EFI_CALL __attribute__((ms_abi))

/* Filled by entry.S before anything else runs; the order is known there. */
struct entry_registers {
    uint64_t general[16]; /* rax rbx rcx rdx rsi rdi rbp rsp r8 ... r15 */
    uint64_t flags;
    uint64_t return_address; /* what RSP pointed to */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t fs_base, gs_base;
    uint16_t cs, ds, es, fs, gs, ss, ldt, reserved;
    uint8_t gdt[16]; /* limit, base; as stored */
    uint8_t idt[16];
    uint32_t mxcsr;
    uint16_t fcw, padding;
};
extern struct entry_registers entry_registers;
enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 };

#endif
