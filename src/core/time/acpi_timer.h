/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where ACPI's power management timer is: a free-running counter at 3.579545 MHz that every PC has
 * had since ACPI 1.0, and that most hypervisors imitate. From the root pointer over the root table
 * to the fixed table (ACPI 6.5, 5.2.5 to 5.2.9); each is believed only with its checksum right.
 * Reads tables, never the timer.
 */
#ifndef BATON_CORE_TIME_ACPI_TIMER_H
#define BATON_CORE_TIME_ACPI_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define ACPI_TIMER_HZ 3579545ULL /* ACPI 6.5, 4.8.3.3 */

/* Physical memory that tables may lie in. */
struct acpi_memory {
    const uint8_t *data; /* where it can be read */
    uint64_t start;      /* its physical address */
    uint64_t size;       /* bytes */
};

struct acpi_timer {
    uint16_t port; /* of 32 bits, in the I/O space; never 0 */
    uint32_t mask; /* of the bits that count, 24 or 32 */
};

/* False when there is none, or none that the tables tell of truly. `root`: of the RSDP. */
bool acpi_timer_find(const struct acpi_memory *memory, uint64_t root, struct acpi_timer *ret_timer);

#endif
