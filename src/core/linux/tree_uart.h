/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port that a device tree names as its output. Pure; the tree is untrusted. */
#ifndef BATON_CORE_LINUX_TREE_UART_H
#define BATON_CORE_LINUX_TREE_UART_H

#include "core/base/span.h"

#include <stdint.h>

/*
 * /chosen/stdout-path (Devicetree Specification 0.4, 3.6), a path or an alias, as of
 * core/base/uart.h; UART_NONE when there is none, its registers are unknown, or its bus has
 * addresses of its own.
 */
uint64_t tree_uart(struct span source);

#endif
