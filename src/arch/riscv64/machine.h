/* SPDX-License-Identifier: BSD-2-Clause */
/* The few instructions that C has no word for, beside those of arch/arch.h. */
#ifndef BATON_ARCH_RISCV64_MACHINE_H
#define BATON_ARCH_RISCV64_MACHINE_H

#include <stdint.h>

/* A function of the Supervisor Binary Interface (RISC-V SBI 2.0, 3): its error, 0 for none. */
int64_t machine_sbi(uint64_t extension, uint64_t function, uint64_t first, uint64_t second);

/*
 * Interrupts are on, but for the timer's none comes: that one, and each fault, resets the machine
 * by SBI.
 */
void machine_reset_by_timer(void);

#endif
