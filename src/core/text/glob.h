/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shell patterns as `default` of loader.conf uses them: `*`, `?`, `[abc]`, `[a-z]`, `[!x]`, `[^x]`,
 * and `\` to take the next character for itself. ASCII letters match in any case, because the names
 * are FAT's. No recursion; at worst length times length.
 */
#ifndef BATON_CORE_TEXT_GLOB_H
#define BATON_CORE_TEXT_GLOB_H

#include <stdbool.h>

/* `?` and `[...]` match one code point of UTF-8. A `[` that is never closed matches nothing. */
bool glob_match(const char *pattern, const char *name);

#endif
