/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys in, screens out: what somebody sees who uses the menu. */
#include "core/menu/menu.h"

#include "core/text/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A console that fails the test when something is written outside of it. */
struct screen {
    uint32_t columns;
    uint32_t rows;
    char text[MENU_ROWS_MAX][MENU_ROW_SIZE]; /* each row, blanks at its end cut off */
    uint32_t covered[MENU_ROWS_MAX];         /* cells that hold something */
    enum menu_tone tone[MENU_ROWS_MAX];
    unsigned int drawn; /* rows, the last time */
};

static struct screen screen;
static struct menu menu;
static struct menu_item items[1200];
static char titles[1200][32];

static void draw(void)
{
    struct menu_row row;

    screen.drawn = 0;
    for (uint32_t from = 0; menu_next_row(&menu, from, &row); from = row.row + 1) {
        uint32_t width = columns_of(span_of(row.text, strlen(row.text)));
        size_t length = strlen(row.text);

        assert_true(row.row >= from && row.row < screen.rows);
        assert_true(width <= screen.columns - (row.row + 1 == screen.rows));
        assert_true(width >= screen.covered[row.row]); /* nothing of the row before is left */
        while (length > 0 && row.text[length - 1] == ' ')
            length--;
        memcpy(screen.text[row.row], row.text, length);
        screen.text[row.row][length] = '\0';
        screen.covered[row.row] = columns_of(span_of(row.text, length));
        screen.tone[row.row] = row.tone;
        screen.drawn++;
    }
}

static void resize(uint32_t columns, uint32_t rows)
{
    memset(&screen, 0, sizeof(screen));
    screen.columns = columns;
    screen.rows = rows;
    menu_resize(&menu, columns, rows);
}

static void begin(size_t count, uint32_t columns, uint32_t rows)
{
    memset(items, 0, sizeof(items));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(titles[i], sizeof(titles[i]), "Linux %zu", i + 1);
        items[i] = (struct menu_item){.title = titles[i], .id = titles[i], .hot_key = 'l'};
    }
    menu = (struct menu){.items = items,
                         .count = count,
                         .marked = {MENU_NONE, MENU_NONE},
                         .may_edit = true,
                         .has_setup = true};
    resize(columns, rows);
    menu_begin(&menu, columns, rows);
    draw();
}

static enum menu_action press(uint32_t key)
{
    enum menu_action action = menu_key(&menu, key);

    draw();
    return action;
}

static void type(const char *keys)
{
    for (; *keys != '\0'; keys++)
        assert_int_equal(press((uint8_t)*keys), MENU_NOTHING);
}

/* The rows from `first` on; NULL ends them. */
static void assert_rows(uint32_t first, const char *const *rows)
{
    for (; *rows != NULL; rows++)
        assert_string_equal(screen.text[first++], *rows);
}

static struct menu_item *give_editor(size_t item)
{
    char *text = malloc(strlen(items[item].options) + 1 + LINE_EDITOR_EXTRA);
    static uint8_t undo[2][LINE_EDITOR_UNDO];

    assert_non_null(text);
    memcpy(text, items[item].options, strlen(items[item].options) + 1);
    items[item].editor = malloc(sizeof(struct line_editor));
    assert_non_null(items[item].editor);
    *items[item].editor = line_editor_of(text, strlen(text) + 1 + LINE_EDITOR_EXTRA, undo[item]);
    menu_edit(&menu);
    draw();
    return &items[item];
}

static void take_editor(struct menu_item *item)
{
    free(item->editor->text);
    free(item->editor);
    item->editor = NULL;
}

static void what_it_looks_like(void **state)
{
    begin(3, 80, 25);
    (void)state;
    items[1].reason = "its kernel is not there";
    items[1].is_absent = true;
    items[2].reason = "loading \\vmlinuz: not a kernel; give one";
    menu.marked[0] = 2;
    menu.message = "an earlier start could not leave the firmware";
    menu.seconds = 5;
    draw();
    assert_rows(0, (const char *const[]){"Baton " BATON_VERSION, "", ">  1   Linux 1",
                                         "   2   Linux 2", "   3 * Linux 3 (failed)", "",
                                         "an earlier start could not leave the firmware", "", "",
                                         "", "", "Booting in 5 s; any key stops that",
                                         "Enter boots, e edits, i tells more, h helps", "", NULL});
    assert_int_equal(screen.tone[2], MENU_CHOSEN);
    assert_int_equal(screen.tone[3], MENU_DIM);
    assert_int_equal(screen.tone[4], MENU_WARNING);
    (void)press(KEY_DOWN);
    assert_string_equal(screen.text[6], "its kernel is not there");
    (void)press(KEY_DOWN);
    assert_string_equal(screen.text[6], "loading \\vmlinuz: not a kernel; give one");
}

static void a_long_reason_is_wrapped_between_words(void **state)
{
    begin(1, 30, 20);
    (void)state;
    items[0].reason = "loading \\vmlinuz: this is not a kernel that Baton knows; give another one";
    draw();
    assert_rows(4,
                (const char *const[]){"loading \\vmlinuz: this is not",
                                      "a kernel that Baton knows;", "give another one", "", NULL});
}

/* While time runs what is said is for all; it has the rows that the list does not need. */
static void all_that_failed_is_told(void **state)
{
    static const char message[] = "one: it is broken in a way that takes more than a row; mend it\n"
                                  "two: so is this\nthree: and this\nfour: too\nfive: six\n";

    (void)state;
    begin(2, 40, 12);
    items[0].reason = "two: so is this";
    items[1].reason = "came back with success";
    items[1].came_back = true;
    menu.message = message;
    menu.seconds = 10;
    menu.what_then = "Back to the firmware in ";
    draw();
    assert_rows(2, (const char *const[]){">  1   Linux 1 (failed)", "   2   Linux 2 (came back)",
                                         "", "one: it is broken in a way that takes",
                                         "more than a row; mend it", "two: so is this",
                                         "three: and this", "four: too",
                                         "Back to the firmware in 10 s; any key st",
                                         "Enter boots, e edits, i tells more, h h", NULL});
    (void)press('x');
    assert_rows(4, (const char *const[]){"", "two: so is this", "", "",
                                         "Enter boots, e edits, i tells more, h he", "", "", NULL});
}

/* A reason is seen on the smallest console that somebody could have. */
static void a_small_console_has_a_row_for_a_reason(void **state)
{
    (void)state;
    for (uint32_t rows = 5; rows < 10; rows++) {
        begin(20, 80, rows);
        items[0].reason = "it is broken";
        draw();
        assert_string_equal(screen.text[rows - 3], "it is broken");
        assert_string_equal(screen.text[rows - 1], "Enter boots, e edits, i tells more, h helps");
    }
    begin(2, 40, 8);
    items[0].reason = "it is broken in a way that takes more than a row; mend it";
    draw();
    assert_rows(2, (const char *const[]){"it is broken in a way that takes more",
                                         "than a row; mend it", "", NULL});
}

static void a_move_redraws_two_rows(void **state)
{
    (void)state;
    begin(20, 80, 50);
    (void)press(KEY_DOWN);
    assert_int_equal(screen.drawn, 2);
    assert_int_equal(menu.chosen, 1);
    (void)press(KEY_UP);
    assert_int_equal(screen.drawn, 2);
    (void)press(KEY_UP);
    assert_int_equal(screen.drawn, 0); /* no way round */
    (void)press(KEY_END);
    assert_int_equal(screen.drawn, 2);
    (void)press('x'); /* means nothing */
    assert_int_equal(screen.drawn, 0);
}

/* Longer than the screen: half a list at a time. */
static void a_long_list_scrolls(void **state)
{
    unsigned int whole = 0;

    (void)state;
    begin(1200, 80, 25);
    for (size_t i = 0; i < 1199; i++) {
        char wanted[32];

        (void)press(KEY_DOWN);
        assert_int_equal(menu.chosen, i + 1);
        whole += screen.drawn > 3; /* with the head, which counts */
        (void)snprintf(wanted, sizeof(wanted), "> %s%zu   Linux %zu", i + 2 < 10 ? " " : "", i + 2,
                       i + 2);
        for (uint32_t row = 0;; row++) {
            assert_true(row < 25);
            if (strcmp(screen.text[row], wanted) == 0)
                break;
        }
    }
    assert_true(whole < 1200 / 6);
    (void)press(KEY_HOME);
    assert_int_equal(menu.chosen, 0);
    assert_string_equal(screen.text[0], "Baton " BATON_VERSION "    entry 1 of 1200");
    (void)press(KEY_PAGE_DOWN);
    assert_int_equal(menu.chosen, 15);
    (void)press(KEY_PAGE_UP);
    assert_int_equal(menu.chosen, 0);
}

static void keys_move(void **state)
{
    static const struct {
        uint32_t keys[4];
        size_t chosen;
    } table[] = {
        {{'j', 'J', KEY_VOLUME_DOWN}, 3},
        {{'j', 'j', 'k'}, 1},
        {{'j', KEY_VOLUME_UP}, 0},
        {{KEY_ALT | '>'}, 29},
        {{KEY_END, KEY_HOME}, 0},
        {{'j', KEY_ALT | '<'}, 0},
        {{'7'}, 6},
        {{'1', '2'}, 11},
        {{'3', '1'}, 0},
        {{'3', '0'}, 29},
        {{'1', 'x', '2'}, 1},
        {{'0'}, 0},
        {{KEY_END, 'j', 'j'}, 29},
        {{KEY_END, 'K', 'k'}, 27},
        {{'w'}, 4},
        {{'w', 'w'}, 9},
        {{'w', 'w', 'w'}, 4},
        {{'s', 'a'}, 0},
        {{'l', 'l'}, 2},
        {{KEY_PAGE_DOWN, 'w'}, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        begin(30, 80, 25);
        items[4].hot_key = 'w';
        items[9].hot_key = 'w';
        for (size_t key = 0; key < 4 && table[i].keys[key] != 0; key++)
            assert_int_equal(press(table[i].keys[key]), MENU_NOTHING);
        assert_int_equal(menu.chosen, table[i].chosen);
    }
    begin(5, 80, 25);
    type("9"); /* clamped, as with systemd-boot */
    assert_int_equal(menu.chosen, 4);
    type("12");
    assert_int_equal(menu.chosen, 1);
}

static void keys_ask_for_something(void **state)
{
    static const struct {
        uint32_t key;
        enum menu_action action;
    } table[] = {
        {KEY_ENTER, MENU_BOOT}, {KEY_RIGHT, MENU_BOOT}, {KEY_SUSPEND, MENU_BOOT},
        {KEY_F3, MENU_BOOT},    {'i', MENU_DETAILS},    {'p', MENU_STATUS},
        {'P', MENU_STATUS},     {'m', MENU_MESSAGES},   {'h', MENU_HELP},
        {'H', MENU_HELP},       {'?', MENU_HELP},       {KEY_F1, MENU_HELP},
        {'v', MENU_VERSION},    {'L', MENU_CLEAR},      {KEY_CONTROL | 'l', MENU_CLEAR},
        {'r', MENU_MODE_NEXT},  {'R', MENU_MODE_BACK},  {'O', MENU_POWER_OFF},
        {'B', MENU_REBOOT},     {'Q', MENU_QUIT},       {'q', MENU_NOTHING},
        {'b', MENU_NOTHING},    {'o', MENU_NOTHING},    {KEY_NONE, MENU_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        begin(2, 80, 25);
        assert_int_equal(press(table[i].key), table[i].action);
        assert_int_equal(menu.chosen, 0);
    }
}

static void the_countdown(void **state)
{
    (void)state;
    begin(2, 80, 25);
    menu.seconds = 2;
    draw();
    assert_false(menu_second(&menu));
    draw();
    assert_int_equal(screen.drawn, 1);
    assert_true(menu_second(&menu));
    assert_false(menu_second(&menu)); /* it is over */
    menu.seconds = 2;
    (void)press('x');
    assert_int_equal(menu.seconds, 0);
    assert_string_equal(screen.text[10], "");
    assert_false(menu_second(&menu));
}

static void setup_is_asked_for(void **state)
{
    static const uint32_t keys[] = {'f', 'F', KEY_F2, KEY_F10, KEY_DELETE, KEY_ESCAPE};

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        begin(2, 80, 25);
        assert_int_equal(press(keys[i]), MENU_NOTHING);
        assert_non_null(strstr(screen.text[10], "firmware's setup"));
        assert_int_equal(press(KEY_DOWN), MENU_NOTHING); /* no, and it is swallowed */
        assert_int_equal(menu.chosen, 0);
        (void)press(keys[i]);
        assert_int_equal(press(i % 2 == 0 ? KEY_ENTER : KEY_F3), MENU_SETUP);
    }
    begin(2, 80, 25);
    menu.has_setup = false;
    assert_int_equal(press('f'), MENU_NOTHING);
    assert_int_equal(press(KEY_ENTER), MENU_BOOT);
}

static void what_variables_ask_for_is_changed(void **state)
{
    (void)state;
    begin(3, 80, 25);
    menu.marked[1] = 1;
    type("jd");
    assert_string_equal(screen.text[11], "this entry is preferred from now on");
    assert_int_equal(menu.marked[0], 1);
    assert_true(menu.has_changed[0] && !menu.has_changed[1]);
    type("d");
    assert_int_equal(menu.marked[0], MENU_NONE);
    type("D");
    assert_int_equal(menu.marked[1], MENU_NONE);
    assert_true(menu.has_changed[1]);
    type("jD");
    assert_int_equal(menu.marked[1], 2);
    assert_string_equal(screen.text[4], ">  3 = Linux 3");
}

static void the_timeout_is_changed(void **state)
{
    (void)state;
    begin(1, 80, 25);
    menu.timeout = 1;
    type("t+");
    assert_int_equal(menu.timeout, 3);
    assert_string_equal(screen.text[9], "from now on: the menu waits 3 s");
    type("TT-");
    assert_int_equal(menu.timeout, MENU_TIMEOUT_HIDDEN);
    type("T");
    assert_int_equal(menu.timeout, MENU_TIMEOUT_FORCE);
    type("T");
    assert_int_equal(menu.timeout, MENU_TIMEOUT_FORCE); /* the end */
    type("t");
    assert_int_equal(menu.timeout, MENU_TIMEOUT_HIDDEN);
    menu.timeout = MENU_TIMEOUT_FORCE - 1;
    type("t");
    assert_int_equal(menu.timeout, MENU_TIMEOUT_HIDDEN);
    assert_true(menu.timeout_has_changed);
}

static void search_finds_by_title_and_id(void **state)
{
    (void)state;
    begin(30, 80, 25);
    items[7].title = "Fedora Rawhide";
    items[9].id = "rawhide-2.conf";
    type("/RAW");
    assert_int_equal(menu.chosen, 7);
    assert_string_equal(screen.text[23], "Search: RAW");
    (void)press(KEY_DOWN);
    assert_int_equal(menu.chosen, 9);
    (void)press(KEY_DOWN);
    assert_int_equal(menu.chosen, 7);
    (void)press(KEY_UP);
    assert_int_equal(menu.chosen, 9);
    type("q"); /* a letter like others, while one searches */
    assert_string_equal(screen.text[23], "no such entry");
    assert_int_equal(menu.chosen, 9);
    (void)press(KEY_BACKSPACE);
    assert_string_equal(screen.text[23], "Search: RAW");
    assert_int_equal(press(KEY_ENTER), MENU_NOTHING); /* found: the next one boots */
    assert_int_equal(press(KEY_ENTER), MENU_BOOT);
    type("/12");
    assert_int_equal(menu.chosen, 11); /* no number here */
    assert_int_equal(press(KEY_ESCAPE), MENU_NOTHING);
    assert_string_equal(screen.text[23], "");
    type("/1234567890123456789012345678901234567890");
    assert_int_equal(strlen(menu.search), MENU_SEARCH_MAX - 1);
}

/* Whatever comes from a keyboard: what is typed next must not be what it means without a search. */
static void no_character_ends_a_search(void **state)
{
    static const uint32_t keys[] = {0xDC, 0x20AC, '\t', 0x7F, 0x9F, 0xD800, KEY_UNKNOWN};

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        begin(2, 80, 25);
        type("/");
        assert_int_equal(press(keys[i]), MENU_NOTHING);
        assert_int_equal(press('B'), MENU_NOTHING);
        assert_true(menu.searches);
    }
    begin(2, 80, 25);
    items[1].title = "F\xC3\xBCr \xE2\x82\xAC";
    type("/f");
    (void)press(0xFC);
    type("r ");
    (void)press(0x20AC);
    assert_int_equal(menu.chosen, 1);
    assert_string_equal(menu.search, "f\xC3\xBCr \xE2\x82\xAC");
    (void)press(KEY_BACKSPACE);
    assert_string_equal(menu.search, "f\xC3\xBCr ");
    for (unsigned int i = 0; i < MENU_SEARCH_MAX; i++)
        (void)press(0x20AC);
    assert_true(strlen(menu.search) < MENU_SEARCH_MAX);
    assert_int_equal(strlen(menu.search) % 3, 5 % 3); /* whole ones */
}

/* A terminal's Backspace comes as that. */
static void delete_takes_back_what_was_searched(void **state)
{
    (void)state;
    begin(2, 80, 25);
    type("/ab");
    (void)press(KEY_DELETE);
    assert_string_equal(screen.text[10], "Search: a");
    (void)press(KEY_DELETE);
    assert_true(menu.searches);
    (void)press(KEY_DELETE);
    assert_false(menu.searches);
    assert_string_equal(screen.text[10], "");
    assert_int_equal(press(KEY_ENTER), MENU_BOOT); /* and no question was asked */
}

static void an_absent_entry_is_not_booted(void **state)
{
    (void)state;
    begin(2, 80, 25);
    items[0].is_absent = true;
    items[0].reason = "its kernel is not there";
    assert_int_equal(press(KEY_ENTER), MENU_NOTHING);
    assert_string_equal(screen.text[10], "this entry cannot be booted");
    (void)press(KEY_DOWN);
    assert_int_equal(press(KEY_ENTER), MENU_BOOT);
}

static void pages_scroll(void **state)
{
    (void)state;
    begin(2, 20, 4);
    menu_show(&menu, "one\ntwo\nthree\nfour and a bit more\nfive");
    draw();
    assert_rows(0, (const char *const[]){"one", "two", "three", "Down, PageDown: mor", NULL});
    type("jjj");
    assert_rows(0, (const char *const[]){"three", "four and a bit more", "five", NULL});
    (void)press(KEY_UP);
    (void)press(KEY_PAGE_UP);
    assert_string_equal(screen.text[0], "one");
    (void)press(' ');
    assert_rows(0, (const char *const[]){"three", "four and a bit more", "five",
                                         "any key: back to th", NULL});
    assert_int_equal(press('Q'), MENU_NOTHING); /* ends the page only */
    assert_int_equal(menu.view, MENU_LIST);
}

static void the_editor(void **state)
{
    struct menu_item *item;
    uint32_t column;
    uint32_t row;

    (void)state;
    begin(2, 20, 12);
    items[0].options = "root=/dev/vda2 quiet console=ttyS0";
    assert_int_equal(press('e'), MENU_EDIT);
    item = give_editor(0);
    assert_rows(2, (const char *const[]){"root=/dev/vda2", "quiet console=ttyS0", "", NULL});
    assert_true(menu_cursor(&menu, &column, &row));
    assert_int_equal(column, 19);
    assert_int_equal(row, 3);
    type(" x");
    assert_rows(2, (const char *const[]){"root=/dev/vda2", "quiet console=ttyS0", "x", NULL});
    assert_int_equal(screen.drawn, 1);
    (void)press(KEY_HOME);
    assert_true(menu_cursor(&menu, &column, &row));
    assert_int_equal(column, 0);
    assert_int_equal(row, 2);

    /* Escape asks, and nothing is lost. */
    (void)press(KEY_ESCAPE);
    assert_non_null(strstr(screen.text[11], "Keep the changes"));
    assert_false(menu_cursor(&menu, &column, &row));
    (void)press(KEY_ESCAPE);
    assert_int_equal(menu.view, MENU_EDITOR);
    (void)press(KEY_CONTROL | 'c');
    type("y");
    assert_int_equal(menu.view, MENU_LIST);
    assert_string_equal(screen.text[2], ">  1   Linux 1 (edit");
    menu.may_edit = false; /* what is not taken is not told of */
    draw();
    assert_string_equal(screen.text[2], ">  1   Linux 1");
    menu.may_edit = true;
    assert_int_equal(press('e'), MENU_EDIT);
    menu_edit(&menu);
    assert_string_equal(item->editor->text, "root=/dev/vda2 quiet console=ttyS0 x");
    (void)press(KEY_ESCAPE);
    type("n");
    assert_int_equal(menu.view, MENU_LIST);
    assert_string_equal(item->editor->text, item->options);
    assert_false(menu_item_is_edited(item));
    (void)press('e');
    menu_edit(&menu);
    (void)press(KEY_CONTROL | 'z'); /* even that is taken back */
    (void)press(KEY_CONTROL | 'z');
    assert_string_equal(item->editor->text, "root=/dev/vda2 quiet console=ttyS0 x");
    assert_int_equal(press(KEY_ENTER), MENU_BOOT);
    assert_int_equal(press(KEY_F3), MENU_BOOT); /* what some tablets have for Enter */
    take_editor(item);
}

static void an_unchanged_editor_is_left_at_once(void **state)
{
    struct menu_item *item;

    (void)state;
    begin(2, 80, 25);
    items[0].options = "";
    (void)press('e');
    item = give_editor(0);
    (void)press(KEY_ESCAPE);
    assert_int_equal(menu.view, MENU_LIST);
    take_editor(item);
}

static void what_cannot_be_edited_says_so(void **state)
{
    (void)state;
    begin(2, 80, 25);
    assert_int_equal(press('e'), MENU_NOTHING);
    assert_non_null(strstr(screen.text[10], "no options"));
    items[0].options = "quiet";
    menu.may_edit = false;
    assert_int_equal(press('e'), MENU_NOTHING);
    assert_non_null(strstr(screen.text[10], "turned off"));
}

static void a_long_line_scrolls_with_the_cursor(void **state)
{
    static char options[4000];
    struct menu_item *item;
    uint32_t column;
    uint32_t row;

    (void)state;
    memset(options, 'a', sizeof(options) - 1);
    begin(1, 20, 12);
    items[0].options = options;
    (void)press('e');
    item = give_editor(0);
    assert_true(menu_cursor(&menu, &column, &row));
    assert_int_equal(row, 9);
    assert_int_equal(column, 3999 % 19);
    (void)press(KEY_HOME);
    assert_true(menu_cursor(&menu, &column, &row));
    assert_int_equal(row, 2);
    take_editor(item);
}

/* Nothing is drawn outside (draw() sees to it), and the chosen entry can be seen. */
static void every_size_works(void **state)
{
    static const uint32_t keys[] = {KEY_DOWN, KEY_DOWN, KEY_END, 'h', ' ', 'x', '/', 'L', 'f', 'x'};

    (void)state;
    for (uint32_t columns = 1; columns < 300; columns += columns < 12 ? 1 : 57)
        for (uint32_t rows = 1; rows < 140; rows += rows < 30 ? 1 : 23) {
            begin(40, 80, 25);
            resize(columns, rows);
            items[3].title = "\xE6\xBC\xA2\xE5\xAD\x97 \xE6\xBC\xA2\xE5\xAD\x97";
            items[2].reason = "something of several words went wrong with this one";
            for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                if (press(keys[i]) == MENU_HELP)
                    menu_show(&menu, menu_help);
                draw();
            }
            assert_int_equal(menu.view, MENU_LIST);
            assert_true(menu.chosen >= menu.top &&
                        menu.chosen - menu.top < menu_layout(&menu).height);
        }
}

static void an_empty_console_is_drawn_again(void **state)
{
    unsigned int drawn;

    (void)state;
    begin(3, 80, 25);
    drawn = screen.drawn;
    draw();
    assert_int_equal(screen.drawn, 0);
    resize(80, 25);
    draw();
    assert_int_equal(screen.drawn, drawn);
    resize(40, 50);
    draw();
    assert_string_equal(screen.text[2], ">  1   Linux 1");
}

static void keys_without_a_menu(void **state)
{
    (void)state;
    begin(5, 80, 25);
    items[3].hot_key = 'w';
    assert_int_equal(menu_hot_key(&menu, 'w'), 3);
    assert_int_equal(menu_hot_key(&menu, 'l'), 0);
    assert_int_equal(menu_hot_key(&menu, '2'), 1);
    assert_int_equal(menu_hot_key(&menu, '9'), 4);
    assert_int_equal(menu_hot_key(&menu, 's'), MENU_NONE);
    assert_int_equal(menu_hot_key(&menu, KEY_ENTER), MENU_NONE);
    assert_int_equal(menu_hot_key(&menu, '0'), MENU_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_looks_like),
        cmocka_unit_test(a_long_reason_is_wrapped_between_words),
        cmocka_unit_test(all_that_failed_is_told),
        cmocka_unit_test(a_small_console_has_a_row_for_a_reason),
        cmocka_unit_test(a_move_redraws_two_rows),
        cmocka_unit_test(a_long_list_scrolls),
        cmocka_unit_test(keys_move),
        cmocka_unit_test(keys_ask_for_something),
        cmocka_unit_test(the_countdown),
        cmocka_unit_test(setup_is_asked_for),
        cmocka_unit_test(what_variables_ask_for_is_changed),
        cmocka_unit_test(the_timeout_is_changed),
        cmocka_unit_test(search_finds_by_title_and_id),
        cmocka_unit_test(no_character_ends_a_search),
        cmocka_unit_test(delete_takes_back_what_was_searched),
        cmocka_unit_test(an_absent_entry_is_not_booted),
        cmocka_unit_test(pages_scroll),
        cmocka_unit_test(the_editor),
        cmocka_unit_test(an_unchanged_editor_is_left_at_once),
        cmocka_unit_test(what_cannot_be_edited_says_so),
        cmocka_unit_test(a_long_line_scrolls_with_the_cursor),
        cmocka_unit_test(every_size_works),
        cmocka_unit_test(an_empty_console_is_drawn_again),
        cmocka_unit_test(keys_without_a_menu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
