/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line format that boot loader entries and loader.conf share: `key value` lines, comments,
 * UTF-8. Splits and counts; knows no key. Also the string pool that the results live in.
 */
#ifndef BATON_CORE_TEXT_LINES_H
#define BATON_CORE_TEXT_LINES_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_TEXT_MAX 65536U /* bytes of a file; a larger one is not an entry */
#define LINES_LINE_MAX 8192U  /* bytes of a line: four times Linux' COMMAND_LINE_SIZE */

/* Where something is wrong: shown as "<file>: line <line>: ..." */
struct line_note {
    uint32_t line;   /* from 1; 0: the file as a whole */
    const char *why; /* static: what exactly is wrong there; NULL: nothing to add */
};

struct lines {
    struct span rest; /* what has not been read yet */
    uint32_t number;  /* of the line that was read last */
};

/* Starts reading `text`; a UTF-8 byte order mark, and NULs behind the text, are passed over. */
struct lines lines_of(struct span text);

/* UTF-16, with its byte order mark or with two ASCII characters at its start: not this format. */
bool lines_are_utf16(struct span text);

/*
 * The next line that is neither empty nor a comment, split at the first run of spaces and tabs;
 * ret_value has none around it and may be empty. Ends at LF, CR LF or, as for systemd-boot, a CR
 * alone. False at the end. A NUL is a character of its line, which the rest of the text survives
 * (systemd-boot ends the text there).
 */
bool lines_next(struct lines *lines, struct span *ret_key, struct span *ret_value);

/* What lines_next() has split. */
static inline struct span lines_whole(struct span key, struct span value)
{
    return span_of(key.data, (size_t)(value.data - key.data) + value.size);
}

/*
 * Without the quotes, double or single, that are the first and the last byte, and without the
 * blanks inside of them; a quote in between is a character. As systemd-boot has it for every key.
 */
struct span value_unquoted(struct span value);

/*
 * Takes the next of several words that blanks separate. One that is in quotes loses them and may
 * have blanks inside, or nothing. False at the end.
 */
bool value_next_word(struct span *value, struct span *ret_word);

bool value_equals(struct span bytes, const char *string); /* exactly; ASCII case matters */
bool value_equals_ignoring_case(struct span bytes, const char *string);

/* Which of the words it is, from 0 on; each of them ends in a NUL, and so do they together. */
bool value_word(struct span bytes, const char *words, uint8_t *ret_place);

/* Whether these bytes are UTF-8 without control characters; a tab is not one. */
bool value_is_text(struct span bytes);

/* A boolean as loader.conf(5) spells it: yes y true t on 1, no n false f off 0, in any case. */
bool value_boolean(struct span bytes, bool *ret_value);

/* Decimal digits only, at most `limit`. */
bool value_decimal(struct span bytes, uint32_t limit, uint32_t *ret_value);

/* A buffer of the caller's that NUL-terminated strings are packed into. */
struct string_pool {
    char *next;
    size_t left; /* bytes */
};

/* NULL when it does not fit. The second one is for what is shown, see printable.h. */
const char *string_pool_add(struct string_pool *pool, struct span bytes);
const char *string_pool_add_printable(struct string_pool *pool, struct span bytes);

#endif
