/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows which characters of Unicode do something else than being seen. */
#include "core/text/printable.h"

#include "core/text/utf.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* Noncharacters at the end of each plane are not in here. */
static const struct range hidden[] = {
    {0x00, 0x1F},       /* C0; the tab among them */
    {0x7F, 0x9F},       /* DEL, C1: CSI is one of them */
    {0xAD, 0xAD},       /* soft hyphen */
    {0x61C, 0x61C},     /* Arabic letter mark */
    {0x180E, 0x180E},   /* Mongolian vowel separator */
    {0x200B, 0x200F},   /* without width; marks of direction */
    {0x2028, 0x202E},   /* separators of lines and paragraphs; embeddings, overrides */
    {0x2060, 0x206F},   /* invisible operators; isolates */
    {0xFDD0, 0xFDEF},   /* noncharacters */
    {0xFEFF, 0xFEFF},   /* byte order mark */
    {0xFFF0, 0xFFFB},   /* narrow, wide and non-breaking of EDK II; interlinear annotation */
    {0xE0000, 0xE0FFF}, /* tags, variation selectors */
};

static bool is_shown(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (code_point >= hidden[i].first && code_point <= hidden[i].last)
            return false;
    }
    return (code_point & 0xFFFE) != 0xFFFE;
}

/* What to show for the first character of `rest`, which is not empty; takes it off. */
static struct span take_shown(struct span *rest)
{
    struct span shown = span_of(rest->data, 1);
    uint32_t code_point;
    size_t size = 1;

    if (utf8_next(*rest, &code_point, &size) == UTF_OK && is_shown(code_point))
        shown.size = size;
    else
        shown.data = (const uint8_t *)(rest->data[0] == '\t' ? " " : "?");
    *rest = span_behind(*rest, size);
    return shown;
}

void text_put_printable_bytes(struct text *text, struct span bytes)
{
    while (bytes.size > 0) {
        struct span shown = take_shown(&bytes);

        if (text->truncated || text->length + shown.size >= text->capacity) {
            text->truncated = true;
            return;
        }
        text_put_bytes(text, (const char *)shown.data, shown.size);
    }
}

void text_put_printable(struct text *text, const char *string)
{
    if (string == NULL)
        text_put(text, NULL);
    else
        text_put_printable_bytes(text, span_of(string, text_length(string)));
}

size_t printable_copy(struct span bytes, char *to)
{
    size_t length = 0;

    /* Nothing that is shown is longer than what it stands for: reading stays ahead of writing. */
    while (bytes.size > 0) {
        struct span shown = take_shown(&bytes);

        for (size_t i = 0; i < shown.size; i++)
            to[length++] = (char)shown.data[i];
    }
    return length;
}

bool printable_is(struct span bytes)
{
    while (bytes.size > 0) {
        const uint8_t *at = bytes.data;

        if (take_shown(&bytes).data != at && *at != '\t')
            return false;
    }
    return true;
}
