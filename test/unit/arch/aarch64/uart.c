/* SPDX-License-Identifier: BSD-2-Clause */
/* The text behind the exit, on each serial port that tables can describe. */
#include "arch/arch.h"

#include "core/base/uart.h"
#include "fake/arm/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ADDRESS 0x9000000ULL

static void each_kind_takes_text(void **state)
{
    (void)state;
    for (enum uart_kind kind = UART_PL011; kind <= UART_16550_WIDE; kind++) {
        fake_board = (struct fake_board){.uart = uart_make(kind, ADDRESS)};
        arch_uart_write(fake_board.uart, "one\ntwo\n");
        assert_string_equal(fake_board.uart_text, "one\r\ntwo\r\n");
    }
}

static void a_stuck_one_is_given_up(void **state)
{
    (void)state;
    for (enum uart_kind kind = UART_PL011; kind <= UART_16550_WIDE; kind++) {
        fake_board = (struct fake_board){.uart = uart_make(kind, ADDRESS), .uart_is_stuck = true};
        arch_uart_write(fake_board.uart, "text");
        assert_int_equal(fake_board.uart_length, 0);
    }
}

static void without_one_nothing_is_touched(void **state)
{
    (void)state;
    fake_board = (struct fake_board){0};
    assert_int_equal(arch_uart_find(), UART_NONE);
    arch_uart_write(UART_NONE, "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_takes_text),
        cmocka_unit_test(a_stuck_one_is_given_up),
        cmocka_unit_test(without_one_nothing_is_touched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
