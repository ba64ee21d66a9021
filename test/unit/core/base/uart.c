/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port of ACPI's table, by the offsets of the SPCR specification. */
#include "core/base/uart.h"

#include "core/base/store.h"
#include "unit/fixture/exact.h"

static uint8_t table[80];

static uint64_t uart_of(uint8_t interface, uint8_t space, uint8_t width, uint8_t access,
                        uint64_t address)
{
    memset(table, 0, sizeof(table));
    table[36] = interface;
    table[40] = space;
    table[41] = width;
    table[43] = access;
    store_u64(table + 44, address);
    return uart_of_spcr(span_of(table, sizeof(table)));
}

static void each_interface_is_known(void **state)
{
    (void)state;
    assert_int_equal(uart_of(3, 0, 32, 3, 0x9000000), 0x9000000 | UART_PL011); /* QEMU's */
    assert_int_equal(uart_of(0xe, 0, 32, 3, 0x12345678000), 0x12345678000 | UART_PL011);
    assert_int_equal(uart_of(0xd, 0, 32, 3, 0x9000000), 0x9000000 | UART_PL011);
    assert_int_equal(uart_of(0, 0, 8, 1, 0x1000), 0x1000 | UART_16550);
    assert_int_equal(uart_of(1, 0, 8, 0, 0x1000), 0x1000 | UART_16550);
    assert_int_equal(uart_of(0x12, 0, 32, 0, 0x1000), 0x1000 | UART_16550_WIDE);
    assert_int_equal(uart_of(0x12, 0, 8, 3, 0x1000), 0x1000 | UART_16550_WIDE);
}

static void what_cannot_be_written_to_is_none(void **state)
{
    (void)state;
    assert_int_equal(uart_of(2, 0, 32, 3, 0x9000000), UART_NONE); /* another kind */
    assert_int_equal(uart_of(3, 1, 32, 3, 0x9000000), UART_NONE); /* not in memory */
    assert_int_equal(uart_of(3, 0, 32, 3, 0), UART_NONE);
    assert_int_equal(uart_of(3, 0, 32, 3, 0x9000002), UART_NONE);
    assert_int_equal(uart_of_spcr(span_of(NULL, 0)), UART_NONE);
    (void)uart_of(3, 0, 32, 3, 0x9000000);
    for (size_t size = 0; size < 52; size++) {
        struct span copy = exact_copy(table, size);

        assert_int_equal(uart_of_spcr(copy), UART_NONE);
        exact_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_interface_is_known),
        cmocka_unit_test(what_cannot_be_written_to_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
