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

/* Keys are places to go to; what lies between there and the cursor may be erased on the way. */
enum { TO_LEFT = 1, TO_RIGHT, TO_BEGIN, TO_END, TO_WORD_BACK, TO_WORD_ON, TAKE_BACK, ERASE = 8 };

static const struct key_meaning meanings[] = {
    KEY_MEANS(KEY_LEFT, TO_LEFT),
    KEY_MEANS(KEY_CONTROL | 'b', TO_LEFT),
    KEY_MEANS(KEY_RIGHT, TO_RIGHT),
    KEY_MEANS(KEY_CONTROL | 'f', TO_RIGHT),
    KEY_MEANS(KEY_HOME, TO_BEGIN),
    KEY_MEANS(KEY_CONTROL | 'a', TO_BEGIN),
    KEY_MEANS(KEY_END, TO_END),
    KEY_MEANS(KEY_CONTROL | 'e', TO_END),
    KEY_MEANS(KEY_UP, TO_WORD_BACK),
    KEY_MEANS(KEY_ALT | 'b', TO_WORD_BACK),
    KEY_MEANS(KEY_CONTROL | KEY_LEFT, TO_WORD_BACK),
    KEY_MEANS(KEY_DOWN, TO_WORD_ON),
    KEY_MEANS(KEY_ALT | 'f', TO_WORD_ON),
    KEY_MEANS(KEY_CONTROL | KEY_RIGHT, TO_WORD_ON),
    KEY_MEANS(KEY_BACKSPACE, ERASE | TO_LEFT),
    KEY_MEANS(KEY_DELETE, ERASE | TO_RIGHT),
    KEY_MEANS(KEY_CONTROL | 'd', ERASE | TO_RIGHT),
    KEY_MEANS(KEY_CONTROL | 'k', ERASE | TO_END),
    KEY_MEANS(KEY_CONTROL | 'u', ERASE | TO_BEGIN),
    KEY_MEANS(KEY_CONTROL | 'w', ERASE | TO_WORD_BACK),
    KEY_MEANS(KEY_ALT | KEY_BACKSPACE, ERASE | TO_WORD_BACK),
    KEY_MEANS(KEY_ALT | 'd', ERASE | TO_WORD_ON),
    KEY_MEANS(KEY_CONTROL | KEY_DELETE, ERASE | TO_WORD_ON),
    KEY_MEANS(KEY_CONTROL | 'z', TAKE_BACK),
    KEY_MEANS(KEY_CONTROL | '_', TAKE_BACK),
};

static size_t place_of(const struct line_editor *editor, unsigned int where)
{
    switch (where) {
    case TO_LEFT:
        return previous(editor, editor->cursor);
    case TO_RIGHT:
        return next(editor, editor->cursor);
    case TO_BEGIN:
        return 0;
    case TO_WORD_BACK:
        return word_back(editor);
    case TO_WORD_ON:
        return word_on(editor);
    default:
        return editor->length;
    }
}

bool line_editor_key(struct line_editor *editor, uint32_t key)
{
    size_t cursor = editor->cursor;
    uint8_t meaning;
    size_t place;

    /* A terminal's Backspace, as some firmware has it. */
    if (key == KEY_DELETE && cursor == editor->length)
        key = KEY_BACKSPACE;
    meaning = key_meaning(meanings, sizeof(meanings) / sizeof(meanings[0]), key);
    if (meaning == TAKE_BACK) {
        (void)line_editor_undo(editor);
    } else if (meaning != 0) {
        place = place_of(editor, meaning % ERASE);
        if (meaning < ERASE)
            editor->cursor = place;
        else
            erase(editor, place < cursor ? place : cursor, place < cursor ? cursor : place);
    } else if (key < ' ' || key >= KEY_SCAN || (key >= 0x7F && key < 0xA0)) {
        return false;
    } else {
        type(editor, key);
    }
    return true;
}
