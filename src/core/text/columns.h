/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How wide text is on a text console, and where a line of it may end. Consoles are UCS-2 and have
 * cells: what is wide in East Asia takes two of them, everything else one. Knows no console.
 */
#ifndef BATON_CORE_TEXT_COLUMNS_H
#define BATON_CORE_TEXT_COLUMNS_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the first character off; returns the cells it is shown in. `text` is not empty. What is no
 * UTF-8 is one cell a byte, what is beyond UCS-2 one cell. */
uint32_t columns_next(struct span *text);

uint32_t columns_of(struct span text);

/*
 * The bytes of the next line: whole characters that fit into `columns` cells, but at least one,
 * with the blanks behind them, up to and with a newline. It ends behind a blank unless there is
 * none, in the middle of a word then. 0 for no text. All lines together are the text.
 */
size_t columns_wrap(struct span text, uint32_t columns);

#endif
