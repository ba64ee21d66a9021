/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port that a firmware's device tree names. Input: the tree. */
#include "core/linux/tree_uart.h"

#include "core/base/uart.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *tree = exact(data, size);
    uint64_t uart = tree_uart(span_of(tree, size));

    REQUIRE(uart == UART_NONE || ((uart & UART_KIND_MASK) != 0 && uart > UART_KIND_MASK));
    free(tree);
    return 0;
}
