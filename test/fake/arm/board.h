/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the fake machine that only AArch64 has. */
#ifndef BATON_TEST_FAKE_ARM_BOARD_H
#define BATON_TEST_FAKE_ARM_BOARD_H

#include "arch/aarch64/machine.h"

#include "core/base/board.h"

#include <stddef.h>

/* What a test lays down; what was asked of PSCI is written into it. */
struct fake_board {
    unsigned int exception_level;
    uint64_t features;     /* ID_AA64PFR0_EL1 */
    uint64_t memory_model; /* ID_AA64MMFR0_EL1 */
    uint64_t memory_model_1;
    uint64_t processor;  /* MPIDR_EL1 */
    const void *cleaned; /* what was written back last */
    uint64_t cleaned_size;
    bool psci_refuses;
    uint32_t psci_function; /* the last one; 0: none */
    bool psci_by_smc;
    uint64_t other;        /* a processor that is off; 0: there is none */
    uint64_t other_begins; /* what it was told when it was started */
    unsigned int asked;    /* processors that were asked for */
    uint64_t reset_after;  /* ticks of the timer; 0: it is not set */
    bool reset_by_smc;
    bool gic_is_open;
    uint64_t uart; /* as of core/base/uart.h: the only registers that there are */
    bool uart_is_stuck;
    char uart_text[4096];
    size_t uart_length;
    struct gic gic; /* registers that are there */
    uint32_t gic_frames;
    uint32_t gic_own_frame;      /* that of this processor */
    uint32_t gic_shared[0x1000]; /* the distributor's words */
    uint32_t gic_own[0x1000];    /* of the frame's second page, or the processor's interface */
    uint32_t gic_waker;
    bool gic_never_wakes;
};
extern struct fake_board fake_board;

#endif
