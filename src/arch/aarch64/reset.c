/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine can do without its firmware: little is the same on all of them. */
#include "arch/aarch64/gic.h"
#include "arch/aarch64/machine.h"
#include "arch/arch.h"

/* Arm DEN0022, 5.1.4 and 5.1.10; of the first the variant with 64 bits. */
#define PSCI_CPU_ON       0xc4000003U
#define PSCI_SYSTEM_RESET 0x84000009U

/* ID_AA64PFR0_EL1, EL3: 0 where there is no secure monitor. */
#define FEATURES_EL3_SHIFT 12U
#define FEATURES_FIELD     0xfU

/* Processors that are asked to be the alarm: those whose number differs in what counts them. */
#define OTHERS_MAX  0x1000U
#define NUMBER_MASK 0xff00ffffffULL /* affinities, MPIDR_EL1 */

/*
 * PSCI is what is below: the secure monitor where there is one, else a hypervisor, which is called
 * in another way. Where no table says which, the processor's features do as well as they can.
 */
static bool is_by_smc(const struct board *board)
{
    if (board->psci != PSCI_UNSAID)
        return board->psci == PSCI_SMC;
    return ((machine_features() >> FEATURES_EL3_SHIFT) & FEATURES_FIELD) != 0 ||
           machine_exception_level() == 2;
}

_Noreturn void arch_reset(uint64_t ticks_hz, const struct board *board)
{
    (void)ticks_hz;
    (void)machine_psci(is_by_smc(board), PSCI_SYSTEM_RESET, 0, 0, 0);
    arch_halt();
}

/* The first other processor that is off waits in place of this one: nothing that the firmware does
 * here, with its interrupts off or in the secure world, is in its way. */
static void begin_other(uint64_t ticks, bool by_smc)
{
    uint64_t own = machine_processor() & NUMBER_MASK;
    uint64_t argument = ticks | (by_smc ? ALARM_BY_SMC : 0);

    machine_clean(machine_other_start, MACHINE_OTHER_SIZE);
    for (uint64_t i = 1; i < OTHERS_MAX; i++)
        if (machine_psci(by_smc, PSCI_CPU_ON, own ^ i, (uint64_t)machine_other_start, argument) ==
            0)
            return;
}

/* Both ways: there may be one processor only, or the interrupt controller may not be known. */
void arch_alarm(uint64_t ticks_hz, uint32_t seconds, const struct board *board, void *room)
{
    uint64_t ticks = (ticks_hz != 0 ? ticks_hz : TICKS_HZ_FASTEST) * seconds;
    bool by_smc = is_by_smc(board);

    (void)room;
    begin_other(ticks, by_smc);
    if (gic_only_timer(&board->gic))
        machine_reset_after(ticks, by_smc);
}
