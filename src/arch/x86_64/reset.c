/* SPDX-License-Identifier: BSD-2-Clause */
/* Resetting a PC without its firmware: chipset, keyboard controller, and what no processor
 * survives. */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"

#define RESET_CONTROL        0xcf9U /* every PC chipset since the PIIX3 */
#define KEYBOARD_COMMAND     0x64U
#define KEYBOARD_INPUT_FULL  0x02U
#define KEYBOARD_PULSE_RESET 0xfeU
#define KEYBOARD_POLLS_MAX   100000U
#define RESET_WAIT_DIVISOR   4U /* of a second, for each way of resetting to take effect */

static void wait(uint64_t ticks_hz)
{
    uint64_t hz = ticks_hz != 0 ? ticks_hz : TICKS_HZ_SLOWEST;
    struct stopwatch watch = stopwatch_begin(arch_ticks());

    arch_wait(&watch, hz / RESET_WAIT_DIVISOR);
}

_Noreturn void arch_reset(uint64_t ticks_hz, const struct board *board)
{
    unsigned int polls = 0;

    (void)board;
    machine_out8(RESET_CONTROL, 0x02); /* a hard reset is wanted... */
    machine_out8(RESET_CONTROL, 0x06); /* ...now */
    wait(ticks_hz);
    while ((machine_in8(KEYBOARD_COMMAND) & KEYBOARD_INPUT_FULL) != 0 &&
           polls++ < KEYBOARD_POLLS_MAX)
        arch_pause();
    machine_out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    wait(ticks_hz);
    machine_triple_fault();
}
