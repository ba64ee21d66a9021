/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The menu as a state machine: keys and seconds in; rows of text, and what somebody wants, out. The
 * same for a serial line and a large screen: it knows columns and rows, and draws again only rows
 * that have changed. Keys are systemd-boot's (version 262), and some more. Reads no key, draws
 * nothing, boots nothing: whoever runs it does.
 *
 * The list stands at the top, with what there is to say below it, so that it is seen on a terminal
 * that has fewer rows than the firmware believes.
 */
#ifndef BATON_CORE_MENU_MENU_H
#define BATON_CORE_MENU_MENU_H

#include "core/menu/key.h"
#include "core/menu/line_editor.h"
#include "core/text/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MENU_ROWS_MAX    128U /* of a larger console the upper left part is used */
#define MENU_COLUMNS_MAX 256U
#define MENU_ROW_SIZE    (4 * MENU_COLUMNS_MAX) /* bytes */
#define MENU_SEARCH_MAX  32U
#define MENU_NOTE_MAX    160U
#define MENU_NONE        SIZE_MAX /* no item */

enum menu_mark { MENU_MARK_VERSION, MENU_MARK_MACHINE, MENU_MARK_ID, MENU_MARKS };

/* Strings are the caller's. */
struct menu_item {
    const char *title;
    const char *id;
    const char *marks[MENU_MARKS]; /* that tell it from others of its title; "" for none */
    const char *reason;            /* why it cannot be booted, or did not boot; NULL */
    const char *options;           /* to be edited; NULL: there are none, or they are not to be */
    struct line_editor *editor;    /* of the options; NULL until somebody wants to edit them */
    char hot_key;                  /* l w a s, see systemd-boot; 0 */
    bool is_absent;                /* shown, and cannot be booted */
    bool came_back;                /* with success: its reason is no failure */
    uint8_t needs;                 /* private: which of the marks, a bit for each */
};

enum menu_action {
    MENU_NOTHING,
    MENU_BOOT,     /* the chosen item */
    MENU_EDIT,     /* give it an editor, then menu_edit() */
    MENU_DETAILS,  /* of the chosen item: menu_show() */
    MENU_STATUS,   /* of the machine: menu_show() */
    MENU_MESSAGES, /* what was said before: menu_show() */
    MENU_HELP,     /* menu_show() with menu_help */
    MENU_VERSION,  /* menu_note() */
    MENU_CLEAR,    /* the console, then menu_resize() */
    MENU_MODE_NEXT,
    MENU_MODE_BACK, /* to the one that is configured */
    MENU_SETUP,     /* the firmware's, with a restart */
    MENU_POWER_OFF,
    MENU_REBOOT,
    MENU_QUIT, /* back to the firmware */
};

enum menu_view { MENU_LIST, MENU_EDITOR, MENU_PAGE };

enum menu_question { MENU_ASKS_NOTHING, MENU_ASKS_SETUP, MENU_ASKS_KEEP };

#define MENU_TIMEOUT_HIDDEN 0U
#define MENU_TIMEOUT_FORCE  UINT32_MAX

struct menu {
    struct menu_item *items;
    size_t count;
    size_t chosen;
    size_t marked[2]; /* what the variables ask for: preferred, default; or MENU_NONE */
    bool has_changed[2];
    uint32_t timeout; /* seconds, or one of the above */
    bool timeout_has_changed;
    bool may_edit;
    bool has_setup;
    const char *message;   /* for all items that have no reason, and while time runs; NULL */
    uint32_t seconds;      /* until time is up; 0: never */
    const char *what_then; /* "Booting in ": what stands in front of them; NULL: that */

    /* private */
    uint32_t columns;
    uint32_t rows;
    size_t top; /* the item in the first row of the list, or the line of a page */
    uint8_t view;
    uint8_t question;
    bool searches;
    size_t number; /* typed so far */
    const char *page;
    char search[MENU_SEARCH_MAX];
    char note[MENU_NOTE_MAX];            /* the answer to the last key */
    uint32_t shown[MENU_ROWS_MAX];       /* a checksum of what a row shows; 0: nothing is known */
    uint16_t shown_width[MENU_ROWS_MAX]; /* columns */
};

extern const char menu_help[];

/* Sets what is private. `count` is not 0, `chosen` below it. */
void menu_begin(struct menu *menu, uint32_t columns, uint32_t rows);

/* The console is empty, and this large. */
void menu_resize(struct menu *menu, uint32_t columns, uint32_t rows);

/* What the person wants now. Any key stops the countdown. */
enum menu_action menu_key(struct menu *menu, uint32_t key);

/* A second has passed; true when the time is up. */
bool menu_second(struct menu *menu);

void menu_edit(struct menu *menu);                   /* the chosen item has an editor */
void menu_show(struct menu *menu, const char *page); /* lives until the next one */
void menu_note(struct menu *menu, const char *note); /* is copied */

/*
 * The item that a key picks while there is no menu (a number, l, w, a, s), from the chosen one on;
 * MENU_NONE: none.
 */
size_t menu_hot_key(const struct menu *menu, uint32_t key);

/*
 * Titles that are equal get their marks behind them, each where those before it did not help, as
 * with systemd-boot. `values` has room for twice as many as there are items.
 */
void menu_tell_apart(struct menu_item *items, size_t count, uint64_t *values);

/* That title, printable (core/text/printable.h). */
void menu_put_title(struct text *text, const struct menu_item *item);

/* Whether its options are not what they were. */
bool menu_item_is_edited(const struct menu_item *item);

/* --- drawing --------------------------------------------------------------------------------- */

enum menu_tone { MENU_PLAIN, MENU_BRIGHT, MENU_CHOSEN, MENU_DIM, MENU_WARNING };

struct menu_row {
    uint32_t row;
    enum menu_tone tone;
    char text[MENU_ROW_SIZE]; /* NUL-terminated; covers what was there before */
};

/*
 * The next row that has to be drawn, from `from` on; false when there is none. The last cell of the
 * last row is never written: it would scroll.
 */
bool menu_next_row(struct menu *menu, uint32_t from, struct menu_row *ret_row);

/* Where the text cursor belongs, when all rows are drawn; false: it is to be hidden. */
bool menu_cursor(const struct menu *menu, uint32_t *ret_column, uint32_t *ret_row);

/* Private: the rows of the list, of everything else that is no such row. */
struct menu_layout {
    uint32_t first;  /* row of the list */
    uint32_t height; /* of it; at least 1 */
    uint32_t notes;  /* first row, and how many */
    uint32_t note_count;
    uint32_t status; /* its row; `rows` where there is none */
};
struct menu_layout menu_layout(const struct menu *menu);
uint32_t menu_page_lines(const struct menu *menu);

#endif
