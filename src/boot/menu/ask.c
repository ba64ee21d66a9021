/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu on the console: keys to the state machine, rows to the screen, and what is asked for. */
#include "boot/entry/uki_entry.h"
#include "boot/environment.h"
#include "boot/menu/chooser.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/text/utf.h"
#include "efi/restart.h"
#include "efi/speaker.h"
#include "efi/text_screen.h"
#include "efi/variable.h"
#include "efi/watchdog.h"

#define PAGE_BYTES 32768U /* more than all about any entry */

/* The longest wait for a key: half of what the watchdog allows. */
#define WAIT_MS (WATCHDOG_SECONDS * 1000U / 2)

#define CONSOLE_MODE_VARIABLE "LoaderConfigConsoleMode"

/* One appearance of the menu. */
struct appearance {
    struct chooser *chooser;
    struct text_screen screen;
    char *page;    /* NULL until it is needed */
    size_t beeped; /* the entry whose number was told so; MENU_NONE: none yet */
};

/* As of EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL.SetAttribute(), by enum menu_tone. */
static const uint8_t attributes[] = {0x07, 0x0F, 0x70, 0x08, 0x0E};

static void draw(struct appearance *here)
{
    struct menu *menu = &here->chooser->menu;
    struct menu_row row;
    uint32_t column;
    uint32_t line;

    for (uint32_t from = 0; menu_next_row(menu, from, &row); from = row.row + 1)
        text_screen_put(&here->screen, row.row, attributes[row.tone], row.text);
    if (menu_cursor(menu, &column, &line))
        text_screen_show_cursor(&here->screen, column, line);
    else
        text_screen_hide_cursor(&here->screen);
    if (here->chooser->entries->conf.beep && here->beeped != menu->chosen)
        speaker_beep(here->chooser->firmware, menu->chosen + 1);
    here->beeped = menu->chosen;
}

/* Something else has been written on the console, or may have been. */
static void clear(struct appearance *here)
{
    text_screen_clear(&here->screen);
    menu_resize(&here->chooser->menu, here->screen.columns, here->screen.rows);
}

/* An image brings its own, which what is typed takes the place of. False when they cannot be read,
 * which has been said, across the menu. */
static bool read_options(struct appearance *here)
{
    struct chooser *chooser = here->chooser;
    const struct bls_entry *entry = chooser->choices[chooser->menu.chosen].entry;
    struct menu_item *item = &chooser->menu.items[chooser->menu.chosen];
    const char *options;

    if (entry->kind != BLS_UKI || item->options[0] != '\0' || item->options != entry->options)
        return true;
    options = uki_entry_options(chooser->firmware, chooser->arena, entry);
    if (options != NULL) {
        item->options = options;
        return true;
    }
    clear(here);
    menu_note(&chooser->menu, PACKED("its options cannot be read; m shows why"));
    return false;
}

struct editing {
    struct line_editor editor;
    uint8_t undo[LINE_EDITOR_UNDO];
    char text[];
};

/* An editor of its own for each entry, which lives on: what was typed is never lost. */
static void edit(struct appearance *here)
{
    struct menu *menu = &here->chooser->menu;
    struct menu_item *item = &menu->items[menu->chosen];
    struct arena *arena = here->chooser->arena;

    if (!read_options(here))
        return;
    if (item->editor == NULL) {
        size_t size = text_length(item->options) + 1;
        struct editing *editing = arena_take(arena, sizeof(*editing) + size + LINE_EDITOR_EXTRA);

        if (editing == NULL) {
            menu_note(menu, failure_no_memory);
            return;
        }
        memcpy(editing->text, item->options, size);
        editing->editor = line_editor_of(editing->text, size + LINE_EDITOR_EXTRA, editing->undo);
        item->editor = &editing->editor;
    }
    menu_edit(menu);
}

static void show_page(struct appearance *here, enum menu_action action)
{
    struct chooser *chooser = here->chooser;
    struct text page;

    if (action == MENU_HELP || action == MENU_MESSAGES) {
        menu_show(&chooser->menu, action == MENU_HELP ? menu_help : chooser->messages);
        return;
    }
    if (here->page == NULL)
        here->page = arena_take(chooser->arena, PAGE_BYTES);
    if (here->page == NULL)
        return;
    page = text_in(here->page, PAGE_BYTES);
    if (action == MENU_STATUS) {
        chooser_put_status(chooser, &page);
    } else {
        (void)read_options(here);
        chooser_put_details(chooser, chooser->menu.chosen, &page);
    }
    menu_show(&chooser->menu, here->page);
}

static void change_mode(struct appearance *here, bool next)
{
    struct chooser *chooser = here->chooser;

    if (next) {
        chooser->new_mode = text_screen_next_mode(&here->screen);
    } else {
        /* What loader.conf says begins with what the firmware had. */
        text_screen_set_mode(&here->screen, chooser->first_mode);
        text_screen_set_mode(&here->screen, chooser->entries->conf.console_mode);
        chooser->new_mode = CHOOSER_MODE_FORGOTTEN;
    }
    menu_resize(&chooser->menu, here->screen.columns, here->screen.rows);
}

/* --- what is kept ---------------------------------------------------------------------------- */

/* NULL: nothing is to be kept any more. */
static void keep(const struct chooser *chooser, const char *name, const char *value)
{
    const struct explanation refused =
        because("the firmware does not keep what a key has changed", "change loader.conf instead");
    uint64_t services = firmware_runtime_services(chooser->firmware);
    efi_status status = variable_write_text(services, name, VARIABLE_KEPT, value);

    if (status != 0 && status != STATUS_NOT_FOUND)
        failure_tell(PACKED("writing"), name, refused, status);
}

#define DIGITS_SIZE 16U

static const char *digits(uint32_t number, char *buffer)
{
    struct text text = text_in(buffer, DIGITS_SIZE);

    text_put_decimal(&text, number);
    return buffer;
}

OWN_FRAME static void keep_mark(struct chooser *chooser, unsigned int which, const char *name)
{
    struct menu *menu = &chooser->menu;
    size_t marked = menu->marked[which];

    if (menu->has_changed[which])
        keep(chooser, name, marked == MENU_NONE ? NULL : menu->items[marked].id);
    menu->has_changed[which] = false;
}

static void keep_changes(struct chooser *chooser)
{
    struct menu *menu = &chooser->menu;
    char buffer[DIGITS_SIZE];

    keep_mark(chooser, 0, "LoaderEntryPreferred");
    keep_mark(chooser, 1, "LoaderEntryDefault");
    if (menu->timeout_has_changed)
        keep(chooser, "LoaderConfigTimeout",
             menu->timeout == MENU_TIMEOUT_FORCE    ? "menu-force"
             : menu->timeout == MENU_TIMEOUT_HIDDEN ? "menu-hidden"
                                                    : digits(menu->timeout, buffer));
    menu->timeout_has_changed = false;
    if (chooser->new_mode != CHOOSER_MODE_SAME)
        keep(chooser, CONSOLE_MODE_VARIABLE,
             chooser->new_mode == CHOOSER_MODE_FORGOTTEN ? NULL
                                                         : digits(chooser->new_mode, buffer));
    chooser->new_mode = CHOOSER_MODE_SAME;
}

/* --- keys ------------------------------------------------------------------------------------ */

/* Whatever keys have changed, it may be the last chance to keep it. */
static void leave_machine(struct appearance *here, enum menu_action action)
{
    const struct firmware *firmware = here->chooser->firmware;

    keep_changes(here->chooser);
    if (action == MENU_SETUP)
        restart_into_setup(firmware);
    else
        restart(firmware, action == MENU_POWER_OFF);
    clear(here);
    menu_note(&here->chooser->menu, PACKED("the firmware does not do that"));
}

/* True when `action` ends the menu. */
OWN_FRAME static bool act(struct appearance *here, enum menu_action action)
{
    switch (action) {
    case MENU_BOOT:
    case MENU_QUIT:
        return true;
    case MENU_EDIT:
        edit(here);
        break;
    case MENU_DETAILS:
    case MENU_STATUS:
    case MENU_MESSAGES:
    case MENU_HELP:
        show_page(here, action);
        break;
    case MENU_VERSION:
        menu_note(&here->chooser->menu, PACKED("Baton " BATON_VERSION));
        break;
    case MENU_CLEAR:
        clear(here);
        break;
    case MENU_MODE_NEXT:
    case MENU_MODE_BACK:
        change_mode(here, action == MENU_MODE_NEXT);
        break;
    case MENU_SETUP:
    case MENU_POWER_OFF:
    case MENU_REBOOT:
        leave_machine(here, action);
        break;
    case MENU_NOTHING:
        break;
    }
    return false;
}

static enum menu_action wait_for_decision(struct appearance *here)
{
    struct chooser *chooser = here->chooser;
    struct menu *menu = &chooser->menu;

    for (;;) {
        uint32_t key;
        enum menu_action action;

        draw(here);
        watchdog_arm(chooser->firmware, WATCHDOG_SECONDS);
        if (menu->seconds == 0 && !keyboard_is_there(&chooser->keyboard))
            return MENU_NOTHING; /* it has failed, and nobody can say anything any more */
        key = keyboard_wait(&chooser->keyboard, menu->seconds != 0 ? 1000 : WAIT_MS);
        if (key == KEY_NONE && menu_second(menu))
            return MENU_NOTHING;
        action = menu_key(menu, key);
        if (act(here, action))
            return action;
    }
}

/* What a variable says is stronger than loader.conf. */
static uint32_t configured_mode(const struct chooser *chooser)
{
    const char *text = asked_text(chooser->firmware, chooser->arena, CONSOLE_MODE_VARIABLE);
    uint32_t mode;

    if (text != NULL && value_decimal(span_of(text, text_length(text)), UINT16_MAX, &mode))
        return mode;
    return chooser->entries->conf.console_mode;
}

enum menu_action chooser_ask(struct chooser *chooser, uint32_t seconds, const char *what_then)
{
    struct appearance here = {.chooser = chooser, .beeped = MENU_NONE};
    uint32_t mode = TEXT_SCREEN_KEEP;
    enum menu_action action;

    /* Each time: a program that came back may have turned Secure Boot on. */
    chooser->menu.may_edit = chooser_may_edit(chooser);
    if (!text_screen_open(chooser->firmware, &here.screen))
        return MENU_NOTHING;
    if (chooser->menu_ticks == 0) {
        chooser->menu.has_setup = restart_has_setup(chooser->firmware);
        chooser->first_mode = text_screen_mode(&here.screen);
        mode = configured_mode(chooser);
    }
    chooser->menu_ticks = arch_ticks();
    chooser_tell_apart(chooser);
    text_screen_set_mode(&here.screen, mode);
    chooser->menu.seconds = seconds;
    chooser->menu.what_then = what_then;
    menu_begin(&chooser->menu, here.screen.columns, here.screen.rows);
    action = wait_for_decision(&here);
    text_screen_close(&here.screen);
    keyboard_close(&chooser->keyboard);
    keep_changes(chooser);
    return action;
}
