/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine can do without its firmware: little is the same on all of them. */
#include "arch/aarch64/machine.h"
#include "arch/arch.h"

#define PSCI_SYSTEM_RESET 0x84000009U /* Arm DEN0022, 5.1.10 */

/* ID_AA64PFR0_EL1, EL3: 0 where there is no secure monitor. */
#define FEATURES_EL3_SHIFT 12U
#define FEATURES_FIELD     0xfU

/*
 * PSCI is what is below: the secure monitor where there is one, else a hypervisor, which is called
 * in another way. (ACPI and the device tree say which; a machine that gives up reads neither.)
 */
_Noreturn void arch_reset(uint64_t ticks_hz)
{
    bool monitor = ((machine_features() >> FEATURES_EL3_SHIFT) & FEATURES_FIELD) != 0;

    (void)ticks_hz;
    machine_psci(PSCI_SYSTEM_RESET, monitor || machine_exception_level() == 2);
    arch_halt();
}

/* No timer here interrupts what the firmware does without its interrupt controller's help. */
void arch_alarm(uint64_t ticks_hz, uint32_t seconds, void *room)
{
    (void)ticks_hz;
    (void)seconds;
    (void)room;
}
