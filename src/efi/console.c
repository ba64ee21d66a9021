/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/console.h"

#include "core/base/mem.h"
#include "core/text/columns.h"
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
    *rest = span_behind(*rest, size);
    return (CHAR16)code_point;
}

static void draw(struct span rest)
{
    CHAR16 chunk[CHUNK_UNITS];
    size_t count = 0;

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

void console_draw(const char *string)
{
    if (latch != NULL)
        draw(span_of(string, text_length(string)));
}

/* Bytes that fit into one line of any console, behind what begins a line of Baton's. */
#define SHORT_SIZE 64U

/* Of a console that has fewer columns nobody can say what it is. */
#define COLUMNS_MIN 20U

/* Columns of the console, of which a line uses all but the last: a console may go to the next line
 * behind that by itself. 0 when it does not tell. */
static uint32_t columns_now(void)
{
    UINTN columns = 0;
    UINTN rows = 0;

    if (latch->Mode == NULL ||
        latch->QueryMode(latch, (UINTN)latch->Mode->Mode, &columns, &rows) != EFI_SUCCESS ||
        columns < COLUMNS_MIN || columns > UINT16_MAX)
        return 0;
    return (uint32_t)columns - 1;
}

/* Breaks lines between words, where the firmware would break them at any character. */
static void draw_wrapped(struct span rest)
{
    uint32_t columns = rest.size > SHORT_SIZE ? columns_now() : 0;
    uint32_t used = columns != 0 ? (uint32_t)latch->Mode->CursorColumn : 0;

    while (columns != 0 && rest.size > 0) {
        size_t size = columns_wrap(rest, used < columns ? columns - used : columns);
        struct span line = span_of(rest.data, size);

        if (size == rest.size)
            break;
        rest = span_behind(rest, size);
        used = 0;
        while (line.size > 0 &&
               (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\n'))
            line.size--;
        draw(line);
        draw(span_of("\n", 1));
    }
    draw(rest);
}

void console_keep(char *buffer, size_t capacity)
{
    kept = text_in(buffer, capacity);
}

/* The first half stays; of the second the older part makes room. */
static void keep(const char *string)
{
    if (kept.length + text_length(string) >= kept.capacity) {
        size_t quarter = kept.length / 4;
        char *third = kept.data + 2 * quarter;

        kept.length -= quarter;
        memmove(third, third + quarter, kept.length - 2 * quarter + 1);
    }
    text_put(&kept, string);
}

void console_put(const char *string)
{
    if (latch == NULL)
        return;
    if (kept.data != NULL)
        keep(string);
    draw_wrapped(span_of(string, text_length(string)));
}
