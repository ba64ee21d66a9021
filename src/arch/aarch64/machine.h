/* SPDX-License-Identifier: BSD-2-Clause */
/* The few instructions that C has no word for, beside those of arch/arch.h. */
#ifndef BATON_ARCH_AARCH64_MACHINE_H
#define BATON_ARCH_AARCH64_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

unsigned int machine_exception_level(void);
uint64_t machine_features(void); /* ID_AA64PFR0_EL1 */

uint64_t machine_memory_model(void);   /* ID_AA64MMFR0_EL1 */
uint64_t machine_memory_model_1(void); /* ID_AA64MMFR1_EL1 */
uint64_t machine_processor(void);      /* MPIDR_EL1 */

/* Writes the cached bytes back to memory, to the point of coherency. */
void machine_clean(const void *start, uint64_t size);

/* Registers of devices, at physical addresses that are mapped to themselves. */
uint8_t machine_load8(uint64_t address);
void machine_store8(uint64_t address, uint8_t value);
uint32_t machine_load32(uint64_t address);
void machine_store32(uint64_t address, uint32_t value);

/* A function of PSCI (Arm DEN0022): by SMC, or by HVC. Its status, 0 for success. */
int64_t machine_psci(bool by_smc, uint32_t function, uint64_t first, uint64_t second,
                     uint64_t third);

/* The GIC's registers that are the processor's (version 3): they let all interrupts through. */
void machine_gic_open(void);

/*
 * Interrupts are on, and each of them, and each fault, resets the machine by PSCI; the virtual
 * timer's comes when `ticks` have passed.
 */
void machine_reset_after(uint64_t ticks, bool by_smc);

/*
 * Where another processor begins, with its MMU off: x0 are the ticks that it waits before it resets
 * the machine; with ALARM_BY_SMC by SMC.
 */
#define ALARM_BY_SMC       (1ULL << 63)
#define MACHINE_OTHER_SIZE 128U
extern const uint8_t machine_other_start[MACHINE_OTHER_SIZE];

#endif
