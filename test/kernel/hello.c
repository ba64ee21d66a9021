/* SPDX-License-Identifier: 0BSD */
/*
 * The smallest kernel that does something: says hello on the serial port, then turns the machine
 * off.
 *
 *   gcc -Iinclude -ffreestanding -fpie -static-pie -nostdlib -mno-red-zone -mgeneral-regs-only \
 *       -Wl,-e,kernel_main,-z,max-page-size=4096 -o build/hello.elf test/kernel/hello.c
 *   make run KERNEL=build/hello.elf CMDLINE='some words'
 */
#include <baton-handoff.h>

BATON_KERNEL(0, 0); /* needs version 1.0 of the hand-off; any stack will do */

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

static void power_off(const struct baton_handoff *handoff)
{
    typedef void __attribute__((ms_abi)) (*reset_system)(int type, uint64_t status, uint64_t size,
                                                         void *data);
    const uint64_t *system_table = (const uint64_t *)handoff->efi_system_table;
    const uint64_t *runtime_services = (const uint64_t *)system_table[11];

    if ((handoff->flags & BATON_FLAG_RUNTIME_CALLABLE) != 0)
        ((reset_system)runtime_services[13])(2 /* EfiResetShutdown */, 0, 0, NULL);
}

_Noreturn void kernel_main(const struct baton_handoff *handoff);
_Noreturn void kernel_main(const struct baton_handoff *handoff)
{
    print("Hello from a kernel started by ");
    print((const char *)handoff->loader.address);
    print(" with: ");
    print((const char *)handoff->command_line.address);
    print("\r\n");
    power_off(handoff);
    for (;;)
        __asm__ volatile("cli; hlt");
}
