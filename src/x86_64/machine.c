/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86_64/machine.h"

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_answer answer;

    __asm__ volatile("cpuid"
                     : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx)
                     : "a"(leaf), "c"(subleaf));
    return answer;
}

uint64_t machine_tsc(void)
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

void machine_interrupts_off(void)
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

void machine_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}

_Noreturn void machine_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" ::: "memory");
}

_Noreturn void machine_triple_fault(void)
{
    static const uint8_t no_table[10]; /* limit and base: no vector lies within */

    __asm__ volatile("cli; lidt %0; int3" : : "m"(no_table));
    machine_halt();
}
