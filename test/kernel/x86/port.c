/* SPDX-License-Identifier: BSD-2-Clause */
/* COM1, the end, and the few instructions that all of the kernels want. */
#include "../check.h"

#define COM1 0x3f8

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port));
    return value;
}

void port_begin(const struct baton_handoff *handoff)
{
    (void)handoff;
}

void port_put(char character)
{
    while ((in8(COM1 + 5) & 0x20) == 0)
        ;
    out8(COM1, (uint8_t)character);
}

uint64_t ticks(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

_Noreturn void machine_stop(const struct baton_handoff *handoff, bool kept)
{
    uint32_t code = kept ? 0x10 : 0x11;

    (void)handoff;
    /* QEMU's isa-debug-exit; elsewhere nobody listens. */
    __asm__ volatile("outl %0, %w1" : : "a"(code), "d"(0xf4));
    for (;;)
        __asm__ volatile("cli; hlt");
}

bool is_kept(uint64_t address)
{
    (void)address;
    return false;
}

/* gcc calls these for structures. */
void *memset(void *destination, int byte, size_t count);
void *memset(void *destination, int byte, size_t count)
{
    void *to = destination;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
    return destination;
}

void *memcpy(void *destination, const void *source, size_t count);
void *memcpy(void *destination, const void *source, size_t count)
{
    void *to = destination;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(count) : : "memory");
    return destination;
}
