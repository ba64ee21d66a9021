/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share: taking numbers from the fuzzer's bytes, blocks that are exactly as
 * large as they may be used (the address sanitizer sees the first byte too far), and REQUIRE, which
 * states what has to be true whatever the bytes were.
 */
#ifndef BATON_TEST_FUZZ_FUZZ_H
#define BATON_TEST_FUZZ_FUZZ_H

#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The fuzzer's bytes; zeros when there are none left. */
struct input {
    const uint8_t *data;
    size_t left;
};

static inline uint64_t take(struct input *input, size_t bytes)
{
    uint64_t value = 0;
    size_t count = bytes < input->left ? bytes : input->left;

    REQUIRE(bytes <= sizeof(value));
    if (count != 0)
        memcpy(&value, input->data, count);
    input->data += count;
    input->left -= count;
    return value;
}

/* To be freed. */
static inline uint8_t *exact(const void *data, size_t size)
{
    uint8_t *block = malloc(size);

    REQUIRE(block != NULL);
    if (data != NULL && size != 0)
        memcpy(block, data, size);
    return block;
}

/* NUL-terminated, from the front of the input up to its first NUL or newline; to be freed. */
static inline char *take_line(struct input *input)
{
    size_t length = 0;
    char *line;

    while (length < input->left && input->data[length] != 0 && input->data[length] != '\n')
        length++;
    line = (char *)exact(NULL, length + 1);
    memcpy(line, input->data, length);
    line[length] = '\0';
    input->data += length;
    input->left -= length;
    take(input, 1);
    return line;
}

/* A string of the result lies, with its NUL, in the buffer that the caller gave. */
static inline void require_string(const char *string, const char *buffer, size_t capacity)
{
    REQUIRE(string != NULL);
    if (*string == '\0')
        return; /* "" may be a constant */
    REQUIRE(string >= buffer && string < buffer + capacity);
    REQUIRE(memchr(string, 0, (size_t)(buffer + capacity - string)) != NULL);
}

/* What path_normalise() promises, seen from its callers. */
static inline void require_path(const char *path)
{
    REQUIRE(path[0] == '\\' && path[1] != '\0' && path[strlen(path) - 1] != '\\');
    REQUIRE(strpbrk(path, "/:*?\"<>|") == NULL && strstr(path, "\\\\") == NULL);
    for (const char *at = path; (at = strstr(at, "\\.")) != NULL; at++)
        REQUIRE(strncmp(at, "\\.\\", 3) != 0 && strncmp(at, "\\..\\", 4) != 0 &&
                strcmp(at, "\\.") != 0 && strcmp(at, "\\..") != 0);
}

static inline void require_explanation(struct explanation explanation)
{
    REQUIRE(*explained(explanation).problem != '\0');
    REQUIRE(*explained(explanation).remedy != '\0');
}

#endif
