/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the fake machine that only RISC-V has: what is below it (SBI), and the protocol that
 * tells which hart runs. */
#ifndef BATON_TEST_FAKE_RISCV_HART_H
#define BATON_TEST_FAKE_RISCV_HART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a test lays down; what was asked of SBI is written into it. */
struct fake_sbi {
    bool reset_is_refused;
    bool has_no_console;
    uint64_t reset_type; /* UINT64_MAX when it was not asked */
    bool has_no_timer;
    uint64_t timer; /* when it interrupts */
    bool resets_by_timer;
    char text[4096];
    size_t length;
};
extern struct fake_sbi fake_sbi;

/* RISCV_EFI_BOOT_PROTOCOL, whose GetBootHartId ends with `status`. */
void fake_boot_hart(uint64_t hart, uint64_t status);

#endif
