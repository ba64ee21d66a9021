/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_REGISTERS_H
#define KERNEL_REGISTERS_H

#include <stdint.h>

#define EFI_CALL

/* Filled by entry.S before anything else runs; the order is known there. */
struct entry_registers {
    uint64_t general[31]; /* x0 ... x30 */
    uint64_t sp;
    uint64_t current_level, daif, selected_stack, conditions;
    uint64_t sctlr, tcr, mair, ttbr0, ttbr1, vbar, cpacr, mdscr, fpcr, fpsr;
};
extern struct entry_registers entry_registers;

/* Where an exception goes, from entry.S: says which, and ends the machine. */
extern const uint8_t exception_vectors[];

#endif
