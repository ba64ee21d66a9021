/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port of QEMU's board, a PL011 that Baton does not map; the end; what goes wrong. */
#include "../check.h"

#define PL011 0x9000000ULL
/* In the upper half, where no kernel of these tests is: its first entry is the 256th of the root.
 */
#define PORT_VIRTUAL 0xffff800000000000ULL

#define VALID_TABLE 3ULL
/* A page: AF, PXN, UXN, the second attribute of MAIR: a device. */
#define DEVICE_PAGE ((1ULL << 54) | (1ULL << 53) | (1ULL << 10) | (1ULL << 2) | 3ULL)

/* Not in .bss, all of which must still be zero when that is looked at. */
__attribute__((section(".data"), aligned(4096))) static uint64_t tables[3][512] = {{0}};

void port_begin(const struct baton_handoff *handoff)
{
    uint64_t to_physical = handoff->kernel_physical - handoff->kernel_virtual;
    uint64_t *root = (uint64_t *)(uintptr_t)(entry_registers.ttbr1 & 0xfffffffff000);

    tables[2][0] = PL011 | DEVICE_PAGE;
    tables[1][0] = ((uintptr_t)tables[2] + to_physical) | VALID_TABLE;
    tables[0][0] = ((uintptr_t)tables[1] + to_physical) | VALID_TABLE;
    root[PORT_VIRTUAL >> 39 & 511] = ((uintptr_t)tables[0] + to_physical) | VALID_TABLE;
    __asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

void port_put(char character)
{
    while ((*(volatile uint32_t *)(PORT_VIRTUAL + 0x18) & 0x20) != 0)
        ;
    *(volatile uint32_t *)PORT_VIRTUAL = (uint8_t)character;
}

uint64_t ticks(void)
{
    uint64_t value;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

/* By the firmware if it can be called, else by PSCI's SYSTEM_OFF, as QEMU's board has it. */
_Noreturn void machine_stop(const struct baton_handoff *handoff, bool kept)
{
    register uint64_t function __asm__("x0") = 0x84000008;

    (void)kept;
    if (handoff != NULL && (handoff->flags & BATON_FLAG_RUNTIME_CALLABLE) != 0) {
        const uint64_t *system_table = at(handoff->efi_system_table);
        const uint64_t *services = at(system_table[11]);

        ((void (*)(uint64_t, uint64_t, uint64_t, void *))services[13])(2, 0, 0, NULL);
    }
    __asm__ volatile("hvc #0" : "+r"(function)::"x1", "x2", "x3", "memory");
    for (;;)
        __asm__ volatile("wfi");
}

_Noreturn void exception(uint64_t syndrome, uint64_t address, uint64_t fault);
_Noreturn void exception(uint64_t syndrome, uint64_t address, uint64_t fault)
{
    put("BATON-KERNEL: FAIL, exception ");
    put_hex(syndrome);
    put(" at ");
    put_hex(address);
    put(", ");
    put_hex(fault);
    put("\n");
    machine_stop(NULL, false);
}

/* The page of Baton's vectors, which EL2 may use for good. */
bool is_kept(uint64_t address)
{
    return address == entry_registers.vbar;
}

/* gcc calls these for structures. */
void *memset(void *destination, int byte, size_t count);
void *memset(void *destination, int byte, size_t count)
{
    uint8_t *to = destination;

    while (count-- > 0)
        *to++ = (uint8_t)byte;
    return destination;
}

void *memcpy(void *destination, const void *source, size_t count);
void *memcpy(void *destination, const void *source, size_t count)
{
    const uint8_t *from = source;
    uint8_t *to = destination;

    while (count-- > 0)
        *to++ = *from++;
    return destination;
}
