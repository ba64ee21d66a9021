/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a line of text in a buffer that never grows: messages, the journal, the record left
 * after giving up. Works on both sides of the point of no return. Knows nothing of where the text
 * goes.
 */
#ifndef BATON_CORE_TEXT_TEXT_H
#define BATON_CORE_TEXT_TEXT_H

#include "core/base/packed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `data` always holds a NUL-terminated string; what does not fit is dropped and `truncated` set. */
struct text {
    char *data;
    size_t capacity; /* bytes, including the NUL; at least 1 */
    size_t length;   /* bytes, without the NUL */
    bool truncated;
};

struct text text_in(char *buffer, size_t capacity);
void text_put(struct text *text, const char *string); /* NULL is put as "(none)" */
void text_put_bytes(struct text *text, const char *bytes, size_t count);
void text_put_char(struct text *text, char character);
void text_put_decimal(struct text *text, uint64_t value);
void text_put_hex(struct text *text, uint64_t value); /* 0x prefix, no leading zeros */

/*
 * What printf() makes of: %s, a string as it is; %-s, one that somebody else wrote, printable
 * (core/text/printable.h); %lu, a uint64_t; %lx, the same in hexadecimal with its 0x. There is
 * nothing else, no % either.
 */
__attribute__((format(printf, 2, 3))) void text_format(struct text *text, const char *format, ...);

/* NUL-terminated strings. */
size_t text_length(const char *string);
bool text_equal(const char *a, const char *b);
bool text_equal_ignoring_case(const char *a, const char *b); /* ASCII letters only */
char text_lower(char character);                             /* ASCII letters only */

#endif
