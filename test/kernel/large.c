/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that looks at a module too large to look at every byte of: each mebibyte begins with its
 * own number, and the last eight bytes have the module's size (lab.esp.add_large makes such files).
 */
#include <baton-handoff.h>

#define MIB 0x100000ULL

BATON_KERNEL(0, 0);

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        uint8_t status;

        do
            __asm__ volatile("inb %w1, %0" : "=a"(status) : "d"(0x3fd));
        while ((status & 0x20) == 0);
        __asm__ volatile("outb %0, %w1" : : "a"(*text), "d"(0x3f8));
    }
}

static uint64_t word_at(uint64_t address)
{
    return *(const volatile uint64_t *)address;
}

_Noreturn void kernel_main(const struct baton_handoff *handoff);
_Noreturn void kernel_main(const struct baton_handoff *handoff)
{
    const struct baton_module *module = (const struct baton_module *)handoff->modules.address;
    uint64_t wrong = word_at(module->address + module->size - 8) != module->size;

    for (uint64_t i = 0; i < module->size / MIB; i++)
        wrong += word_at(module->address + i * MIB) != i;
    print(wrong == 0 ? "BATON-KERNEL: PASS\n" : "BATON-KERNEL: FAIL\n");
    for (;;) /* isa-debug-exit, with the value that lab.transcript has for PASS */
        __asm__ volatile("outb %0, %w1" : : "a"((uint8_t)(wrong == 0 ? 0x10 : 0x11)), "d"(0xf4));
}
