/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine can do without its firmware: what the Supervisor Binary Interface does. */
#include "arch/arch.h"
#include "arch/riscv64/machine.h"

/* RISC-V SBI 2.0, 10 and 12: system reset; debug console, write byte. */
#define SBI_RESET        0x53525354U
#define SBI_COLD_REBOOT  1U
#define SBI_CONSOLE      0x4442434eU
#define SBI_CONSOLE_BYTE 2U

_Noreturn void arch_reset(uint64_t ticks_hz)
{
    (void)ticks_hz;
    (void)machine_sbi(SBI_RESET, 0, SBI_COLD_REBOOT, 0);
    arch_halt();
}

/* No timer here interrupts what the firmware does. */
void arch_alarm(uint64_t ticks_hz, uint32_t seconds, void *room)
{
    (void)ticks_hz;
    (void)seconds;
    (void)room;
}

/* The console of what is below: whether it has one, the first byte tells. */
uint64_t arch_uart_find(void)
{
    return SBI_CONSOLE;
}

void arch_uart_write(uint64_t uart, const char *string)
{
    for (; *string != '\0'; string++)
        if ((*string == '\n' && machine_sbi(uart, SBI_CONSOLE_BYTE, '\r', 0) != 0) ||
            machine_sbi(uart, SBI_CONSOLE_BYTE, (uint8_t)*string, 0) != 0)
            return;
}
