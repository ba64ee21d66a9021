/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/x86_64/machine.h"

#include "arch/arch.h"
#include "core/base/mem.h"

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

void machine_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(msr)
                     : "memory");
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

/* A gate of 64-bit mode (Intel SDM volume 3, 6.14.1), and what LIDT and SIDT work on. */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t flags;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
#define GATE_INTERRUPT 0x8e00U /* present, interrupts off in the handler */

struct __attribute__((packed)) table {
    uint16_t limit;
    uint64_t address;
};

/*
 * In a table of our own: the firmware's may be read-only. Its other gates are copied, because the
 * firmware's handlers do more than die (SEV-ES and TDX turn port I/O into exceptions). The task
 * priority keeps all other vectors away but those of the exceptions.
 */
_Static_assert(MACHINE_GATES_SIZE == 256 * sizeof(struct gate), "one for each vector");

void machine_alarm_gate(void *room, void (*handler)(void))
{
    struct gate *gates = room;
    struct table table;
    uint64_t entry = (uintptr_t)handler;
    uint16_t selector;

    __asm__ volatile("sidt %0" : "=m"(table));
    if (table.limit >= MACHINE_GATES_SIZE)
        table.limit = MACHINE_GATES_SIZE - 1;
    memcpy(gates, (const void *)(uintptr_t)table.address, table.limit + 1U);
    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    gates[MACHINE_ALARM_VECTOR] = (struct gate){.offset_low = (uint16_t)entry,
                                                .selector = selector,
                                                .flags = GATE_INTERRUPT,
                                                .offset_middle = (uint16_t)(entry >> 16),
                                                .offset_high = (uint32_t)(entry >> 32)};
    table.limit = MACHINE_GATES_SIZE - 1;
    table.address = (uintptr_t)gates;
    __asm__ volatile("lidt %0\n\t"
                     "mov %1, %%cr8\n\t"
                     "sti"
                     :
                     : "m"(table), "r"((uint64_t)MACHINE_ALARM_VECTOR / 16 - 1)
                     : "memory");
}

_Noreturn void machine_triple_fault(void)
{
    static const uint8_t no_table[10]; /* limit and base: no vector lies within */

    __asm__ volatile("cli; lidt %0; int3" : : "m"(no_table));
    arch_halt();
}
