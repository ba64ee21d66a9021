/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where ACPI's power management timer is: a free-running counter at 3.579545 MHz that every PC has
 * had since ACPI 1.0, and that most hypervisors imitate, as the fixed table tells
 * (ACPI 6.5, 5.2.9). Reads tables, never the timer.
 */
#ifndef BATON_CORE_TIME_ACPI_TIMER_H
#define BATON_CORE_TIME_ACPI_TIMER_H

#include "core/base/acpi.h"

#include <stdbool.h>
#include <stdint.h>

#define ACPI_TIMER_HZ 3579545ULL /* ACPI 6.5, 4.8.3.3 */

struct acpi_timer {
    uint16_t port; /* of 32 bits, in the I/O space; never 0 */
    uint32_t mask; /* of the bits that count, 24 or 32 */
};

/* False when there is none, or none that the tables tell of truly. `root`: of the RSDP. */
bool acpi_timer_find(const struct acpi_memory *memory, uint64_t root, struct acpi_timer *ret_timer);

#endif
