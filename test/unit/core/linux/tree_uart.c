/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port that a device tree names, in trees of the shapes that boards have. */
#include "core/linux/tree_uart.h"

#include "core/base/uart.h"
#include "unit/fixture/exact.h"
#include "unit/fixture/tree_fixture.h"

#define SHIFT_2 "\0\0\0\2"

/* A tree with its output at `path`; a port `compatible` on a bus, and one at the root. */
static struct span make(const char *path, const char *compatible, size_t size, const char *shift)
{
    tree_begin();
    tree_node("");
    tree_property("#address-cells", "\0\0\0\2", 4);
    tree_node("aliases");
    tree_property("serial0", "/soc/serial@7000", 17);
    tree_property("serial1", "/pl011@9000000", 15);
    tree_token(2);
    tree_node("pl011@9000000");
    tree_property("reg", "\0\0\x12\x34\x09\0\0\0\0\0\0\0\0\0\x10\0", 16);
    tree_property("compatible", "arm,pl011\0arm,primecell", 24);
    tree_token(2);
    tree_node("soc");
    tree_property("#address-cells", "\0\0\0\1", 4);
    tree_property("ranges", "", 0);
    tree_node("serial@6000"); /* another one in front of it */
    tree_property("reg", "\0\0\x60\0\0\0\1\0", 8);
    tree_token(2);
    tree_node("serial@7000");
    tree_property("reg", "\0\0\x70\0\0\0\1\0", 8);
    tree_property("compatible", compatible, size);
    if (shift != NULL)
        tree_property("reg-shift", shift, 4);
    tree_token(2);
    tree_node("bus");
    tree_property("#address-cells", "\0\0\0\1", 4);
    tree_property("ranges", "\0\0\0\0\x10\0\0\0\0\1\0\0", 12);
    tree_node("serial@8000");
    tree_property("reg", "\0\0\x80\0\0\0\1\0", 8);
    tree_property("compatible", "ns16550a", 9);
    tree_token(2);
    tree_token(2);
    tree_token(2);
    tree_node("chosen");
    if (path != NULL)
        tree_property("stdout-path", path, strlen(path) + 1);
    tree_token(2);
    tree_token(2);
    return tree_finished();
}

static uint64_t uart_at(const char *path)
{
    return tree_uart(make(path, "ns16550a", 9, NULL));
}

static void a_port_is_found_by_path_or_alias(void **state)
{
    (void)state;
    assert_int_equal(uart_at("/pl011@9000000"), 0x123409000000 | UART_PL011);
    assert_int_equal(uart_at("/pl011@9000000:115200n8"), 0x123409000000 | UART_PL011);
    assert_int_equal(uart_at("serial1"), 0x123409000000 | UART_PL011);
    assert_int_equal(uart_at("/soc/serial@7000"), 0x7000 | UART_16550);
    assert_int_equal(uart_at("serial0:115200"), 0x7000 | UART_16550);
}

static void registers_are_as_they_are_described(void **state)
{
    (void)state;
    assert_int_equal(tree_uart(make("serial0", "snps,dw-apb-uart", 17, SHIFT_2)),
                     0x7000 | UART_16550_WIDE);
    assert_int_equal(tree_uart(make("serial0", "snps,dw-apb-uart", 17, "\0\0\0\1")), UART_NONE);
    assert_int_equal(tree_uart(make("serial0", "x\0ns16550", 10, NULL)), 0x7000 | UART_16550);
    assert_int_equal(tree_uart(make("serial0", "arm,sbsa-uart", 14, NULL)), 0x7000 | UART_PL011);
    assert_int_equal(tree_uart(make("serial0", "somebody,uart", 14, NULL)), UART_NONE);
    assert_int_equal(tree_uart(make("serial0", "arm,pl01", 9, NULL)), UART_NONE);
}

static void what_is_not_said_is_none(void **state)
{
    (void)state;
    assert_int_equal(uart_at(NULL), UART_NONE);
    assert_int_equal(uart_at(""), UART_NONE);
    assert_int_equal(uart_at("/"), UART_NONE);
    assert_int_equal(uart_at("serial2"), UART_NONE);
    assert_int_equal(uart_at("/soc"), UART_NONE);
    assert_int_equal(uart_at("/serial@7000"), UART_NONE);
    assert_int_equal(uart_at("/soc/serial@6000"), UART_NONE);     /* it does not say what it is */
    assert_int_equal(uart_at("/soc/bus/serial@8000"), UART_NONE); /* at other addresses */
    assert_int_equal(tree_uart(span_of(NULL, 0)), UART_NONE);
}

/* Damage anywhere: checked by the sanitizers. */
static void damage_is_survived(void **state)
{
    struct span tree = make("serial0:1", "ns16550a", 9, SHIFT_2);

    (void)state;
    for (size_t i = 0; i < tree.size; i++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            struct span copy;

            tree_source[i] ^= (uint8_t)(1U << bit);
            copy = exact_copy(tree.data, tree.size);
            (void)tree_uart(copy);
            exact_free(copy);
            tree_source[i] ^= (uint8_t)(1U << bit);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_found_by_path_or_alias),
        cmocka_unit_test(registers_are_as_they_are_described),
        cmocka_unit_test(what_is_not_said_is_none),
        cmocka_unit_test(damage_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
