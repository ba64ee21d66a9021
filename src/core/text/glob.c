/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows patterns; must not know what is matched. */
#include "core/text/glob.h"

#include "core/base/span.h"
#include "core/text/text.h"
#include "core/text/utf.h"

#include <stddef.h>

/* The next character of a string that ends with a NUL; a byte that is no UTF-8 stands for itself
 * (0xDC00 + byte, as no code point is). */
static uint32_t take_character(const char **string)
{
    const char *start = *string;
    size_t available = 0;
    size_t size = 1;
    uint32_t character;

    while (available < 4 && start[available] != '\0')
        available++;
    if (utf8_next(span_of(start, available), &character, &size) != UTF_OK)
        character = 0xDC00U + (uint8_t)*start;
    *string += size;
    return character < 0x80 ? (uint8_t)text_lower((char)character) : character;
}

/* `*pattern` is behind a `[`. Whether `character` is in the set; a set without `]` holds nothing.
 */
static bool take_set(const char **pattern, uint32_t character)
{
    const char *p = *pattern;
    bool negated = *p == '!' || *p == '^';
    bool inside = false;
    bool first = true;

    if (negated)
        p++;
    for (; *p != '\0' && (first || *p != ']'); first = false) {
        uint32_t low;
        uint32_t high;

        if (*p == '\\' && p[1] != '\0')
            p++;
        low = high = take_character(&p);
        if (p[0] == '-' && p[1] != '\0' && p[1] != ']') {
            p++;
            if (*p == '\\' && p[1] != '\0')
                p++;
            high = take_character(&p);
        }
        inside = inside || (character >= low && character <= high);
    }
    if (*p != ']')
        return false;
    *pattern = p + 1;
    return inside != negated;
}

/* Takes one element that is not `*` and one character off both; false when they do not match. */
static bool match_one(const char **pattern, const char **name)
{
    uint32_t character = take_character(name);

    if (**pattern == '?') {
        (*pattern)++;
        return true;
    }
    if (**pattern == '[') {
        (*pattern)++;
        return take_set(pattern, character);
    }
    if (**pattern == '\\' && (*pattern)[1] != '\0')
        (*pattern)++;
    return take_character(pattern) == character;
}

bool glob_match(const char *pattern, const char *name)
{
    const char *retry_pattern = NULL; /* behind the last `*` */
    const char *retry_name = NULL;    /* what that `*` has not swallowed yet */

    for (;;) {
        if (*pattern == '*') {
            retry_pattern = ++pattern;
            retry_name = name;
            continue;
        }
        if (*name == '\0' && *pattern == '\0')
            return true;
        if (*name != '\0' && *pattern != '\0' && match_one(&pattern, &name))
            continue;
        /* Only the last star needs to be given another try: what the ones before it matched can
         * not get better by being longer. */
        if (retry_pattern == NULL || *retry_name == '\0')
            return false;
        take_character(&retry_name);
        pattern = retry_pattern;
        name = retry_name;
    }
}
