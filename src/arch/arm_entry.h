/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways into kernels that only AArch64 has. Beside arch/arch.h, for the boot protocol that enters
 * with the MMU on; other machines do not implement it. */
#ifndef BATON_ARCH_ARM_ENTRY_H
#define BATON_ARCH_ARM_ENTRY_H

#include "arch/arch.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * arch_space_build() begins its pool with so many bytes that are no tables: the exception vectors
 * that arch_enter() sets, for the kernel's level and for EL2 where the firmware runs there. Nobody
 * may write to them for good.
 */
#define ARCH_VECTORS_SIZE 4096U

/* The exception level, 1 or 2, of a kernel that wants to keep the firmware's, or does not. Goes
 * into entry_state.level. */
uint64_t arch_entry_level(bool keep);

/* The processor that runs: MPIDR_EL1. */
uint64_t arch_processor(void);

#endif
