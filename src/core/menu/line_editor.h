/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of text that somebody edits, with the keys of systemd-boot's editor and an undo. Works in
 * memory of the caller's; input for which there is no room is left out. What is edited may be no
 * UTF-8: then a byte is a character. Draws nothing.
 */
#ifndef BATON_CORE_MENU_LINE_EDITOR_H
#define BATON_CORE_MENU_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As much as anybody types behind a text. */
#define LINE_EDITOR_EXTRA 1024U
#define LINE_EDITOR_UNDO  65536U /* bytes that remember a thousand changes and more */

struct line_editor {
    char *text;      /* NUL-terminated */
    size_t capacity; /* bytes, with the NUL */
    size_t length;
    size_t cursor; /* the byte that it stands in front of */
    uint8_t *undo; /* LINE_EDITOR_UNDO bytes */
    size_t undo_used;
};

/* `text` is in memory of `capacity` bytes. The cursor begins at the end. */
struct line_editor line_editor_of(char *text, size_t capacity, uint8_t *undo);

/* False when the key means nothing here. */
bool line_editor_key(struct line_editor *editor, uint32_t key);

/* Another text in the place of all, which can be taken back too. */
void line_editor_set(struct line_editor *editor, const char *text);

/* Takes back the last change: what was typed in one go up to a blank, or one deletion. */
bool line_editor_undo(struct line_editor *editor);

#endif
