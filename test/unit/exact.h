/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of test data in heap blocks that are exactly as large as the data, so that the address
 * sanitizer sees the first byte that a parser reads or writes outside of what it was given.
 */
#ifndef BATON_TEST_UNIT_EXACT_H
#define BATON_TEST_UNIT_EXACT_H

#include "core/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* To be freed with exact_free(). */
static inline struct span exact_copy(const void *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, data, size);
    /* malloc(0) may give NULL, so an empty copy points behind a block of one byte. */
    return span_of(size == 0 ? copy + 1 : copy, size);
}

static inline struct span exact_string(const char *string)
{
    return exact_copy(string, strlen(string));
}

static inline void exact_free(struct span copy)
{
    free((void *)(uintptr_t)(copy.size == 0 ? copy.data - 1 : copy.data));
}

static inline char *exact_buffer(size_t size)
{
    char *buffer = malloc(size == 0 ? 1 : size);

    assert_non_null(buffer);
    memset(buffer, 0x5A, size);
    return buffer;
}

/* Reproducible noise, for bytes that nobody thought of. */
static inline uint32_t exact_noise(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
