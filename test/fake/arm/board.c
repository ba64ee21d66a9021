/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine where it is an AArch64 one: what its processor says of itself, and what is below
 * it. */
#include "fake/arm/board.h"

#include "arch/arch.h"
#include "core/base/uart.h"
#include "fake/private.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fake_board fake_board;

unsigned int machine_exception_level(void)
{
    return fake_board.exception_level;
}

uint64_t machine_features(void)
{
    return fake_board.features;
}

uint64_t machine_memory_model(void)
{
    return fake_board.memory_model;
}

void machine_psci(uint32_t function, bool by_smc)
{
    fake_board.psci_function = function;
    fake_board.psci_by_smc = by_smc;
    if (!fake_board.psci_refuses)
        fake_end_with(FAKE_RESET);
}

/* A tick of the fake is a nanosecond. */
void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock)
{
    (void)acpi_root;
    *ret_clock = (struct arch_clock){.hz = 1000000000};
}

uint64_t arch_clock_hz(const struct arch_clock *clock)
{
    return clock->hz;
}

/* --- the serial port: one register at a time, of the width that it has --- */

static uint64_t uart_register(uint64_t address, unsigned int size)
{
    enum uart_kind kind = (enum uart_kind)(fake_board.uart & UART_KIND_MASK);

    assert_int_not_equal(kind, UART_NONE);
    assert_int_equal(size, kind == UART_16550 ? 1 : 4);
    return address - (fake_board.uart & ~(uint64_t)UART_KIND_MASK);
}

static uint32_t uart_load(uint64_t address, unsigned int size)
{
    uint64_t offset = uart_register(address, size);

    if ((fake_board.uart & UART_KIND_MASK) == UART_PL011) {
        assert_int_equal(offset, 0x18);
        return fake_board.uart_is_stuck ? 0x20 : 0x90;
    }
    assert_int_equal(offset, 5 * size);
    return fake_board.uart_is_stuck ? 0 : 0x60;
}

static void uart_store(uint64_t address, unsigned int size, uint32_t value)
{
    assert_int_equal(uart_register(address, size), 0);
    assert_false(fake_board.uart_is_stuck);
    assert_true(fake_board.uart_length + 1 < sizeof(fake_board.uart_text));
    fake_board.uart_text[fake_board.uart_length++] = (char)value;
}

uint8_t machine_load8(uint64_t address)
{
    return (uint8_t)uart_load(address, 1);
}

void machine_store8(uint64_t address, uint8_t value)
{
    uart_store(address, 1, value);
}

uint32_t machine_load32(uint64_t address)
{
    return uart_load(address, 4);
}

void machine_store32(uint64_t address, uint32_t value)
{
    uart_store(address, 4, value);
}
