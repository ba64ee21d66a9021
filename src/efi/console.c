/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/console.h"

#include "core/base/mem.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/services.h"

static struct text kept; /* .data NULL: nobody wants it */

/* NULL before console_open(), after console_close() and on machines without one. */
static SIMPLE_TEXT_OUTPUT_INTERFACE *latch;

void console_open(struct firmware *firmware)
{
    latch = firmware->system_table->ConOut;
}

void console_close(void)
{
    latch = NULL;
    kept.data = NULL;
}

#define CHUNK_UNITS 64

/* What to show for the character at the start of `rest`, which is not empty. */
static CHAR16 take_character(struct span *rest)
{
    uint32_t code_point;
    size_t size;

    if (utf8_next(*rest, &code_point, &size) != UTF_OK) {
        code_point = '?';
        size = 1;
    } else if (code_point > UINT16_MAX) {
        code_point = '?'; /* consoles are UCS-2 */
    }
    *rest = span_of(rest->data + size, rest->size - size);
    return (CHAR16)code_point;
}

void console_draw(const char *string)
{
    struct span rest = span_of(string, text_length(string));
    CHAR16 chunk[CHUNK_UNITS];
    size_t count = 0;

    if (latch == NULL)
        return;
    while (rest.size > 0) {
        CHAR16 character = take_character(&rest);

        if (character == '\n')
            chunk[count++] = '\r';
        chunk[count++] = character;
        if (count >= CHUNK_UNITS - 2 || rest.size == 0) {
            chunk[count] = 0;
            latch->OutputString(latch, chunk);
            count = 0;
        }
    }
}

void console_keep(char *buffer, size_t capacity)
{
    kept = text_in(buffer, capacity);
}

/* The older half makes room. */
static void keep(const char *string)
{
    size_t length = text_length(string);

    if (kept.length + length >= kept.capacity) {
        size_t half = kept.length / 2;

        memmove(kept.data, kept.data + half, kept.length - half + 1);
        kept.length -= half;
    }
    text_put(&kept, string);
}

void console_put(const char *string)
{
    if (latch == NULL)
        return;
    if (kept.data != NULL)
        keep(string);
    console_draw(string);
}
