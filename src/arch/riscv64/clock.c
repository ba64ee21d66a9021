/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the platform's counter runs, ACPI says where there is ACPI. */
#include "arch/arch.h"
#include "core/base/acpi.h"

/* "RISC-V Hart Capabilities Table" (ACPI 6.6, 5.2.37). */
#define RHCT_SIGNATURE 0x54434852U
#define RHCT_RATE      40U

void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    const struct acpi_memory memory = acpi_memory_below(arch_memory_last());
    struct span table = acpi_table(&memory, acpi_root, RHCT_SIGNATURE);

    *ret_clock = (struct arch_clock){.hz = acpi_number(table, RHCT_RATE, sizeof(uint64_t))};
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    return clock->hz;
}
