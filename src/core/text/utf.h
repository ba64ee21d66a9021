/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the two encodings Baton meets: UTF-16 of the firmware (file names, load options) and
 * UTF-8 of everything else. Strict in both directions: what is not well-formed is refused, never
 * replaced, because a replaced character names another file. Knows nothing of what the text means.
 */
#ifndef BATON_CORE_TEXT_UTF_H
#define BATON_CORE_TEXT_UTF_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum utf_error {
    UTF_OK = 0,
    UTF_ODD_SIZE,         /* UTF-16 without a NUL, and half a unit at its end */
    UTF_SURROGATE,        /* half of a surrogate pair, or (in UTF-8) an encoded surrogate */
    UTF_SEQUENCE,         /* UTF-8: stray, missing or overlong bytes, or above U+10FFFF */
    UTF_BUFFER_TOO_SMALL, /* the text does not fit; nothing is cut off */
};

/* Bytes of buffer that are enough for any UTF-16 text of `size` bytes, with its NUL. */
#define UTF8_CAPACITY_FOR_UTF16(size) ((size_t)(size) / 2 * 3 + 1)

/*
 * Little-endian UTF-16, at any alignment, up to its first NUL or its end, to NUL-terminated UTF-8.
 * The buffer's contents are undefined after a failure. ret_length does not count the NUL.
 */
enum utf_error utf16_to_utf8(struct span utf16, char *buffer, size_t capacity, size_t *ret_length);

/* NUL-terminated UTF-8 to NUL-terminated UTF-16; `capacity` and ret_length are in units. */
enum utf_error utf8_to_utf16(const char *utf8, uint16_t *buffer, size_t capacity,
                             size_t *ret_length);

/*
 * The code point at the start of `utf8` and how many bytes it takes. UTF_SEQUENCE for an empty
 * span.
 */
enum utf_error utf8_next(struct span utf8, uint32_t *ret_code_point, size_t *ret_size);

/* Whether all of it is UTF-8. */
bool utf8_is_sound(struct span bytes);

#endif
