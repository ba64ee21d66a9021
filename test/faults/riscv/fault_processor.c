/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

void fault_add_level(void) {}

void fault_interrupts_on(void)
{
    __asm__ volatile("csrsi sstatus, 2" ::: "memory"); /* SIE */
}

void fault_idle(void)
{
    __asm__ volatile("wfi" ::: "memory");
}
