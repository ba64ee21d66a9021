/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A serial port that tables describe, as one number: its address, and in the two lowest bits, which
 * no such address has, what it is. 0: there is none. Pure.
 */
#ifndef BATON_CORE_BASE_UART_H
#define BATON_CORE_BASE_UART_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum uart_kind {
    UART_NONE,
    UART_PL011,      /* Arm DDI 0183, and what has only its data and flag registers (SBSA) */
    UART_16550,      /* registers are bytes, one beside the other */
    UART_16550_WIDE, /* registers are words of 32 bits */
};
#define UART_KIND_MASK 3U

/* UART_NONE when the address is none that registers can be at. */
uint64_t uart_make(enum uart_kind kind, uint64_t address);

/* What the Serial Port Console Redirection table says (Microsoft's, revision 2 and later), the
 * whole of it. */
uint64_t uart_of_spcr(struct span spcr);

#endif
