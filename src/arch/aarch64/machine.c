/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of this machine that C has no word for. */
#include "arch/aarch64/machine.h"

#include "arch/arch.h"

#include <stddef.h>

/* What enter.S knows of the structure. */
_Static_assert(offsetof(struct entry_state, entry) == 0, "enter.S");
_Static_assert(offsetof(struct entry_state, argument) == 24, "enter.S");
_Static_assert(offsetof(struct entry_state, code) == 32, "enter.S");
_Static_assert(offsetof(struct entry_state, code_size) == 40, "enter.S");

uint64_t arch_ticks(void)
{
    uint64_t value;

    /* The barrier keeps the reading from being made early (Arm ARM, D12.2.2). */
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

void arch_pause(void)
{
    __asm__ volatile("yield" ::: "memory");
}

void arch_interrupts_off(void)
{
    __asm__ volatile("msr daifset, #0xf" ::: "memory");
}

_Noreturn void arch_halt(void)
{
    arch_interrupts_off();
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}

unsigned int machine_exception_level(void)
{
    uint64_t value;

    __asm__("mrs %0, CurrentEL" : "=r"(value));
    return (value >> 2) & 3;
}

uint64_t machine_features(void)
{
    uint64_t value;

    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(value));
    return value;
}

uint64_t machine_memory_model(void)
{
    uint64_t value;

    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(value));
    return value;
}

/* In assembly, so that no compiler makes two accesses of one, or one with an address that it
 * changes, which a hypervisor cannot imitate. */
uint8_t machine_load8(uint64_t address)
{
    uint32_t value;

    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return (uint8_t)value;
}

void machine_store8(uint64_t address, uint8_t value)
{
    __asm__ volatile("strb %w0, [%1]" ::"r"((uint32_t)value), "r"(address) : "memory");
}

uint32_t machine_load32(uint64_t address)
{
    uint32_t value;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

void machine_store32(uint64_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

void machine_psci(uint32_t function, bool by_smc)
{
    register uint64_t argument __asm__("x0") = function;

    if (by_smc)
        __asm__ volatile("smc #0" : "+r"(argument)::"x1", "x2", "x3", "memory");
    else
        __asm__ volatile("hvc #0" : "+r"(argument)::"x1", "x2", "x3", "memory");
}

/* The counter's rate, which the architecture makes the machine say. */
void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    uint64_t hz;

    (void)acpi_root;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    *ret_clock = (struct arch_clock){.hz = hz};
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    return clock->hz;
}
