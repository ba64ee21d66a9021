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

/* A pattern, and how many of its characters may still be looked at. */
struct pattern {
    const char *next;
    uint32_t steps;
};

/* The next character for itself, whether there is a backslash in front or not. */
static uint32_t take_literal(struct pattern *pattern)
{
    if (pattern->next[0] == '\\' && pattern->next[1] != '\0')
        pattern->next++;
    if (pattern->steps > 0)
        pattern->steps--;
    return take_character(&pattern->next);
}

/* The pattern is behind a `[`. Whether `character` is in the set; one without `]` holds nothing. */
static bool take_set(struct pattern *pattern, uint32_t character)
{
    bool negated = *pattern->next == '!' || *pattern->next == '^';
    bool inside = false;
    bool first = true;

    if (negated)
        pattern->next++;
    for (; *pattern->next != '\0' && (first || *pattern->next != ']'); first = false) {
        uint32_t low = take_literal(pattern);
        uint32_t high = low;

        if (pattern->next[0] == '-' && pattern->next[1] != '\0' && pattern->next[1] != ']') {
            pattern->next++;
            high = take_literal(pattern);
        }
        inside = inside || (character >= low && character <= high);
        if (pattern->steps == 0)
            return false;
    }
    if (*pattern->next != ']')
        return false;
    pattern->next++;
    return inside != negated;
}

/* Takes one element that is not `*` and one character off both; false when they do not match. */
static bool match_one(struct pattern *pattern, const char **name)
{
    uint32_t character = take_character(name);
    char element = *pattern->next;

    if (element != '?' && element != '[')
        return take_literal(pattern) == character;
    pattern->next++;
    if (pattern->steps > 0)
        pattern->steps--;
    return element == '?' || take_set(pattern, character);
}

bool glob_match(const char *pattern, const char *name)
{
    struct pattern at = {.next = pattern, .steps = GLOB_STEPS_MAX};
    const char *retry_pattern = NULL; /* behind the last `*` */
    const char *retry_name = NULL;    /* what that `*` has not swallowed yet */

    for (;;) {
        if (*at.next == '*') {
            retry_pattern = ++at.next;
            retry_name = name;
            continue;
        }
        if (*name == '\0' && *at.next == '\0')
            return true;
        if (*name != '\0' && *at.next != '\0' && match_one(&at, &name))
            continue;
        /* Only the last star needs to be given another try: what the ones before it matched cannot
         * get better by being longer. */
        if (retry_pattern == NULL || *retry_name == '\0' || at.steps == 0)
            return false;
        take_character(&retry_name);
        at.next = retry_pattern;
        name = retry_name;
    }
}
