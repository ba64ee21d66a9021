/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys do. */
#include "core/menu/menu.h"

#include "core/base/mem.h"
#include "core/base/span.h"
#include "core/text/utf.h"

PACKED_DATA const char menu_help[] =
    "Up Down k j, Home End, PageUp PageDown: move; a number: to that entry; l w a s: to the next "
    "Linux, Windows, macOS, shell\n"
    "/: search\n"
    "Enter, Right: boot\n"
    "e: edit the options for this start\n"
    "i: all about the entry    m: messages so far    p: about this machine    v: version\n"
    "d: prefer this entry from now on, or no longer    D: make it the default, or no longer\n"
    "+ t, - T: show the menu longer, shorter    r: next console mode    R: the usual one\n"
    "f: firmware setup    O: power off    B: restart    Q: back to the firmware\n"
    "L: draw everything again\n"
    "\n"
    "In the editor: arrows, Home, End, Control with a e b f k u w d as in a shell, Control-Z takes "
    "back, Enter boots, Escape leaves and asks what to keep\n";

/* The list is moved by half of what is seen, so that most moves of the cursor need not move it. */
static void scroll(struct menu *menu)
{
    uint32_t height = menu_layout(menu).height;
    size_t last = menu->count - height;

    if (menu->chosen < menu->top || menu->chosen - menu->top >= height)
        menu->top = menu->chosen > height / 2 ? menu->chosen - height / 2 : 0;
    if (menu->top > last)
        menu->top = last;
}

void menu_resize(struct menu *menu, uint32_t columns, uint32_t rows)
{
    menu->columns = columns > MENU_COLUMNS_MAX ? MENU_COLUMNS_MAX : columns == 0 ? 1 : columns;
    menu->rows = rows > MENU_ROWS_MAX ? MENU_ROWS_MAX : rows == 0 ? 1 : rows;
    memset(menu->shown, 0, sizeof(menu->shown));
    memset(menu->shown_width, 0, sizeof(menu->shown_width));
    menu->top = 0;
    if (menu->view == MENU_LIST)
        scroll(menu);
}

static void enter_list(struct menu *menu)
{
    menu->view = MENU_LIST;
    menu->top = 0;
    scroll(menu);
}

void menu_begin(struct menu *menu, uint32_t columns, uint32_t rows)
{
    menu_resize(menu, columns, rows);
    menu->question = MENU_ASKS_NOTHING;
    menu->searches = false;
    menu->search[0] = '\0';
    menu->number = 0;
    menu->note[0] = '\0';
    enter_list(menu);
}

void menu_note(struct menu *menu, const char *note)
{
    struct text text = text_in(menu->note, sizeof(menu->note));

    text_put(&text, note);
}

void menu_edit(struct menu *menu)
{
    menu->view = MENU_EDITOR;
}

void menu_show(struct menu *menu, const char *page)
{
    menu->view = MENU_PAGE;
    menu->page = page;
    menu->top = 0;
}

bool menu_item_is_edited(const struct menu_item *item)
{
    return item->editor != NULL && !text_equal(item->editor->text, item->options);
}

bool menu_second(struct menu *menu)
{
    if (menu->seconds == 0)
        return false;
    return --menu->seconds == 0;
}

/* --- the list -------------------------------------------------------------------------------- */

static void choose(struct menu *menu, size_t item)
{
    menu->chosen = item < menu->count ? item : menu->count - 1;
    scroll(menu);
}

/* 1, then 2 is 12 where there are so many, else 2. */
static size_t with_digit(const struct menu *menu, size_t number, uint32_t key)
{
    size_t digit = key - '0';

    if (number != 0 && number * 10 + digit <= menu->count)
        return number * 10 + digit;
    return digit;
}

/* The first item from `from` on, and from the beginning again, that has this hot key. */
static size_t next_of(const struct menu *menu, size_t from, uint32_t key)
{
    for (size_t i = 0; i < menu->count && key != 0; i++) {
        size_t item = (from + i) % menu->count;

        if ((uint32_t)menu->items[item].hot_key == key)
            return item;
    }
    return MENU_NONE;
}

size_t menu_hot_key(const struct menu *menu, uint32_t key)
{
    if (key >= '1' && key <= '9')
        return key - '1' < menu->count ? key - '1' : menu->count - 1;
    return next_of(menu, menu->chosen, key);
}

static void choose_next_of(struct menu *menu, uint32_t key)
{
    size_t item = next_of(menu, menu->chosen + 1, key);

    if (item != MENU_NONE)
        choose(menu, item);
}

static bool contains(const char *text, const char *what)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (what[i] != '\0' && text_lower(text[i]) == text_lower(what[i]))
            i++;
        if (what[i] == '\0')
            return true;
    }
    return false;
}

/* The next item that has what is searched, `step` (1, or count - 1: back) after `from`. */
static void find(struct menu *menu, size_t from, size_t step)
{
    for (size_t i = 0; i < menu->count; i++) {
        size_t item = (from + i * step) % menu->count;

        if (contains(menu->items[item].title, menu->search) ||
            contains(menu->items[item].id, menu->search)) {
            choose(menu, item);
            return;
        }
    }
    menu_note(menu, PACKED("no such entry"));
}

/*
 * False: the search is over, and the key means what it does without one. No character ends it: the
 * next one may be a `B`.
 */
static bool search_key(struct menu *menu, uint32_t key)
{
    size_t length = text_length(menu->search);
    uint16_t unit = (uint16_t)key;

    if (key == KEY_DELETE) /* a terminal's Backspace, as some firmware has it */
        key = KEY_BACKSPACE;
    if (key == KEY_DOWN) {
        find(menu, menu->chosen + 1, 1);
    } else if (key == KEY_UP) {
        find(menu, menu->chosen + menu->count - 1, menu->count - 1);
    } else if (key == KEY_BACKSPACE && length > 0) {
        while (((uint8_t)menu->search[--length] & 0xC0) == 0x80)
            ;
        menu->search[length] = '\0';
    } else if (key == KEY_ENTER || key == KEY_BACKSPACE || key > KEY_UNKNOWN) {
        menu->searches = false;
        menu->search[0] = '\0';
        return key < KEY_SCAN || key == KEY_ESCAPE;
    } else {
        if (utf16_to_utf8(span_of(&unit, sizeof(unit)), menu->search + length,
                          sizeof(menu->search) - length, &length) != UTF_OK)
            menu->search[length] = '\0';
        find(menu, menu->chosen, 1);
    }
    return true;
}

static void put_timeout(struct menu *menu)
{
    struct text text = text_in(menu->note, sizeof(menu->note));

    menu->timeout_has_changed = true;
    text_format(&text,
                menu->timeout == MENU_TIMEOUT_FORCE ? PACKED("from now on: the menu waits for ever")
                : menu->timeout == MENU_TIMEOUT_HIDDEN
                    ? PACKED("from now on: no menu unless a key is held down")
                    : PACKED("from now on: the menu waits %lu s"),
                (uint64_t)menu->timeout);
}

/* menu-force, menu-hidden, 1, 2...: one further, or back. */
static void change_timeout(struct menu *menu, bool up)
{
    if (up && menu->timeout < MENU_TIMEOUT_FORCE - 1)
        menu->timeout++;
    else if (up)
        menu->timeout = MENU_TIMEOUT_HIDDEN;
    else if (menu->timeout != MENU_TIMEOUT_FORCE)
        menu->timeout--; /* below 0 lies menu-force */
    put_timeout(menu);
}

/* 0: the preferred one, 1: the default. */
static void mark(struct menu *menu, unsigned int which)
{
    PACKED_DATA static const char notes[2][2][28] = {
        {"is preferred from now on", "is no longer preferred"},
        {"is the default from now on", "is no longer the default"},
    };
    bool was = menu->marked[which] == menu->chosen;
    struct text text = text_in(menu->note, sizeof(menu->note));

    menu->marked[which] = was ? MENU_NONE : menu->chosen;
    menu->has_changed[which] = true;
    text_format(&text, PACKED("this entry %s"), notes[which][was]);
}

static enum menu_action boot(struct menu *menu)
{
    if (!menu->items[menu->chosen].is_absent)
        return MENU_BOOT;
    menu_note(menu, PACKED("this entry cannot be booted"));
    return MENU_NOTHING;
}

static enum menu_action edit(struct menu *menu)
{
    const struct menu_item *item = &menu->items[menu->chosen];

    if (!menu->may_edit)
        menu_note(menu, PACKED("the editor is turned off"));
    else if (item->options == NULL)
        menu_note(menu, PACKED("this entry has no options that can be edited"));
    else
        return MENU_EDIT;
    return MENU_NOTHING;
}

static void ask_setup(struct menu *menu)
{
    if (menu->has_setup)
        menu->question = MENU_ASKS_SETUP;
    else
        menu_note(menu, PACKED("this firmware cannot be asked for its setup"));
}

/* What the list does itself; everything else is for whoever runs it. */
enum {
    OWN = MENU_QUIT + 1,
    UP = OWN,
    DOWN,
    FIRST,
    LAST,
    PAGE_UP,
    PAGE_DOWN,
    START,
    EDIT,
    PREFER,
    MAKE_DEFAULT,
    LONGER,
    SHORTER,
    ASK_SETUP,
    SEARCH,
};

static const struct key_meaning meanings[] = {
    KEY_MEANS(KEY_UP, UP),
    KEY_MEANS(KEY_VOLUME_UP, UP),
    KEY_MEANS('k', UP),
    KEY_MEANS('K', UP),
    KEY_MEANS(KEY_DOWN, DOWN),
    KEY_MEANS(KEY_VOLUME_DOWN, DOWN),
    KEY_MEANS('j', DOWN),
    KEY_MEANS('J', DOWN),
    KEY_MEANS(KEY_HOME, FIRST),
    KEY_MEANS(KEY_ALT | '<', FIRST),
    KEY_MEANS(KEY_END, LAST),
    KEY_MEANS(KEY_ALT | '>', LAST),
    KEY_MEANS(KEY_PAGE_UP, PAGE_UP),
    KEY_MEANS(KEY_PAGE_DOWN, PAGE_DOWN),
    KEY_MEANS(KEY_ENTER, START),
    KEY_MEANS(KEY_RIGHT, START),
    KEY_MEANS(KEY_SUSPEND, START),
    KEY_MEANS('e', EDIT),
    KEY_MEANS('E', EDIT),
    KEY_MEANS('i', MENU_DETAILS),
    KEY_MEANS('I', MENU_DETAILS),
    KEY_MEANS('m', MENU_MESSAGES),
    KEY_MEANS('M', MENU_MESSAGES),
    KEY_MEANS('p', MENU_STATUS),
    KEY_MEANS('P', MENU_STATUS),
    KEY_MEANS('h', MENU_HELP),
    KEY_MEANS('H', MENU_HELP),
    KEY_MEANS('?', MENU_HELP),
    KEY_MEANS(KEY_F1, MENU_HELP),
    KEY_MEANS('v', MENU_VERSION),
    KEY_MEANS('d', PREFER),
    KEY_MEANS('D', MAKE_DEFAULT),
    KEY_MEANS('t', LONGER),
    KEY_MEANS('+', LONGER),
    KEY_MEANS('T', SHORTER),
    KEY_MEANS('-', SHORTER),
    KEY_MEANS('r', MENU_MODE_NEXT),
    KEY_MEANS('R', MENU_MODE_BACK),
    KEY_MEANS('f', ASK_SETUP),
    KEY_MEANS('F', ASK_SETUP),
    KEY_MEANS(KEY_F2, ASK_SETUP),
    KEY_MEANS(KEY_F10, ASK_SETUP),
    KEY_MEANS(KEY_DELETE, ASK_SETUP),
    KEY_MEANS(KEY_ESCAPE, ASK_SETUP),
    KEY_MEANS('L', MENU_CLEAR),
    KEY_MEANS(KEY_CONTROL | 'l', MENU_CLEAR),
    KEY_MEANS('O', MENU_POWER_OFF),
    KEY_MEANS('B', MENU_REBOOT),
    KEY_MEANS('Q', MENU_QUIT),
    KEY_MEANS('/', SEARCH),
};

static void move(struct menu *menu, unsigned int how)
{
    size_t page = menu_layout(menu).height;
    size_t back = how == UP ? 1 : how == PAGE_UP ? page : 0;
    size_t on = how == DOWN ? 1 : how == PAGE_DOWN ? page : 0;
    size_t from = how == FIRST ? 0 : how == LAST ? menu->count : menu->chosen;

    choose(menu, from > back ? from - back + on : on);
}

static enum menu_action list_key(struct menu *menu, uint32_t key)
{
    uint8_t meaning = key_meaning(meanings, sizeof(meanings) / sizeof(meanings[0]), key);

    if (meaning == 0)
        choose_next_of(menu, key);
    else if (meaning < OWN)
        return (enum menu_action)meaning;
    else if (meaning <= PAGE_DOWN)
        move(menu, meaning);
    else if (meaning == START)
        return boot(menu);
    else if (meaning == EDIT)
        return edit(menu);
    else if (meaning <= MAKE_DEFAULT)
        mark(menu, meaning - PREFER);
    else if (meaning <= SHORTER)
        change_timeout(menu, meaning == LONGER);
    else if (meaning == ASK_SETUP)
        ask_setup(menu);
    else
        menu->searches = true;
    return MENU_NOTHING;
}

/* --- the other views ------------------------------------------------------------------------- */

static enum menu_action editor_key(struct menu *menu, uint32_t key)
{
    struct menu_item *item = &menu->items[menu->chosen];

    if (key == KEY_ENTER)
        return boot(menu);
    if (key != KEY_ESCAPE && key != (KEY_CONTROL | 'c') && key != (KEY_CONTROL | 'g')) {
        (void)line_editor_key(item->editor, key);
    } else if (menu_item_is_edited(item)) {
        menu->question = MENU_ASKS_KEEP;
    } else {
        enter_list(menu);
    }
    return MENU_NOTHING;
}

static enum menu_action answer(struct menu *menu, uint32_t key)
{
    uint8_t question = menu->question;

    menu->question = MENU_ASKS_NOTHING;
    if (question == MENU_ASKS_SETUP)
        return key == KEY_ENTER ? MENU_SETUP : MENU_NOTHING;
    if (key == 'n' || key == 'N')
        line_editor_set(menu->items[menu->chosen].editor, menu->items[menu->chosen].options);
    if (key == 'n' || key == 'N' || key == 'y' || key == 'Y')
        enter_list(menu);
    return MENU_NOTHING;
}

static enum menu_action page_key(struct menu *menu, uint32_t key)
{
    uint32_t lines = menu_page_lines(menu);
    uint32_t seen = menu->rows > 1 ? menu->rows - 1 : 1;
    size_t last = lines > seen ? lines - seen : 0;

    switch (key) {
    case KEY_UP:
    case 'k':
        menu->top -= menu->top > 0;
        break;
    case KEY_DOWN:
    case 'j':
        menu->top += menu->top < last;
        break;
    case KEY_PAGE_UP:
        menu->top -= menu->top > seen ? seen : menu->top;
        break;
    case KEY_PAGE_DOWN:
    case ' ':
        menu->top = menu->top + seen < last ? menu->top + seen : last;
        break;
    default:
        enter_list(menu);
    }
    return MENU_NOTHING;
}

enum menu_action menu_key(struct menu *menu, uint32_t key)
{
    size_t number = menu->number;

    if (key == KEY_NONE)
        return MENU_NOTHING;
    if (key == KEY_F3) /* of some tablets, which have no other one: Enter */
        key = KEY_ENTER;
    menu->seconds = 0;
    menu->number = 0;
    menu->note[0] = '\0';
    if (menu->question != MENU_ASKS_NOTHING)
        return answer(menu, key);
    if (menu->view == MENU_EDITOR)
        return editor_key(menu, key);
    if (menu->view == MENU_PAGE)
        return page_key(menu, key);
    if (menu->searches && search_key(menu, key))
        return MENU_NOTHING;
    if (key >= '0' && key <= '9') {
        menu->number = with_digit(menu, number, key);
        if (menu->number != 0)
            choose(menu, menu->number - 1);
        return MENU_NOTHING;
    }
    return list_key(menu, key);
}
