/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/x86_64/machine.h"

#include "arch/arch.h"

#include <stddef.h>

/* What enter.S knows of the structure. */
_Static_assert(offsetof(struct entry_state, entry) == 0, "enter.S");
_Static_assert(offsetof(struct entry_state, stack) == 8, "enter.S");
_Static_assert(offsetof(struct entry_state, address_space) == 16, "enter.S");
_Static_assert(offsetof(struct entry_state, argument) == 24, "enter.S");

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_answer answer;

    __asm__ volatile("cpuid"
                     : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx)
                     : "a"(leaf), "c"(subleaf));
    return answer;
}

uint64_t arch_ticks(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32) | low;
}

uint64_t machine_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

uint64_t machine_rdmsr(uint32_t msr)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return ((uint64_t)high << 32) | low;
}

void arch_interrupts_off(void)
{
    __asm__ volatile("cli" ::: "memory");
}

void machine_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

uint8_t machine_in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

uint32_t machine_in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void arch_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}

_Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" ::: "memory");
}

_Noreturn void machine_triple_fault(void)
{
    static const uint8_t no_table[10]; /* limit and base: no vector lies within */

    __asm__ volatile("cli; lidt %0; int3" : : "m"(no_table));
    arch_halt();
}
