/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strokes, seconds and sizes in any order: nothing is ever drawn outside of the console, the chosen
 * entry stays one and stays seen, and no edited text is lost but by an answer that wants that.
 */
#include "core/menu/menu.h"

#include "core/text/columns.h"
#include "fuzz/fuzz.h"

#define ITEMS_MAX   40U
#define OPTIONS_MAX 64U

static struct menu menu;
static struct menu_item items[ITEMS_MAX];
static struct line_editor editors[ITEMS_MAX];
static uint8_t undo[ITEMS_MAX][LINE_EDITOR_UNDO];
static uint32_t covered[MENU_ROWS_MAX];
static uint64_t values[2 * ITEMS_MAX];

static void require_editor(const struct line_editor *editor)
{
    REQUIRE(editor->length < editor->capacity);
    REQUIRE(editor->cursor <= editor->length);
    REQUIRE(editor->text[editor->length] == '\0');
    REQUIRE(memchr(editor->text, 0, editor->length) == NULL);
    REQUIRE(editor->undo_used <= LINE_EDITOR_UNDO);
}

static void draw(void)
{
    struct menu_row row;
    uint32_t column;
    uint32_t line;

    for (uint32_t from = 0; menu_next_row(&menu, from, &row); from = row.row + 1) {
        struct span text = span_of(row.text, strlen(row.text));
        uint32_t width = columns_of(text);

        REQUIRE(row.row >= from && row.row < menu.rows);
        REQUIRE(width <= menu.columns - (row.row + 1 == menu.rows));
        REQUIRE(width >= covered[row.row]);
        for (size_t i = 0; i < text.size; i++)
            REQUIRE(text.data[i] >= ' ' && text.data[i] != 0x7F);
        while (text.size > 0 && text.data[text.size - 1] == ' ')
            text.size--;
        covered[row.row] = columns_of(text);
    }
    REQUIRE(!menu_next_row(&menu, 0, &row)); /* all is drawn */
    if (menu_cursor(&menu, &column, &line))
        REQUIRE(column < menu.columns && line < menu.rows);
}

static void resize(uint64_t columns, uint64_t rows)
{
    memset(covered, 0, sizeof(covered));
    menu_resize(&menu, (uint32_t)columns, (uint32_t)rows);
}

static void give_editor(void)
{
    struct menu_item *item = &items[menu.chosen];
    size_t capacity = strlen(item->options) + 8;

    if (item->editor == NULL) {
        char *text = (char *)exact(NULL, capacity);

        memcpy(text, item->options, strlen(item->options) + 1);
        editors[menu.chosen] = line_editor_of(text, capacity, undo[menu.chosen]);
        item->editor = &editors[menu.chosen];
    }
    menu_edit(&menu);
}

static void act(enum menu_action action)
{
    if (action == MENU_EDIT) {
        REQUIRE(items[menu.chosen].options != NULL);
        give_editor();
    } else if (action == MENU_HELP) {
        menu_show(&menu, menu_help);
    } else if (action == MENU_BOOT) {
        REQUIRE(!items[menu.chosen].is_absent);
    } else if (action == MENU_CLEAR) {
        resize(menu.columns, menu.rows);
    }
}

/* A key other than an answer leaves the texts of all but the chosen entry, and that in a list. */
static void press(uint32_t key)
{
    size_t chosen = menu.chosen;
    bool may_change = menu.view == MENU_EDITOR;
    char before[OPTIONS_MAX + 16] = "";

    if (items[chosen].editor != NULL)
        memcpy(before, items[chosen].editor->text, items[chosen].editor->length);
    act(menu_key(&menu, key));
    if (items[chosen].editor != NULL && !may_change)
        REQUIRE(strcmp(before, items[chosen].editor->text) == 0 || before[0] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .left = size};
    struct key_filter filter = {0};
    char *strings[3 * ITEMS_MAX];
    size_t string_count = 0;

    memset(items, 0, sizeof(items));
    menu = (struct menu){.items = items, .count = 1 + take(&input, 1) % ITEMS_MAX};
    menu.chosen = take(&input, 1) % menu.count;
    menu.marked[0] = menu.marked[1] = MENU_NONE;
    menu.seconds = (uint32_t)take(&input, 1);
    menu.may_edit = true;
    menu.has_setup = take(&input, 1) % 2 != 0;
    for (size_t i = 0; i < menu.count; i++) {
        uint64_t bits = take(&input, 1);

        items[i].title = i % 2 != 0 ? "Linux" : "\xE6\xBC\xA2\xE5\xAD\x97 and so on";
        items[i].id = "linux.conf";
        items[i].marks[MENU_MARK_VERSION] = bits % 8 == 2 ? "1\x1B[2J" : "";
        items[i].marks[MENU_MARK_MACHINE] = bits % 8 == 3 ? "\xE6\xBC\xA2 of nine" : "";
        items[i].marks[MENU_MARK_ID] = items[i].id;
        items[i].came_back = bits % 16 == 5;
        items[i].is_absent = bits % 4 == 1;
        items[i].reason = bits % 4 != 0 ? "something of several words" : NULL;
        items[i].hot_key = "lwas"[bits / 4 % 4];
        if (bits >= 64) {
            char *options = take_line(&input);

            if (strlen(options) > OPTIONS_MAX)
                options[OPTIONS_MAX] = '\0';
            strings[string_count++] = options;
            items[i].options = options;
        }
    }
    if (menu.has_setup)
        menu.message =
            "something for all\nin more than one line, of which one is long and wrapped\n\n";
    menu_tell_apart(items, menu.count, values);
    memset(covered, 0, sizeof(covered));
    menu_begin(&menu, (uint32_t)take(&input, 1), (uint32_t)take(&input, 1));
    draw();
    while (input.left > 0) {
        uint64_t what = take(&input, 1);

        if (what < 16) {
            (void)menu_second(&menu);
        } else if (what < 20) {
            resize(take(&input, 2) % 300, take(&input, 1));
        } else if (what < 24) {
            press(key_filter_end(&filter));
        } else {
            uint64_t scan = what < 64 ? take(&input, 1) : 0;
            uint64_t character = what < 64 ? 0 : what < 72 ? take(&input, 2) : what - 72;

            press(key_filter_take(&filter, key_of((uint16_t)scan, (uint16_t)character,
                                                  what % 7 == 1, what % 7 == 2)));
        }
        draw();
        REQUIRE(menu.chosen < menu.count);
        if (menu.view == MENU_LIST && menu.rows > 1)
            REQUIRE(menu.chosen >= menu.top && menu.chosen - menu.top < menu_layout(&menu).height);
        for (size_t i = 0; i < menu.count; i++)
            if (items[i].editor != NULL)
                require_editor(items[i].editor);
    }
    for (size_t i = 0; i < menu.count; i++)
        if (items[i].editor != NULL)
            free(items[i].editor->text);
    while (string_count > 0)
        free(strings[--string_count]);
    return 0;
}
