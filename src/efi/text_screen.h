/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's console as a screen of rows and columns, for the menu: modes, colours, where text
 * goes. Text itself goes through efi/console.h. A console that refuses any of it is used as far as
 * it goes.
 */
#ifndef BATON_EFI_TEXT_SCREEN_H
#define BATON_EFI_TEXT_SCREEN_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* Modes beside the firmware's numbers, as core/entry/loader_conf.h has them. */
#define TEXT_SCREEN_KEEP UINT32_MAX
#define TEXT_SCREEN_AUTO (UINT32_MAX - 1)
#define TEXT_SCREEN_MAX  (UINT32_MAX - 2)

struct text_screen {
    struct firmware *firmware;
    void *output; /* SIMPLE_TEXT_OUTPUT_INTERFACE */
    uint32_t columns;
    uint32_t rows;
    uint32_t attribute; /* that is set; UINT32_MAX: not known */
};

/* False when there is no console. text_screen_set_mode() is to follow. */
bool text_screen_open(struct firmware *firmware, struct text_screen *ret_screen);

void text_screen_clear(struct text_screen *screen);

/* The number of the mode that is set. */
uint32_t text_screen_mode(const struct text_screen *screen);

/* The screen is cleared and measured, the cursor hidden. */
void text_screen_set_mode(struct text_screen *screen, uint32_t mode);

/* The same with the next one that works; returns its number. */
uint32_t text_screen_next_mode(struct text_screen *screen);

/* `attribute` as of EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL.SetAttribute(). */
void text_screen_put(struct text_screen *screen, uint32_t row, uint32_t attribute,
                     const char *text);

void text_screen_show_cursor(struct text_screen *screen, uint32_t column, uint32_t row);
void text_screen_hide_cursor(struct text_screen *screen);

/* Colours, cursor and an empty screen, for whoever writes next. */
void text_screen_close(struct text_screen *screen);

#endif
