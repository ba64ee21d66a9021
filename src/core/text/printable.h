/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of others (names of files, titles, load options, records) made fit to be shown: nothing
 * in them can end a line, move the cursor, turn the direction of writing, or start an escape
 * sequence, so that no file name can forge a line of Baton's. Knows characters, no consoles.
 *
 * What is not shown, one '?' for each character, and one for each byte that is no UTF-8: control
 * characters (C0, DEL, C1), line and paragraph separators, everything invisible (marks of
 * direction, joiners, soft hyphens, tags), noncharacters, and U+FFF0 to U+FFFB, with which EDK II's
 * consoles switch between narrow and wide glyphs. A tab becomes a space. '?' and not U+FFFD: every
 * font has it.
 */
#ifndef BATON_CORE_TEXT_PRINTABLE_H
#define BATON_CORE_TEXT_PRINTABLE_H

#include "core/base/span.h"
#include "core/text/text.h"

/* Whole characters only: what does not fit is left out from there on, and `truncated` set. */
void text_put_printable(struct text *text, const char *string); /* NULL is put as "(none)" */
void text_put_printable_bytes(struct text *text, struct span bytes);

/*
 * Writes at most `bytes.size` bytes, no NUL behind them; returns how many. `to` may be where the
 * bytes are.
 */
size_t printable_copy(struct span bytes, char *to);

/* Whether everything in it is shown as it is, tabs aside. */
bool printable_is(struct span bytes);

#endif
