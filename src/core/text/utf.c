/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows UTF-16 (RFC 2781) and UTF-8 (RFC 3629); must not know what any text means. */
#include "core/text/utf.h"

#include "core/text/text.h"

static bool is_surrogate(uint32_t code_point)
{
    return code_point >= 0xD800 && code_point <= 0xDFFF;
}

/* At most four bytes; returns how many. */
static size_t encode_utf8(uint32_t code_point, uint8_t bytes[4])
{
    size_t size = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};

    for (size_t i = size - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    bytes[0] = (uint8_t)(lead[size] | code_point);
    return size;
}

enum utf_error utf16_to_utf8(struct span utf16, char *buffer, size_t capacity, size_t *ret_length)
{
    size_t offset = 0;
    size_t length = 0;
    uint16_t unit = 0;
    uint16_t low = 0;
    uint8_t bytes[4];

    while (span_u16(utf16, offset, &unit) && unit != 0) {
        uint32_t code_point = unit;
        size_t size;

        offset += 2;
        if (is_surrogate(unit)) {
            if (unit >= 0xDC00 || !span_u16(utf16, offset, &low) || low < 0xDC00 || low > 0xDFFF)
                return UTF_SURROGATE;
            offset += 2;
            code_point = 0x10000 + (((uint32_t)unit - 0xD800) << 10) + (low - 0xDC00U);
        }
        size = encode_utf8(code_point, bytes);
        if (length + size >= capacity)
            return UTF_BUFFER_TOO_SMALL;
        for (size_t i = 0; i < size; i++)
            buffer[length++] = (char)bytes[i];
    }
    /* Half a unit behind a NUL belongs to nobody; half a unit instead of a NUL is a broken text. */
    if (utf16.size - offset == 1)
        return UTF_ODD_SIZE;
    if (capacity == 0)
        return UTF_BUFFER_TOO_SMALL;
    buffer[length] = '\0';
    *ret_length = length;
    return UTF_OK;
}

enum utf_error utf8_next(struct span utf8, uint32_t *ret_code_point, size_t *ret_size)
{
    static const uint32_t smallest[] = {0x80, 0x800, 0x10000};
    uint32_t code_point;
    uint8_t byte;
    size_t size;

    if (utf8.size == 0)
        return UTF_SEQUENCE;
    byte = utf8.data[0];
    if (byte < 0x80) { /* most of all text */
        *ret_code_point = byte;
        *ret_size = 1;
        return UTF_OK;
    }
    if (byte >= 0xC2 && byte < 0xE0)
        size = 2;
    else if (byte >= 0xE0 && byte < 0xF0)
        size = 3;
    else if (byte >= 0xF0 && byte < 0xF5)
        size = 4;
    else
        return UTF_SEQUENCE;
    code_point = byte & (0x7FU >> size);
    for (size_t i = 1; i < size; i++) {
        if (!span_u8(utf8, i, &byte) || (byte & 0xC0) != 0x80)
            return UTF_SEQUENCE;
        code_point = (code_point << 6) | (byte & 0x3FU);
    }
    if (code_point < smallest[size - 2] || code_point > 0x10FFFF)
        return UTF_SEQUENCE;
    if (is_surrogate(code_point))
        return UTF_SURROGATE;
    *ret_code_point = code_point;
    *ret_size = size;
    return UTF_OK;
}

enum utf_error utf8_to_utf16(const char *utf8, uint16_t *buffer, size_t capacity,
                             size_t *ret_length)
{
    struct span rest = span_of(utf8, text_length(utf8));
    size_t length = 0;

    while (rest.size > 0) {
        uint32_t code_point;
        size_t size;
        enum utf_error error = utf8_next(rest, &code_point, &size);

        if (error != UTF_OK)
            return error;
        rest = span_behind(rest, size);
        if (length + (code_point >= 0x10000) + 1 >= capacity)
            return UTF_BUFFER_TOO_SMALL;
        if (code_point >= 0x10000) {
            buffer[length++] = (uint16_t)(0xD800 + ((code_point - 0x10000) >> 10));
            code_point = 0xDC00 + (code_point & 0x3FF);
        }
        buffer[length++] = (uint16_t)code_point;
    }
    if (capacity == 0)
        return UTF_BUFFER_TOO_SMALL;
    buffer[length] = 0;
    *ret_length = length;
    return UTF_OK;
}

bool utf8_is_sound(struct span bytes)
{
    uint32_t code_point;
    size_t size;

    for (; bytes.size > 0; bytes = span_behind(bytes, size)) {
        if (utf8_next(bytes, &code_point, &size) != UTF_OK)
            return false;
    }
    return true;
}
