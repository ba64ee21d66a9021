/* SPDX-License-Identifier: BSD-2-Clause */
/* The debug UART of a PC: a 16550 at COM1, as the firmware has set it up. */
#include "arch/arch.h"
#include "arch/x86_64/machine.h"

/* 16550: the line status register, "transmitter holding register empty", the scratch register. */
#define UART_COM1           0x3f8U
#define UART_LINE_STATUS    5U
#define UART_SCRATCH        7U
#define UART_TRANSMIT_EMPTY 0x20U
#define UART_ABSENT         0xffU
#define UART_POLLS_MAX      200000U /* of about a microsecond: ten characters at 600 baud */

uint64_t arch_uart_find(void)
{
    if (machine_in8(UART_COM1 + UART_LINE_STATUS) == UART_ABSENT)
        return 0;
    machine_out8(UART_COM1 + UART_SCRATCH, 0xa5);
    if (machine_in8(UART_COM1 + UART_SCRATCH) != 0xa5)
        return 0;
    machine_out8(UART_COM1 + UART_SCRATCH, 0x5a);
    return machine_in8(UART_COM1 + UART_SCRATCH) == 0x5a ? UART_COM1 : 0;
}

/* False when the UART takes no more: then the rest is not worth waiting for. */
static bool uart_put(uint16_t port, char character)
{
    unsigned int polls = 0;

    while ((machine_in8((uint16_t)(port + UART_LINE_STATUS)) & UART_TRANSMIT_EMPTY) == 0)
        if (++polls == UART_POLLS_MAX)
            return false;
    machine_out8(port, (uint8_t)character);
    return true;
}

void arch_uart_write(uint64_t uart, const char *string)
{
    uint16_t port = (uint16_t)uart;

    if (port == 0)
        return;
    for (; *string != '\0'; string++) {
        if (*string == '\n' && !uart_put(port, '\r'))
            return;
        if (!uart_put(port, *string))
            return;
    }
}
