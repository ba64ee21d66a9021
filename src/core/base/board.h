/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that are needed when the firmware is gone, as ACPI's tables describe them. Pure; the
 * tables are untrusted. Addresses are physical.
 */
#ifndef BATON_CORE_BASE_BOARD_H
#define BATON_CORE_BASE_BOARD_H

#include "core/base/span.h"
#include "core/base/uart.h"

#include <stdint.h>

/* How what is below the loader is called on ARM (PSCI, Arm DEN0022, 5.1). */
enum psci_conduit {
    PSCI_UNSAID,
    PSCI_SMC,
    PSCI_HVC,
};

/* ARM's Generic Interrupt Controller. */
struct gic {
    unsigned int version; /* 2 or 3, which 4 is like; 0: none is known */
    uint64_t distributor;
    uint64_t processor; /* 2: the processor's interface; 3: the first redistributor */
};

/* All zero: nothing is known. */
struct board {
    uint64_t uart; /* of core/base/uart.h, or what arch_uart_find() has said */
    enum psci_conduit psci;
    struct gic gic;
};

/* Out of the whole Fixed ACPI Description Table (ACPI 6.5, 5.2.9). */
enum psci_conduit psci_of_fadt(struct span fadt);

/* Out of the whole Multiple APIC Description Table (ACPI 6.5, 5.2.12). */
struct gic gic_of_madt(struct span madt);

#endif
