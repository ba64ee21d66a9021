/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the fake machine that only AArch64 has. */
#ifndef BATON_TEST_FAKE_ARM_BOARD_H
#define BATON_TEST_FAKE_ARM_BOARD_H

#include "arch/aarch64/machine.h"

#include <stddef.h>

/* What a test lays down; what was asked of PSCI is written into it. */
struct fake_board {
    unsigned int exception_level;
    uint64_t features;     /* ID_AA64PFR0_EL1 */
    uint64_t memory_model; /* ID_AA64MMFR0_EL1 */
    bool psci_refuses;
    uint32_t psci_function; /* the last one; 0: none */
    bool psci_by_smc;
    uint64_t uart; /* as of core/base/uart.h: the only registers that there are */
    bool uart_is_stuck;
    char uart_text[4096];
    size_t uart_length;
};
extern struct fake_board fake_board;

#endif
