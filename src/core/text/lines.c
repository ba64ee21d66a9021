/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how lines and values are written; must not know any key. */
#include "core/text/lines.h"

#include "core/text/printable.h"
#include "core/text/text.h"
#include "core/text/utf.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static struct span span_after(struct span bytes, size_t count)
{
    return span_behind(bytes, count);
}

static struct span without_blanks_around(struct span bytes)
{
    while (bytes.size > 0 && is_blank(bytes.data[0]))
        bytes = span_after(bytes, 1);
    while (bytes.size > 0 && is_blank(bytes.data[bytes.size - 1]))
        bytes.size--;
    return bytes;
}

/* Editors preallocate, and a power cut leaves the clusters that were never written. */
static struct span without_padding(struct span text)
{
    while (text.size > 0 && text.data[text.size - 1] == '\0')
        text.size--;
    return text;
}

struct lines lines_of(struct span text)
{
    if (text.size >= 3 && text.data[0] == 0xEF && text.data[1] == 0xBB && text.data[2] == 0xBF)
        text = span_after(text, 3);
    return (struct lines){.rest = without_padding(text)};
}

bool lines_are_utf16(struct span text)
{
    uint32_t two;

    if (!span_u32(text, 0, &two))
        return false;
    if ((uint16_t)two == 0xFEFF || (uint16_t)two == 0xFFFE)
        return true;
    return ((two & 0x00FF00FF) == 0) != ((two & 0xFF00FF00) == 0);
}

/* The next line without its end; the caller has checked that there is one. */
static struct span take_line(struct lines *lines)
{
    struct span *rest = &lines->rest;
    struct span line = span_of(rest->data, 0);

    while (line.size < rest->size && line.data[line.size] != '\n' && line.data[line.size] != '\r')
        line.size++;
    *rest = span_after(*rest, line.size);
    if (rest->size >= 2 && rest->data[0] == '\r' && rest->data[1] == '\n')
        *rest = span_after(*rest, 1);
    if (rest->size > 0)
        *rest = span_after(*rest, 1);
    lines->number++;
    return line;
}

bool lines_next(struct lines *lines, struct span *ret_key, struct span *ret_value)
{
    while (lines->rest.size > 0) {
        struct span line = without_blanks_around(take_line(lines));
        size_t key_size = 0;

        if (line.size == 0 || line.data[0] == '#')
            continue;
        while (key_size < line.size && !is_blank(line.data[key_size]))
            key_size++;
        *ret_key = span_of(line.data, key_size);
        *ret_value = without_blanks_around(span_after(line, key_size));
        return true;
    }
    return false;
}

/* Whether quotes of one kind are its first and its last byte. */
static bool is_quoted(struct span value)
{
    return value.size >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
           value.data[value.size - 1] == value.data[0];
}

struct span value_unquoted(struct span value)
{
    if (!is_quoted(value))
        return value;
    return without_blanks_around(span_of(value.data + 1, value.size - 2));
}

bool value_next_word(struct span *value, struct span *ret_word)
{
    struct span rest = without_blanks_around(*value);
    struct span word = span_of(rest.data, 0);
    bool quoted = false;

    if (rest.size == 0)
        return false;
    /* A quote behind which no word ends is a character as others are. */
    for (size_t end = 2; end <= rest.size && !quoted; end++) {
        word.size = end;
        quoted = is_quoted(word) && (end == rest.size || is_blank(rest.data[end]));
    }
    if (!quoted) {
        for (word.size = 0; word.size < rest.size && !is_blank(rest.data[word.size]);)
            word.size++;
    }
    *value = span_after(rest, word.size);
    *ret_word = quoted ? value_unquoted(word) : word;
    return true;
}

bool value_equals(struct span bytes, const char *string)
{
    size_t i = 0;

    while (i < bytes.size && string[i] != '\0' && (char)bytes.data[i] == string[i])
        i++;
    return i == bytes.size && string[i] == '\0';
}

bool value_word(struct span bytes, const char *words, uint8_t *ret_place)
{
    for (uint8_t place = 0; *words != '\0'; place++) {
        if (value_equals(bytes, words)) {
            *ret_place = place;
            return true;
        }
        words += text_length(words) + 1;
    }
    return false;
}

bool value_equals_ignoring_case(struct span bytes, const char *string)
{
    size_t i = 0;

    while (i < bytes.size && string[i] != '\0' &&
           text_lower((char)bytes.data[i]) == text_lower(string[i]))
        i++;
    return i == bytes.size && string[i] == '\0';
}

bool value_is_text(struct span bytes)
{
    uint32_t code_point;
    size_t size;

    for (; bytes.size > 0; bytes = span_after(bytes, size)) {
        if (utf8_next(bytes, &code_point, &size) != UTF_OK ||
            (code_point < 0x20 && code_point != '\t') || code_point == 0x7F)
            return false;
    }
    return true;
}

bool value_boolean(struct span bytes, bool *ret_value)
{
    /* The first half means yes, the second no. */
    static const char words[][6] = {"yes", "y", "true",  "t", "on",  "1",
                                    "no",  "n", "false", "f", "off", "0"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (value_equals_ignoring_case(bytes, words[i])) {
            *ret_value = i < sizeof(words) / sizeof(words[0]) / 2;
            return true;
        }
    }
    return false;
}

bool value_decimal(struct span bytes, uint32_t limit, uint32_t *ret_value)
{
    uint64_t value = 0;

    if (bytes.size == 0)
        return false;
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < '0' || bytes.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(bytes.data[i] - '0');
        if (value > limit) /* checked each time: value stays below 2^36 */
            return false;
    }
    *ret_value = (uint32_t)value;
    return true;
}

const char *string_pool_add(struct string_pool *pool, struct span bytes)
{
    char *string = pool->next;

    if (bytes.size >= pool->left)
        return NULL;
    for (size_t i = 0; i < bytes.size; i++)
        string[i] = (char)bytes.data[i];
    string[bytes.size] = '\0';
    pool->next += bytes.size + 1;
    pool->left -= bytes.size + 1;
    return string;
}

const char *string_pool_add_printable(struct string_pool *pool, struct span bytes)
{
    char *string = pool->next;
    size_t length;

    if (bytes.size >= pool->left)
        return NULL;
    length = printable_copy(bytes, string);
    string[length] = '\0';
    pool->next += length + 1;
    pool->left -= length + 1;
    return string;
}
