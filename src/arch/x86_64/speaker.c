/* SPDX-License-Identifier: BSD-2-Clause */
/* The speaker that every PC has had since 1981, behind the second counter of its timer. */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"

#define TIMER_CONTROL     0x43U
#define TIMER_SPEAKER     0x42U
#define TIMER_SQUARE_WAVE 0xb6U /* of that counter; both bytes of the divisor follow */
#define DIVISOR           (1193182U / 500U)
#define SPEAKER           0x61U
#define SPEAKER_ON        0x03U /* the counter runs, and drives the speaker */

void arch_speaker(bool on)
{
    uint8_t others = machine_in8(SPEAKER) & (uint8_t)~SPEAKER_ON;

    if (on) {
        machine_out8(TIMER_CONTROL, TIMER_SQUARE_WAVE);
        machine_out8(TIMER_SPEAKER, DIVISOR & 0xFF);
        machine_out8(TIMER_SPEAKER, DIVISOR >> 8);
    }
    machine_out8(SPEAKER, on ? others | SPEAKER_ON : others);
}
