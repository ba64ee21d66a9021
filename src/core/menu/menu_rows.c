/* SPDX-License-Identifier: BSD-2-Clause */
/* What the menu looks like: each row made from the state whenever it is asked for. */
#include "core/base/crc32.h"
#include "core/base/own_frame.h"
#include "core/base/span.h"
#include "core/menu/menu.h"
#include "core/text/columns.h"
#include "core/text/printable.h"

/* Rows from which on there is room for more than the list and one line. */
#define ROWS_ROOMY 10U

/* Takes so many lines off a text, or all; returns how many. */
static uint32_t take_lines(const struct menu *menu, struct span *text, size_t count)
{
    uint32_t lines = 0;

    for (; lines < count && text->size > 0; lines++)
        *text = span_behind(*text, columns_wrap(*text, menu->columns - 1));
    return lines;
}

/* Line `number` of a text; nothing behind its end. */
static void put_line(const struct menu *menu, struct span text, size_t number, struct text *row)
{
    (void)take_lines(menu, &text, number);
    text.size = columns_wrap(text, menu->columns - 1);
    while (text.size > 0 && (text.data[text.size - 1] == '\n' || text.data[text.size - 1] == ' '))
        text.size--;
    text_put_printable_bytes(row, text);
}

static struct span span_of_text(const char *text)
{
    if (text == NULL)
        text = "";
    return span_of(text, text_length(text));
}

uint32_t menu_page_lines(const struct menu *menu)
{
    struct span text = span_of_text(menu->page);

    return take_lines(menu, &text, SIZE_MAX);
}

/* What there is to say below the list: until somebody presses a key it is for whoever comes. */
static struct span note_of(const struct menu *menu)
{
    const char *reason = menu->items[menu->chosen].reason;
    bool is_general = reason == NULL || (menu->seconds != 0 && menu->message != NULL);

    return span_of_text(is_general ? menu->message : reason);
}

struct menu_layout menu_layout(const struct menu *menu)
{
    uint32_t roomy = menu->rows >= ROWS_ROOMY;
    uint32_t notes = menu->rows / 5;
    uint32_t taken = 3 * roomy + notes + 2; /* head and blank rows; notes; status, help */
    uint32_t room = menu->rows > taken ? menu->rows - taken : 1;
    struct span note = note_of(menu);
    uint32_t lines = take_lines(menu, &note, menu->rows);
    struct menu_layout layout = {.first = 2 * roomy, .height = room};

    if (menu->count < room)
        layout.height = (uint32_t)menu->count;
    /* What the list does not need is for a long note. */
    room += notes - layout.height;
    if (notes < lines)
        notes = lines < room ? lines : room;
    layout.notes = layout.first + layout.height + roomy;
    layout.note_count = notes;
    layout.status = layout.notes + notes;
    return layout;
}

/* --- the list -------------------------------------------------------------------------------- */

OWN_FRAME static enum menu_tone put_item(const struct menu *menu, size_t number, struct text *row)
{
    const struct menu_item *item = &menu->items[number];

    text_format(row, PACKED("%s %s%lu %s "), number == menu->chosen ? ">" : " ",
                number + 1 < 10 ? " " : "", number + 1,
                menu->marked[0] == number   ? "*"
                : menu->marked[1] == number ? "="
                                            : " ");
    menu_put_title(row, item);
    text_format(row, "%s%s ",
                menu->may_edit && menu_item_is_edited(item) ? PACKED(" (edited)") : "",
                item->reason == NULL || item->is_absent ? ""
                : item->came_back                       ? PACKED(" (came back)")
                                                        : PACKED(" (failed)"));
    if (number == menu->chosen)
        return MENU_CHOSEN;
    return item->is_absent ? MENU_DIM : item->reason != NULL ? MENU_WARNING : MENU_PLAIN;
}

static void put_head(const struct menu *menu, const struct menu_layout *layout, struct text *row)
{
    text_format(row,
                menu->count > layout->height ? PACKED("Baton " BATON_VERSION "    entry %lu of %lu")
                                             : PACKED("Baton " BATON_VERSION),
                menu->chosen + 1, menu->count);
}

static enum menu_tone put_status(const struct menu *menu, struct text *row)
{
    if (menu->question == MENU_ASKS_SETUP) {
        text_put(row, PACKED("Enter: restart into the firmware's setup; any other key: no"));
    } else if (menu->question == MENU_ASKS_KEEP) {
        text_put(row,
                 PACKED("Keep the changes for this start? y: yes, n: no, other keys: edit on"));
    } else if (menu->note[0] != '\0') {
        text_put(row, menu->note);
    } else if (menu->searches) {
        text_format(row, PACKED("Search: %-s"), menu->search);
    } else if (menu->seconds != 0) {
        text_format(row, PACKED("%s%lu s; any key stops that"),
                    menu->what_then != NULL ? menu->what_then : PACKED("Booting in "),
                    (uint64_t)menu->seconds);
    } else {
        return MENU_PLAIN;
    }
    return MENU_BRIGHT;
}

static enum menu_tone put_list_row(const struct menu *menu, const struct menu_layout *layout,
                                   uint32_t number, struct text *row)
{
    if (number >= layout->first && number - layout->first < layout->height)
        return put_item(menu, menu->top + number - layout->first, row);
    if (number >= layout->notes && number - layout->notes < layout->note_count) {
        put_line(menu, note_of(menu), number - layout->notes, row);
        return MENU_WARNING;
    }
    if (number == layout->status)
        return put_status(menu, row);
    if (number == 0)
        put_head(menu, layout, row);
    else if (number == layout->status + 1)
        text_put(row, PACKED("Enter boots, e edits, i tells more, h helps"));
    return number == 0 ? MENU_BRIGHT : MENU_PLAIN;
}

/* --- the editor ------------------------------------------------------------------------------ */

/* Rows above the text, and below it. */
#define EDITOR_HEAD 2U
#define EDITOR_FOOT 2U

struct editor_layout {
    uint32_t first;  /* row of the text */
    uint32_t height; /* at least 1 */
    size_t top;      /* the line in the first row */
    size_t line;     /* with the cursor, and its column */
    uint32_t column;
};

static struct editor_layout editor_layout(const struct menu *menu)
{
    const struct line_editor *editor = menu->items[menu->chosen].editor;
    struct editor_layout layout = {.first = menu->rows >= ROWS_ROOMY ? EDITOR_HEAD : 0};
    uint32_t room = menu->rows - layout.first;
    size_t begin = 0;

    layout.height = room > EDITOR_FOOT ? room - EDITOR_FOOT : 1;
    for (;;) {
        struct span rest = span_of(editor->text + begin, editor->length - begin);
        size_t size = columns_wrap(rest, menu->columns - 1);

        if (editor->cursor - begin < size || size == rest.size) {
            layout.column = columns_of(span_of(rest.data, editor->cursor - begin));
            break;
        }
        begin += size;
        layout.line++;
    }
    /* Blanks hang over the edge. */
    if (layout.column >= menu->columns)
        layout.column = menu->columns - 1;
    layout.top = layout.line >= layout.height ? layout.line - layout.height + 1 : 0;
    return layout;
}

static enum menu_tone put_editor_row(const struct menu *menu, uint32_t number, struct text *row)
{
    const struct menu_item *item = &menu->items[menu->chosen];
    struct editor_layout layout = editor_layout(menu);

    if (number + 1 == menu->rows && number >= layout.first + layout.height)
        return put_status(menu, row);
    if (number == 0 && layout.first != 0) {
        text_put(row, PACKED("Options of "));
        menu_put_title(row, item);
        text_put(row, PACKED(" for this start (Enter boots, Escape leaves)"));
        return MENU_BRIGHT;
    }
    if (number >= layout.first && number - layout.first < layout.height)
        put_line(menu, span_of(item->editor->text, item->editor->length),
                 layout.top + number - layout.first, row);
    return MENU_PLAIN;
}

/* --- all rows -------------------------------------------------------------------------------- */

static enum menu_tone put_page_row(const struct menu *menu, uint32_t number, struct text *row)
{
    if (number + 1 == menu->rows && number != 0) {
        text_put(row, menu->top + number < menu_page_lines(menu)
                          ? PACKED("Down, PageDown: more; any other key: back to the menu")
                          : PACKED("any key: back to the menu"));
        return MENU_BRIGHT;
    }
    put_line(menu, span_of_text(menu->page), menu->top + number, row);
    return MENU_PLAIN;
}

/* Cut to what fits, then blanks over what is still there of the row before. */
static uint32_t fit(struct text *row, uint32_t columns, uint32_t covered)
{
    struct span rest = span_of(row->data, row->length);
    uint32_t used = 0;
    uint32_t width;

    while (rest.size > 0) {
        size_t at = row->length - rest.size;
        uint32_t wide = columns_next(&rest);

        if (used + wide > columns) {
            row->data[at] = '\0';
            row->length = at;
            break;
        }
        used += wide;
    }
    width = used;
    for (; used < covered && used < columns; used++)
        text_put_char(row, ' ');
    return width;
}

OWN_FRAME static enum menu_tone put_row(const struct menu *menu, const struct menu_layout *layout,
                                        uint32_t number, struct text *row)
{
    if (menu->view == MENU_EDITOR)
        return put_editor_row(menu, number, row);
    if (menu->view == MENU_PAGE)
        return put_page_row(menu, number, row);
    return put_list_row(menu, layout, number, row);
}

bool menu_next_row(struct menu *menu, uint32_t from, struct menu_row *ret_row)
{
    struct menu_layout layout = menu_layout(menu); /* reads all of what is below the list */

    for (uint32_t row = from; row < menu->rows; row++) {
        struct text text = text_in(ret_row->text, sizeof(ret_row->text));
        uint32_t columns = menu->columns - (row + 1 == menu->rows);
        uint32_t before = menu->shown_width[row];
        uint32_t shown;

        ret_row->tone = put_row(menu, &layout, row, &text);
        ret_row->row = row;
        shown = crc32_update(0, text.data, text.length) ^ (ret_row->tone + 1U);
        if (text.length == 0 && before == 0)
            continue;
        if (shown == menu->shown[row])
            continue;
        menu->shown[row] = shown;
        menu->shown_width[row] = (uint16_t)fit(&text, columns, before);
        return true;
    }
    return false;
}

bool menu_cursor(const struct menu *menu, uint32_t *ret_column, uint32_t *ret_row)
{
    struct editor_layout layout;

    if (menu->view != MENU_EDITOR || menu->question != MENU_ASKS_NOTHING)
        return false;
    layout = editor_layout(menu);
    *ret_column = layout.column;
    *ret_row = layout.first + (uint32_t)(layout.line - layout.top);
    return true;
}
