/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

void fault_add_level(void) {}

void fault_interrupts_on(void)
{
    __asm__ volatile("msr daifclr, #2" ::: "memory");
}

void fault_idle(void)
{
    __asm__ volatile("wfi" ::: "memory");
}
