/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few instructions that C has no word for, beside those of arch/arch.h. Out of line, so that
 * the host's unit tests can put a fake behind them; nothing here knows what it is used for.
 */
#ifndef BATON_ARCH_X86_64_MACHINE_H
#define BATON_ARCH_X86_64_MACHINE_H

#include <stdint.h>

struct cpuid_answer {
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
};

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t machine_cr4(void);
uint64_t machine_rdmsr(uint32_t msr); /* one that is there: of another it faults */
void machine_wrmsr(uint32_t msr, uint64_t value);
void machine_out8(uint16_t port, uint8_t value);
uint8_t machine_in8(uint16_t port);
uint32_t machine_in32(uint16_t port);
/*
 * Interrupts on, for this vector and those of its class; its handler must not return. All
 * exceptions go where they went. `room` has MACHINE_GATES_SIZE bytes, all zero, and stays.
 */
#define MACHINE_ALARM_VECTOR 0xf0U
#define MACHINE_GATES_SIZE   4096U
void machine_alarm_gate(void *room, void (*handler)(void));

_Noreturn void machine_triple_fault(void); /* no handler for an exception: processors reset */

#endif
