/* SPDX-License-Identifier: BSD-2-Clause */
/* The language of a test's configuration: words `name` or `name=value`, separated by spaces. */
#ifndef BATON_TEST_FIRMWARE_WORDS_H
#define BATON_TEST_FIRMWARE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `name` is among the words; its value up to the next space, "" when it has none. */
bool words_find(const char *words, const char *name, const char **ret_value);

/* The value as a number, decimal or 0x; 1 when the word has no value, `absent` when there is no
 * such word. `name=ever` is UINT64_MAX. */
uint64_t words_number(const char *words, const char *name, uint64_t absent);

/* Whether the value is exactly `value`. */
bool words_say(const char *words, const char *name, const char *value);

/* One number of a list `1,0x2,3`; *value moves on behind it. False at the end of the list. */
bool words_next(const char **value, uint64_t *ret_number);

#endif
