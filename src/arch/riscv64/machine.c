/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of this machine that C has no word for. */
#include "arch/riscv64/machine.h"

#include "arch/arch.h"

#include <stddef.h>

/* What enter.S knows of the structure. */
_Static_assert(offsetof(struct entry_state, entry) == 0, "enter.S");
_Static_assert(offsetof(struct entry_state, stack) == 8, "enter.S");
_Static_assert(offsetof(struct entry_state, argument) == 24, "enter.S");

/* sstatus */
#define STATUS_SIE 2

uint64_t arch_ticks(void)
{
    uint64_t value;

    __asm__ volatile("rdtime %0" : "=r"(value)::"memory");
    return value;
}

void arch_pause(void)
{
    /* PAUSE, which older processors take for a fence that asks for nothing (Zihintpause). */
    __asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

void arch_interrupts_off(void)
{
    __asm__ volatile("csrci sstatus, %0" ::"i"(STATUS_SIE) : "memory");
}

_Noreturn void arch_halt(void)
{
    arch_interrupts_off();
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}

int64_t machine_sbi(uint64_t extension, uint64_t function, uint64_t first, uint64_t second)
{
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (int64_t)a0;
}
