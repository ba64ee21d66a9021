/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shell patterns as `default` of loader.conf uses them: `*`, `?`, `[abc]`, `[a-z]`, `[!x]`, `[^x]`,
 * and `\` to take the next character for itself. ASCII letters match in any case, because the names
 * are FAT's. No recursion.
 *
 * Bounded: a match looks at GLOB_STEPS_MAX characters of the pattern, each as often as it is looked
 * at, and then is none. That is enough for any pattern of 255 characters and any name on FAT;
 * without it 8 KiB of sets against a thousand long names take minutes.
 */
#ifndef BATON_CORE_TEXT_GLOB_H
#define BATON_CORE_TEXT_GLOB_H

#include <stdbool.h>

#define GLOB_STEPS_MAX 16384U

/* `?` and `[...]` match one code point of UTF-8. A `[` that is never closed matches nothing. */
bool glob_match(const char *pattern, const char *name);

#endif
