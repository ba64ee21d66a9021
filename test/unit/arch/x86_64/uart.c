/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/arch.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COM1 0x3f8

static int begin(void **state)
{
    (void)state;
    (void)fake_begin();
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static void finds_a_uart(void **state)
{
    (void)state;
    fake_uart(0, false);
    assert_int_equal(arch_uart_find(), 0);
    fake_uart(COM1, false);
    assert_int_equal(arch_uart_find(), COM1);
    assert_string_equal(fake_uart_text(), "");
}

static void port_without_a_scratch_register_is_no_uart(void **state)
{
    (void)state;
    fake_uart(0, false);
    fake_port_set(COM1 + 5, 0x60);
    assert_int_equal(arch_uart_find(), 0);
    fake_port_set(COM1 + 7, 0xa5); /* a bus that gives back what was last on it */
    assert_int_equal(arch_uart_find(), 0);
}

static void writes_lines_as_terminals_want_them(void **state)
{
    (void)state;
    fake_uart(COM1, false);
    arch_uart_write(COM1, "one\ntwo\n");
    assert_string_equal(fake_uart_text(), "one\r\ntwo\r\n");
    arch_uart_write(0, "nowhere");
    assert_string_equal(fake_uart_text(), "one\r\ntwo\r\n");
}

static void stuck_uart_is_waited_for_once(void **state)
{
    uint64_t start;
    uint64_t once;

    (void)state;
    fake_uart(COM1, true);
    start = arch_ticks();
    arch_uart_write(COM1, "x");
    once = arch_ticks() - start;
    arch_uart_write(COM1, "0123456789");
    assert_true(arch_ticks() - start < 3 * once);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_a_uart),
        TEST(port_without_a_scratch_register_is_no_uart),
        TEST(writes_lines_as_terminals_want_them),
        TEST(stuck_uart_is_waited_for_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
