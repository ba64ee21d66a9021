/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/columns.h"

#include "core/text/utf.h"

/* UAX 11: first and last of the blocks that are Wide or Fullwidth, as far as consoles reach. */
static const uint16_t wide[][2] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
};

uint32_t columns_next(struct span *text)
{
    uint32_t code_point = 0;
    size_t size = 1;

    if (utf8_next(*text, &code_point, &size) != UTF_OK)
        size = 1;
    *text = span_behind(*text, size);
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (code_point >= wide[i][0] && code_point <= wide[i][1])
            return 2;
    return 1;
}

uint32_t columns_of(struct span text)
{
    uint32_t columns = 0;

    while (text.size > 0)
        columns += columns_next(&text);
    return columns;
}

size_t columns_wrap(struct span text, uint32_t columns)
{
    struct span rest = text;
    size_t end = 0; /* behind the last blank */
    uint32_t used = 0;

    while (rest.size > 0) {
        size_t at = text.size - rest.size;
        uint8_t first = *rest.data;

        if (first == '\n')
            return at + 1;
        used += columns_next(&rest);
        if (first == ' ')
            end = text.size - rest.size;
        else if (used > columns && at != 0)
            return end != 0 ? end : at;
    }
    return text.size;
}
