/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine can do without its firmware: what the Supervisor Binary Interface does. */
#include "arch/arch.h"
#include "arch/riscv64/machine.h"

/* RISC-V SBI 2.0, 6, 10 and 12: timer; system reset; debug console, write byte. */
#define SBI_TIMER        0x54494d45U
#define SBI_RESET        0x53525354U
#define SBI_COLD_REBOOT  1U
#define SBI_CONSOLE      0x4442434eU
#define SBI_CONSOLE_BYTE 2U

_Noreturn void arch_reset(uint64_t ticks_hz, const struct board *board)
{
    (void)ticks_hz;
    (void)board;
    (void)machine_sbi(SBI_RESET, 0, SBI_COLD_REBOOT, 0);
    arch_halt();
}

void arch_alarm(uint64_t ticks_hz, uint32_t seconds, const struct board *board, void *room)
{
    uint64_t hz = ticks_hz != 0 ? ticks_hz : TICKS_HZ_FASTEST;

    (void)board;
    (void)room;
    if (machine_sbi(SBI_TIMER, 0, arch_ticks() + hz * seconds, 0) == 0)
        machine_reset_by_timer();
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
