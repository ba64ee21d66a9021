/* SPDX-License-Identifier: BSD-2-Clause */
/* The few instructions that C has no word for, beside those of arch/arch.h. */
#ifndef BATON_ARCH_AARCH64_MACHINE_H
#define BATON_ARCH_AARCH64_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

unsigned int machine_exception_level(void);
uint64_t machine_features(void); /* ID_AA64PFR0_EL1 */

uint64_t machine_memory_model(void); /* ID_AA64MMFR0_EL1 */

/* Registers of devices, at physical addresses that are mapped to themselves. */
uint8_t machine_load8(uint64_t address);
void machine_store8(uint64_t address, uint8_t value);
uint32_t machine_load32(uint64_t address);
void machine_store32(uint64_t address, uint32_t value);

/*
 * A function of PSCI without arguments (Arm DEN0022): by SMC, or by HVC. Returns when it is
 * refused.
 */
void machine_psci(uint32_t function, bool by_smc);

#endif
