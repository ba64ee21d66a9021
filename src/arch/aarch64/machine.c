/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of this machine that C has no word for. */
#include "arch/aarch64/machine.h"

#include "arch/arch.h"

#include <stddef.h>

/* What enter.S knows of the structure. */
_Static_assert(offsetof(struct entry_state, entry) == 0, "enter.S");
_Static_assert(offsetof(struct entry_state, stack) == 8, "enter.S");
_Static_assert(offsetof(struct entry_state, address_space) == 16, "enter.S");
_Static_assert(offsetof(struct entry_state, argument) == 24, "enter.S");
_Static_assert(offsetof(struct entry_state, code) == 32, "enter.S");
_Static_assert(offsetof(struct entry_state, code_size) == 40, "enter.S");
_Static_assert(offsetof(struct entry_state, argument_size) == 48, "enter.S");
_Static_assert(offsetof(struct entry_state, level) == 56, "enter.S");

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

uint64_t machine_memory_model_1(void)
{
    uint64_t value;

    __asm__("mrs %0, id_aa64mmfr1_el1" : "=r"(value));
    return value;
}

uint64_t machine_processor(void)
{
    uint64_t value;

    __asm__("mrs %0, mpidr_el1" : "=r"(value));
    return value;
}

void machine_clean(const void *start, uint64_t size)
{
    uint64_t end = (uintptr_t)start + size;
    uint64_t type;
    uint64_t line;

    __asm__("mrs %0, ctr_el0" : "=r"(type));
    line = 4ULL << (type >> 16 & 15); /* DminLine: log2 of the words in the smallest line */
    for (uint64_t at = (uintptr_t)start & ~(line - 1); at < end; at += line)
        __asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
    __asm__ volatile("dsb sy" ::: "memory");
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

int64_t machine_psci(bool by_smc, uint32_t function, uint64_t first, uint64_t second,
                     uint64_t third)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = first;
    register uint64_t x2 __asm__("x2") = second;
    register uint64_t x3 __asm__("x3") = third;

    if (by_smc)
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    return (int64_t)x0;
}

/* By their numbers, which every assembler knows: ICC_SRE_EL1, ICC_PMR_EL1 and ICC_IGRPEN1_EL1. */
void machine_gic_open(void)
{
    __asm__ volatile("msr s3_0_c12_c12_5, %0\n\tisb\n\tmsr s3_0_c4_c6_0, %1\n\t"
                     "msr s3_0_c12_c12_7, %0\n\tisb" ::"r"(1ULL),
                     "r"(0xffULL)
                     : "memory");
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
