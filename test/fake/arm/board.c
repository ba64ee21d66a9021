/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine where it is an AArch64 one: what its processor says of itself, and what is below
 * it. */
#include "fake/arm/board.h"

#include "arch/arch.h"
#include "fake/private.h"

struct fake_board fake_board;

unsigned int machine_exception_level(void)
{
    return fake_board.exception_level;
}

uint64_t machine_features(void)
{
    return fake_board.features;
}

uint64_t machine_memory_model(void)
{
    return fake_board.memory_model;
}

void machine_psci(uint32_t function, bool by_smc)
{
    fake_board.psci_function = function;
    fake_board.psci_by_smc = by_smc;
    if (!fake_board.psci_refuses)
        fake_end_with(FAKE_RESET);
}

/* A tick of the fake is a nanosecond. */
void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    (void)acpi_root;
    *ret_clock = (struct arch_clock){.hz = 1000000000};
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    return clock->hz;
}
