/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the comparison of https://uapi-group.org/specifications/specs/version_format_specification/
 * ("Version Comparison", steps 1 to 8) as systemd has it; must not know what is versioned. */
#include "core/text/version.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int sign(int a, int b)
{
    return (a > b) - (a < b);
}

/* Step 1: everything else, UTF-8 included, only separates. */
static const char *skip_separators(const char *s)
{
    while (*s != '\0' && !is_digit(*s) && !is_letter(*s) && *s != '-' && *s != '.' && *s != '~' &&
           *s != '^')
        s++;
    return s;
}

/* Step 7, for numbers of any length: without leading zeros, the longer one is the bigger one. */
static int compare_numbers(const char **a, const char **b)
{
    size_t length_a = 0;
    size_t length_b = 0;
    int result = 0;

    while (**a == '0')
        (*a)++;
    while (**b == '0')
        (*b)++;
    while (is_digit((*a)[length_a]))
        length_a++;
    while (is_digit((*b)[length_b]))
        length_b++;
    if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
    for (size_t i = 0; i < length_a && result == 0; i++)
        result = sign((*a)[i], (*b)[i]);
    *a += length_a;
    *b += length_b;
    return result;
}

/* Step 8. ASCII has capitals before small letters, as the specification wants. */
static int compare_letters(const char **a, const char **b)
{
    while (is_letter(**a) && is_letter(**b)) {
        if (**a != **b)
            return sign(**a, **b);
        (*a)++;
        (*b)++;
    }
    return sign(is_letter(**a), is_letter(**b));
}

int version_compare(const char *a, const char *b)
{
    /* Steps 2, 4, 5 and 6 in their order; each makes a version that has it here the lower one.
     * Step 3, the end of a string, is between the first two. */
    static const char marks[] = "~-^.";

    for (;;) {
        int result;

        a = skip_separators(a);
        b = skip_separators(b);
        for (size_t i = 0; marks[i] != '\0'; i++) {
            if (i == 1 && (*a == '\0' || *b == '\0'))
                return sign(*a != '\0', *b != '\0');
            if (*a == marks[i] && *b == marks[i]) {
                a++;
                b++;
            } else if (*a == marks[i] || *b == marks[i]) {
                return *a == marks[i] ? -1 : 1;
            }
        }
        /* The specification takes a number that is missing for 0 and goes on. */
        if (is_digit(*a) != is_digit(*b))
            return is_digit(*a) ? 1 : -1;
        if (is_digit(*a))
            result = compare_numbers(&a, &b);
        else
            result = compare_letters(&a, &b);
        if (result != 0)
            return result;
    }
}
