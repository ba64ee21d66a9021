/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text drawn into a linear framebuffer by plain stores, with a font of its own: for the one moment
 * when there is something to say and no console to say it on. ASCII. Writes nowhere but into the
 * framebuffer, and nowhere past its size.
 */
#ifndef BATON_CORE_SCREEN_SCREEN_TEXT_H
#define BATON_CORE_SCREEN_SCREEN_TEXT_H

#include "core/screen/framebuffer.h"

#include <stdbool.h>
#include <stdint.h>

/* A character cell in dots: a glyph is 5 x 7, the rest is space. Each dot is scale x scale pixels.
 */
#define SCREEN_TEXT_CELL_WIDTH  6
#define SCREEN_TEXT_CELL_HEIGHT 9

struct screen_text {
    uint8_t *pixels;
    uint32_t pitch; /* bytes */
    uint32_t ink;   /* pixel values */
    uint32_t paper;
    uint32_t scale; /* pixels per dot */
    uint32_t columns;
    uint32_t rows;
    uint32_t width; /* pixels of a row that are cleared */
    uint32_t row;   /* the next line goes here */
};

/*
 * False when the framebuffer cannot be drawn into (none, not 32 bits a pixel, smaller than a few
 * characters, or a geometry that does not fit its size); then nothing else may be called. The scale
 * is chosen so that about 80 characters fill a line.
 */
bool screen_text_begin(const struct framebuffer *framebuffer, struct screen_text *ret_screen);

/*
 * Draws a line and clears what is behind it; a long one continues on the next row, if it can with
 * a whole word; a '\n' ends a row. What is below the last row is not drawn.
 */
void screen_text_line(struct screen_text *screen, const char *line);

/* The glyph's row `y` (0 to 6), bit 4 the leftmost dot; an empty box for what the font lacks. */
uint8_t screen_text_glyph_row(char character, unsigned int y);

#endif
