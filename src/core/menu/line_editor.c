/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/line_editor.h"

#include "core/base/mem.h"
#include "core/menu/key.h"
#include "core/text/text.h"
#include "core/text/utf.h"

/* At the end of each remembered change, behind the bytes that it took away. */
struct change {
    uint32_t position;
    uint32_t removed;
    uint32_t inserted;
};

struct line_editor line_editor_of(char *text, size_t capacity, uint8_t *undo)
{
    size_t length = text_length(text);

    return (struct line_editor){
        .text = text, .capacity = capacity, .length = length, .cursor = length, .undo = undo};
}

static struct change last_change(const struct line_editor *editor, size_t end)
{
    struct change change;

    memcpy(&change, editor->undo + end - sizeof(change), sizeof(change));
    return change;
}

static size_t size_of(const struct change *change)
{
    return sizeof(*change) + change->removed;
}

/* Forgets the oldest changes until `size` bytes are free; false when that is more than there is. */
static bool make_room(struct line_editor *editor, size_t size)
{
    size_t from = editor->undo_used; /* where the oldest that is kept begins */

    if (size > LINE_EDITOR_UNDO)
        return false;
    while (from > 0) {
        struct change change = last_change(editor, from);

        if (editor->undo_used - from + size_of(&change) + size > LINE_EDITOR_UNDO)
            break;
        from -= size_of(&change);
    }
    editor->undo_used -= from;
    memmove(editor->undo, editor->undo + from, editor->undo_used);
    return true;
}

static void remember(struct line_editor *editor, struct change change)
{
    if (!make_room(editor, size_of(&change))) {
        editor->undo_used = 0;
        return;
    }
    memcpy(editor->undo + editor->undo_used, editor->text + change.position, change.removed);
    editor->undo_used += size_of(&change);
    memcpy(editor->undo + editor->undo_used - sizeof(change), &change, sizeof(change));
}

/* `removed` bytes at `position` give way to others; the cursor stands behind those. */
static bool replace(struct line_editor *editor, size_t position, size_t removed, const void *bytes,
                    size_t inserted)
{
    char *at = editor->text + position;

    if (editor->length - removed + inserted >= editor->capacity)
        return false;
    memmove(at + inserted, at + removed, editor->length - position - removed + 1);
    memcpy(at, bytes, inserted);
    editor->length += inserted - removed;
    editor->cursor = position + inserted;
    return true;
}

static void erase(struct line_editor *editor, size_t from, size_t to)
{
    if (from == to)
        return;
    remember(editor, (struct change){.position = (uint32_t)from, .removed = (uint32_t)(to - from)});
    (void)replace(editor, from, to - from, editor->undo, 0);
}

/* Belongs to what was typed just before, up to the next blank. */
static bool joins(struct line_editor *editor, size_t position, size_t size)
{
    struct change change;

    if (editor->undo_used == 0 || editor->text[position] == ' ')
        return false;
    change = last_change(editor, editor->undo_used);
    if (change.removed != 0 || change.position + change.inserted != position)
        return false;
    change.inserted += (uint32_t)size;
    memcpy(editor->undo + editor->undo_used - sizeof(change), &change, sizeof(change));
    return true;
}

/* In front of the cursor, unless there is no room. */
static void insert(struct line_editor *editor, const char *bytes, size_t size)
{
    size_t at = editor->cursor;

    if (size != 0 && replace(editor, at, 0, bytes, size) && !joins(editor, at, size))
        remember(editor, (struct change){.position = (uint32_t)at, .inserted = (uint32_t)size});
}

static void type(struct line_editor *editor, uint32_t character)
{
    uint16_t unit = (uint16_t)character;
    char bytes[4];
    size_t size;

    if (utf16_to_utf8(span_of(&unit, sizeof(unit)), bytes, sizeof(bytes), &size) == UTF_OK)
        insert(editor, bytes, size);
}

void line_editor_set(struct line_editor *editor, const char *text)
{
    erase(editor, 0, editor->length);
    insert(editor, text, text_length(text));
}

bool line_editor_undo(struct line_editor *editor)
{
    struct change change;

    if (editor->undo_used == 0)
        return false;
    change = last_change(editor, editor->undo_used);
    editor->undo_used -= size_of(&change);
    return replace(editor, change.position, change.inserted, editor->undo + editor->undo_used,
                   change.removed);
}

/* --- where the cursor goes ------------------------------------------------------------------- */

static size_t next(const struct line_editor *editor, size_t at)
{
    uint32_t code_point;
    size_t size;

    if (at == editor->length)
        return at;
    if (utf8_next(span_of(editor->text + at, editor->length - at), &code_point, &size) != UTF_OK)
        size = 1;
    return at + size;
}

static size_t previous(const struct line_editor *editor, size_t at)
{
    for (size_t size = 2; size <= 4 && size <= at; size++)
        if (((uint8_t)editor->text[at - size] & 0xC0) == 0xC0 && next(editor, at - size) == at)
            return at - size;
    return at == 0 ? 0 : at - 1;
}

/* Blanks lie between words, and are skipped first. */
static size_t word_back(const struct line_editor *editor)
{
    size_t at = editor->cursor;

    while (at > 0 && editor->text[at - 1] == ' ')
        at--;
    while (at > 0 && editor->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_on(const struct line_editor *editor)
{
    size_t at = editor->cursor;

    while (at < editor->length && editor->text[at] == ' ')
        at++;
    while (at < editor->length && editor->text[at] != ' ')
        at++;
    return at;
}

static bool move(struct line_editor *editor, uint32_t key)
{
    switch (key) {
    case KEY_LEFT:
    case KEY_CONTROL | 'b':
        editor->cursor = previous(editor, editor->cursor);
        return true;
    case KEY_RIGHT:
    case KEY_CONTROL | 'f':
        editor->cursor = next(editor, editor->cursor);
        return true;
    case KEY_HOME:
    case KEY_CONTROL | 'a':
        editor->cursor = 0;
        return true;
    case KEY_END:
    case KEY_CONTROL | 'e':
        editor->cursor = editor->length;
        return true;
    case KEY_UP:
    case KEY_ALT | 'b':
    case KEY_CONTROL | KEY_LEFT:
        editor->cursor = word_back(editor);
        return true;
    case KEY_DOWN:
    case KEY_ALT | 'f':
    case KEY_CONTROL | KEY_RIGHT:
        editor->cursor = word_on(editor);
        return true;
    default:
        return false;
    }
}

bool line_editor_key(struct line_editor *editor, uint32_t key)
{
    if (move(editor, key))
        return true;
    switch (key) {
    case KEY_BACKSPACE:
        erase(editor, previous(editor, editor->cursor), editor->cursor);
        return true;
    case KEY_DELETE:
    case KEY_CONTROL | 'd': {
        size_t at = editor->cursor;

        erase(editor, at, next(editor, at));
        return true;
    }
    case KEY_CONTROL | 'k':
        erase(editor, editor->cursor, editor->length);
        return true;
    case KEY_CONTROL | 'u':
        erase(editor, 0, editor->cursor);
        return true;
    case KEY_CONTROL | 'w':
    case KEY_ALT | KEY_BACKSPACE:
        erase(editor, word_back(editor), editor->cursor);
        return true;
    case KEY_ALT | 'd':
    case KEY_CONTROL | KEY_DELETE:
        erase(editor, editor->cursor, word_on(editor));
        return true;
    case KEY_CONTROL | 'z':
    case KEY_CONTROL | '_':
        (void)line_editor_undo(editor);
        return true;
    default:
        if (key < ' ' || key >= KEY_SCAN || (key >= 0x7F && key < 0xA0))
            return false;
        type(editor, key);
        return true;
    }
}
