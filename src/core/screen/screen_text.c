/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/screen/screen_text.h"

#define BYTES_PER_PIXEL 4U
#define COLUMNS_WANTED  80U
#define GLYPH_WIDTH     5U
#define GLYPH_HEIGHT    7U

/* From the space to the underscore: five columns each, bit 0 the top dot. */
static const uint8_t glyphs['_' - ' ' + 1][GLYPH_WIDTH] = {
    {0x00, 0x00, 0x00, 0x00, 0x00}, /* space */
    {0x00, 0x00, 0x5f, 0x00, 0x00}, /* ! */
    {0x00, 0x07, 0x00, 0x07, 0x00}, /* " */
    {0x14, 0x7f, 0x14, 0x7f, 0x14}, /* # */
    {0x24, 0x2a, 0x7f, 0x2a, 0x12}, /* $ */
    {0x23, 0x13, 0x08, 0x64, 0x62}, /* % */
    {0x36, 0x49, 0x55, 0x22, 0x50}, /* & */
    {0x00, 0x04, 0x03, 0x00, 0x00}, /* ' */
    {0x00, 0x1c, 0x22, 0x41, 0x00}, /* ( */
    {0x00, 0x41, 0x22, 0x1c, 0x00}, /* ) */
    {0x14, 0x08, 0x3e, 0x08, 0x14}, /* * */
    {0x08, 0x08, 0x3e, 0x08, 0x08}, /* + */
    {0x00, 0x50, 0x30, 0x00, 0x00}, /* , */
    {0x08, 0x08, 0x08, 0x08, 0x08}, /* - */
    {0x00, 0x60, 0x60, 0x00, 0x00}, /* . */
    {0x20, 0x10, 0x08, 0x04, 0x02}, /* / */
    {0x3e, 0x51, 0x49, 0x45, 0x3e}, /* 0 */
    {0x00, 0x42, 0x7f, 0x40, 0x00}, /* 1 */
    {0x42, 0x61, 0x51, 0x49, 0x46}, /* 2 */
    {0x21, 0x41, 0x45, 0x4b, 0x31}, /* 3 */
    {0x18, 0x14, 0x12, 0x7f, 0x10}, /* 4 */
    {0x27, 0x45, 0x45, 0x45, 0x39}, /* 5 */
    {0x3c, 0x4a, 0x49, 0x49, 0x30}, /* 6 */
    {0x01, 0x71, 0x09, 0x05, 0x03}, /* 7 */
    {0x36, 0x49, 0x49, 0x49, 0x36}, /* 8 */
    {0x06, 0x49, 0x49, 0x29, 0x1e}, /* 9 */
    {0x00, 0x36, 0x36, 0x00, 0x00}, /* : */
    {0x00, 0x56, 0x36, 0x00, 0x00}, /* ; */
    {0x08, 0x14, 0x22, 0x41, 0x00}, /* < */
    {0x14, 0x14, 0x14, 0x14, 0x14}, /* = */
    {0x00, 0x41, 0x22, 0x14, 0x08}, /* > */
    {0x02, 0x01, 0x51, 0x09, 0x06}, /* ? */
    {0x32, 0x49, 0x79, 0x41, 0x3e}, /* @ */
    {0x7e, 0x11, 0x11, 0x11, 0x7e}, /* A */
    {0x7f, 0x49, 0x49, 0x49, 0x36}, /* B */
    {0x3e, 0x41, 0x41, 0x41, 0x22}, /* C */
    {0x7f, 0x41, 0x41, 0x22, 0x1c}, /* D */
    {0x7f, 0x49, 0x49, 0x49, 0x41}, /* E */
    {0x7f, 0x09, 0x09, 0x09, 0x01}, /* F */
    {0x3e, 0x41, 0x49, 0x49, 0x7a}, /* G */
    {0x7f, 0x08, 0x08, 0x08, 0x7f}, /* H */
    {0x00, 0x41, 0x7f, 0x41, 0x00}, /* I */
    {0x20, 0x40, 0x41, 0x3f, 0x01}, /* J */
    {0x7f, 0x08, 0x14, 0x22, 0x41}, /* K */
    {0x7f, 0x40, 0x40, 0x40, 0x40}, /* L */
    {0x7f, 0x02, 0x0c, 0x02, 0x7f}, /* M */
    {0x7f, 0x04, 0x08, 0x10, 0x7f}, /* N */
    {0x3e, 0x41, 0x41, 0x41, 0x3e}, /* O */
    {0x7f, 0x09, 0x09, 0x09, 0x06}, /* P */
    {0x3e, 0x41, 0x51, 0x21, 0x5e}, /* Q */
    {0x7f, 0x09, 0x19, 0x29, 0x46}, /* R */
    {0x46, 0x49, 0x49, 0x49, 0x31}, /* S */
    {0x01, 0x01, 0x7f, 0x01, 0x01}, /* T */
    {0x3f, 0x40, 0x40, 0x40, 0x3f}, /* U */
    {0x1f, 0x20, 0x40, 0x20, 0x1f}, /* V */
    {0x3f, 0x40, 0x38, 0x40, 0x3f}, /* W */
    {0x63, 0x14, 0x08, 0x14, 0x63}, /* X */
    {0x07, 0x08, 0x70, 0x08, 0x07}, /* Y */
    {0x61, 0x51, 0x49, 0x45, 0x43}, /* Z */
    {0x00, 0x7f, 0x41, 0x41, 0x00}, /* [ */
    {0x02, 0x04, 0x08, 0x10, 0x20}, /* backslash */
    {0x00, 0x41, 0x41, 0x7f, 0x00}, /* ] */
    {0x04, 0x02, 0x01, 0x02, 0x04}, /* ^ */
    {0x40, 0x40, 0x40, 0x40, 0x40}, /* _ */
};

uint8_t screen_text_glyph_row(char character, unsigned int y)
{
    uint8_t row = 0;

    if (character >= 'a' && character <= 'z')
        character = (char)(character - 'a' + 'A');
    if (y >= GLYPH_HEIGHT)
        return 0;
    if (character < ' ' || character > '_')
        return y == 0 || y == GLYPH_HEIGHT - 1 ? 0x1f : 0x11;
    for (unsigned int x = 0; x < GLYPH_WIDTH; x++)
        row = (uint8_t)(row << 1 | (glyphs[character - ' '][x] >> y & 1));
    return row;
}

/* The bits of a pixel that a channel owns; none when it claims bits that a pixel has not. */
static uint32_t channel_mask(struct framebuffer_channel channel)
{
    if (channel.size == 0 || channel.size + channel.position > 32U)
        return 0;
    return (uint32_t)(((1ULL << channel.size) - 1) << channel.position);
}

bool screen_text_begin(const struct framebuffer *framebuffer, struct screen_text *ret_screen)
{
    uint32_t cell_width = SCREEN_TEXT_CELL_WIDTH;
    uint32_t cell_height = SCREEN_TEXT_CELL_HEIGHT;
    uint32_t ink = channel_mask(framebuffer->red) | channel_mask(framebuffer->green) |
                   channel_mask(framebuffer->blue);
    uint32_t height = framebuffer->height;
    uint32_t scale = framebuffer->width / (COLUMNS_WANTED * SCREEN_TEXT_CELL_WIDTH);

    if (framebuffer->address == 0 || framebuffer->bits_per_pixel != 8 * BYTES_PER_PIXEL ||
        framebuffer->pitch / BYTES_PER_PIXEL < framebuffer->width || ink == 0 ||
        (framebuffer->address | framebuffer->pitch) % BYTES_PER_PIXEL != 0)
        return false;
    /* What the firmware says of the size wins over what it says of the height. */
    if (framebuffer->size / framebuffer->pitch < height)
        height = (uint32_t)(framebuffer->size / framebuffer->pitch);
    if (scale == 0)
        scale = 1;
    cell_width *= scale;
    cell_height *= scale;
    if (framebuffer->width < cell_width * 8 || height < cell_height)
        return false;
    *ret_screen = (struct screen_text){
        .pixels = (uint8_t *)(uintptr_t)framebuffer->address,
        .pitch = framebuffer->pitch,
        .ink = ink,
        .scale = scale,
        .columns = framebuffer->width / cell_width,
        .rows = height / cell_height,
        .width = framebuffer->width,
    };
    return true;
}

/*
 * The only place that writes to the screen. screen_text_begin() has seen to it that every row and
 * column that exists lies within the framebuffer's size.
 */
static void put_pixel(const struct screen_text *screen, uint32_t x, uint32_t y, uint32_t value)
{
    uint64_t offset = (uint64_t)y * screen->pitch + (uint64_t)x * BYTES_PER_PIXEL;

    /* One whole store a pixel: the memory behind it is slow, and byte-wise four times as slow. */
    *(uint32_t *)(void *)(screen->pixels + offset) = value;
}

/* One row of characters, all of its width: `length` of them at `line`, paper behind. */
static void draw_row(const struct screen_text *screen, const char *line, uint32_t length)
{
    uint32_t cell_height = SCREEN_TEXT_CELL_HEIGHT * screen->scale;

    for (uint32_t y = 0; y < cell_height; y++) {
        for (uint32_t x = 0; x < screen->width; x++) {
            uint32_t dot = x / screen->scale;
            uint32_t column = dot / SCREEN_TEXT_CELL_WIDTH;
            uint32_t in_cell = dot % SCREEN_TEXT_CELL_WIDTH;
            bool inked = false;

            if (column < length && in_cell < GLYPH_WIDTH)
                inked = (screen_text_glyph_row(line[column], y / screen->scale) >>
                             (GLYPH_WIDTH - 1 - in_cell) &
                         1) != 0;
            put_pixel(screen, x, screen->row * cell_height + y,
                      inked ? screen->ink : screen->paper);
        }
    }
}

void screen_text_line(struct screen_text *screen, const char *line)
{
    do {
        uint32_t length = 0;

        while (length < screen->columns && line[length] != '\0' && line[length] != '\n')
            length++;
        if (screen->row < screen->rows)
            draw_row(screen, line, length);
        screen->row++;
        line += length;
        if (*line == '\n')
            line++;
    } while (*line != '\0' && screen->row < screen->rows);
}
