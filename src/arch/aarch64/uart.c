/* SPDX-License-Identifier: BSD-2-Clause */
/* A debug UART whose address is in tables only, as the firmware has set it up. */
#include "core/base/uart.h"
#include "arch/aarch64/machine.h"
#include "arch/arch.h"

#define POLLS_MAX 1000000U /* of some 100 nanoseconds: ten characters at 1200 baud */

#define PL011_DATA 0x00U
#define PL011_FLAG 0x18U
#define PL011_FULL 0x20U

#define UART_LINE_STATUS    5U
#define WIDE_LINE_STATUS    20U
#define UART_TRANSMIT_EMPTY 0x20U

uint64_t arch_uart_find(void)
{
    return UART_NONE;
}

/* False when the UART takes no more: then the rest is not worth waiting for. */
static bool put(enum uart_kind kind, uint64_t address, char character)
{
    unsigned int polls = 0;
    bool is_busy = true;

    while (is_busy && polls++ < POLLS_MAX) {
        if (kind == UART_PL011)
            is_busy = (machine_load32(address + PL011_FLAG) & PL011_FULL) != 0;
        else if (kind == UART_16550)
            is_busy = (machine_load8(address + UART_LINE_STATUS) & UART_TRANSMIT_EMPTY) == 0;
        else
            is_busy = (machine_load32(address + WIDE_LINE_STATUS) & UART_TRANSMIT_EMPTY) == 0;
    }
    if (is_busy)
        return false;
    if (kind == UART_16550)
        machine_store8(address, (uint8_t)character);
    else
        machine_store32(address + PL011_DATA, (uint8_t)character);
    return true;
}

void arch_uart_write(uint64_t uart, const char *string)
{
    enum uart_kind kind = (enum uart_kind)(uart & UART_KIND_MASK);
    uint64_t address = uart & ~(uint64_t)UART_KIND_MASK;

    if (kind == UART_NONE)
        return;
    for (; *string != '\0'; string++)
        if ((*string == '\n' && !put(kind, address, '\r')) || !put(kind, address, *string))
            return;
}
