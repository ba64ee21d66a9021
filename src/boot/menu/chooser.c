/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which entries are tried, and when somebody is asked. */
#include "boot/menu/chooser.h"

#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "efi/restart.h"

/* Until a machine restarts by itself behind an entry that failed (`reboot-on-error`): the same. */
#define RESTART_SECONDS 5U

#define REASON_SIZE  4096U /* a title and the longest line of boot/failure.h */
#define REASONS_SIZE 8192U /* as many as a screen may have room for */

/* `item` is all zero. */
OWN_FRAME static void describe(const struct bls_entry *entry, struct menu_item *item)
{
    item->title = entry->title[0] != '\0' ? entry->title : entry->id;
    item->id = entry->id;
    item->marks[MENU_MARK_VERSION] = entry->version;
    item->marks[MENU_MARK_MACHINE] = entry->machine_id;
    item->marks[MENU_MARK_ID] = entry->id;
    if (!entry->is_automatic)
        item->options = entry->options;
    item->hot_key = entry->kind == BLS_EFI || entry->kind == BLS_ACTION ? entry->hot_key : 'l';
}

/* The first one that a variable means. */
static size_t marked_by(const struct entries *entries, enum entry_wish wish)
{
    const char *pattern = entries->wishes.patterns[wish];

    for (size_t i = 0; pattern != NULL && i < entries->list.count; i++)
        if (entry_matches(entries->list.entries[i], pattern))
            return i;
    return MENU_NONE;
}

static uint32_t timeout_of(const struct loader_timeout *timeout)
{
    return timeout->wait == LOADER_WAIT_FORCE ? MENU_TIMEOUT_FORCE : timeout->seconds;
}

bool chooser_begin(struct firmware *firmware, struct arena *arena, const struct asked *asked,
                   const struct entries *entries, const char *messages, struct chooser *ret_chooser)
{
    size_t count = entries->list.count + entries->absent_count;
    size_t enrolls = MENU_NONE;
    struct menu_item *items = arena_take(arena, (count + 1) * sizeof(*items));
    /* And two numbers for each, to tell their titles apart. */
    struct choice *choices =
        arena_take(arena, (count + 1) * (sizeof(*choices) + 2 * sizeof(uint64_t)));

    if (items == NULL || choices == NULL)
        return false;
    memset(items, 0, count * sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        bool is_absent = i >= entries->list.count;
        struct bls_entry *entry =
            is_absent ? entries->absent[i - entries->list.count] : entries->list.entries[i];

        if (entry == entries->enrolls)
            enrolls = i;
        choices[i] = (struct choice){.entry = entry};
        describe(entry, &items[i]);
        items[i].is_absent = is_absent;
        if (is_absent)
            items[i].reason = PACKED("its kernel is not there, or is Baton itself; correct its "
                                     "path, or remove the entry");
    }
    *ret_chooser = (struct chooser){
        .firmware = firmware,
        .arena = arena,
        .entries = entries,
        .asked = asked,
        .choices = choices,
        .menu = {.items = items,
                 .count = count,
                 .chosen = entries->chosen,
                 .marked = {marked_by(entries, ENTRY_PREFERRED_VARIABLE),
                            marked_by(entries, ENTRY_DEFAULT_VARIABLE)},
                 .timeout = timeout_of(&entries->timeout)},
        .enrolls = enrolls,
        .listed = entries->list.count,
        .picked = entries->chosen,
        .new_mode = CHOOSER_MODE_SAME,
        .messages = messages,
    };
    return true;
}

void chooser_mark(struct chooser *chooser, size_t choice, const char *reason)
{
    chooser->choices[choice].failed_before = true;
    chooser->menu.items[choice].reason = reason;
}

/* --- without a person ------------------------------------------------------------------------ */

static bool may_try(const struct chooser *chooser, size_t choice, bool failed_before)
{
    const struct choice *one = &chooser->choices[choice];

    return !one->was_tried && one->failed_before == failed_before;
}

/*
 * The chosen one, then the others in their order; those that a record is about after those that it
 * is not about. What has to be asked for is not tried in another's place.
 */
size_t chooser_next_unasked(const struct chooser *chooser)
{
    size_t chosen = chooser->entries->chosen;

    for (int failed_before = 0; failed_before < 2 && chooser->listed != 0; failed_before++) {
        if (may_try(chooser, chosen, failed_before != 0) &&
            entry_may_run(chooser->choices[chosen].entry))
            return chosen;
        for (size_t i = 0; i < chooser->listed; i++)
            if (entry_may_follow(chooser->choices[i].entry) &&
                may_try(chooser, i, failed_before != 0))
                return i;
    }
    return MENU_NONE;
}

/* --- with one -------------------------------------------------------------------------------- */

static bool is_waited_for(const struct chooser *chooser)
{
    enum loader_wait wait = chooser->entries->timeout.wait;

    return wait == LOADER_WAIT_SECONDS || wait == LOADER_WAIT_FORCE;
}

/* Found anew each time: a program that came back may have taken away what there was. */
static bool has_keys(struct chooser *chooser)
{
    chooser->keyboard = keyboard_open(chooser->firmware);
    return keyboard_is_there(&chooser->keyboard);
}

bool chooser_may_ask(struct chooser *chooser)
{
    return chooser->entries->timeout.wait != LOADER_WAIT_DISABLED && chooser->menu.count != 0 &&
           has_keys(chooser);
}

bool chooser_may_edit(const struct chooser *chooser)
{
    return chooser->entries->conf.editor && !environment_secure_boot_enforced(chooser->firmware);
}

/* A key that was pressed before there was a menu: MENU_NONE when it asks for that. */
static enum menu_action take_early_key(struct chooser *chooser, uint32_t key)
{
    size_t choice = menu_hot_key(&chooser->menu, key);

    if (choice == MENU_NONE || choice >= chooser->listed ||
        chooser->choices[choice].entry->kind == BLS_ACTION)
        return chooser_ask(chooser, 0, NULL);
    chooser->menu.chosen = choice;
    return MENU_BOOT;
}

/* Nobody asks for the chosen one, and it is none that may be booted unasked. */
static bool is_doubtful(const struct chooser *chooser)
{
    const struct bls_entry *entry = chooser->choices[chooser->entries->chosen].entry;

    return entry->wanted == ENTRY_UNASKED && !entry_may_be_unasked(entry);
}

/* `menu-on-failure`: an earlier start of it was not the last one that it needed. */
static bool has_failed(struct chooser *chooser)
{
    const struct choice *chosen = &chooser->choices[chooser->entries->chosen];

    if (!chooser->entries->conf.menu_on_failure ||
        (chosen->entry->counter.done == 0 && !chosen->failed_before))
        return false;
    chooser->menu.message = PACKED("an earlier start of the default entry did not succeed");
    return true;
}

/* There is nothing that could be tried: time to read why. */
static enum menu_action ask_last(struct chooser *chooser)
{
    return chooser_ask(chooser, READING_SECONDS, PACKED("Back to the firmware in "));
}

/*
 * Keys that are to be enrolled, once: time to stop that, where there is a key to do it with, and
 * loader.conf does not say `hidden`. True when the time is up; else what somebody has chosen, or
 * the menu again.
 */
static bool may_enroll(struct chooser *chooser, size_t keys, enum menu_action *ret_action)
{
    uint32_t seconds = chooser->entries->conf.enroll_seconds;

    chooser->menu.chosen = keys;
    *ret_action = seconds == 0 || seconds == LOADER_ENROLL_HIDDEN || !has_keys(chooser)
                      ? MENU_NOTHING
                      : chooser_ask(chooser, seconds, PACKED("Enrolling these keys in "));
    return *ret_action == MENU_NOTHING;
}

/* Before the first entry is tried; MENU_NOTHING: nobody wants anything. */
static enum menu_action ask_first(struct chooser *chooser)
{
    const struct loader_timeout *timeout = &chooser->entries->timeout;
    size_t next = chooser_next_unasked(chooser);
    uint32_t key;

    if (!chooser_may_ask(chooser))
        return MENU_NOTHING;
    if (next == MENU_NONE)
        return ask_last(chooser);
    chooser->menu.chosen = next;
    if (is_waited_for(chooser))
        return chooser_ask(chooser, timeout->seconds, NULL);
    key = keyboard_look(&chooser->keyboard);
    if (key != KEY_NONE)
        return take_early_key(chooser, key);
    return is_doubtful(chooser) || has_failed(chooser) ? chooser_ask(chooser, READING_SECONDS, NULL)
                                                       : MENU_NOTHING;
}

/* `reboot-on-error yes`: unless a key stops that, or the firmware does not do it. */
static enum menu_action restart_on_error(struct chooser *chooser)
{
    enum menu_action action = MENU_NOTHING;

    chooser->menu.chosen = chooser->picked;
    if (chooser_may_ask(chooser))
        action = chooser_ask(chooser, RESTART_SECONDS, PACKED("Restarting in "));
    if (action == MENU_NOTHING)
        restart(chooser->firmware, false);
    return action;
}

/* What failed has been said: time to read it, where somebody waits for a menu anyway. */
OWN_FRAME static enum menu_action ask_again(struct chooser *chooser)
{
    if (chooser->entries->conf.reboot_on_error == LOADER_YES && !chooser->by_person)
        return restart_on_error(chooser);
    if (!chooser_may_ask(chooser))
        return MENU_NOTHING;
    if (chooser->by_person)
        return chooser_ask(chooser, 0, NULL);
    chooser->menu.chosen = chooser_next_unasked(chooser);
    if (chooser->menu.chosen == MENU_NONE) {
        chooser->menu.chosen = chooser->picked;
        chooser->menu.message = chooser->reasons.data;
        return ask_last(chooser);
    }
    return is_waited_for(chooser) ? chooser_ask(chooser, READING_SECONDS, NULL) : MENU_NOTHING;
}

static enum chooser_verdict give(struct chooser *chooser, size_t choice,
                                 struct bls_entry **ret_entry, const char **ret_options)
{
    const struct menu_item *item = &chooser->menu.items[choice];

    chooser->picked = choice;
    *ret_entry = chooser->choices[choice].entry;
    *ret_options =
        menu_item_is_edited(item) && chooser_may_edit(chooser) ? item->editor->text : NULL;
    return CHOOSER_BOOT;
}

enum chooser_verdict chooser_next(struct chooser *chooser, struct bls_entry **ret_entry,
                                  const char **ret_options)
{
    size_t keys = chooser->enrolls;
    enum menu_action action;
    size_t choice;

    chooser->enrolls = MENU_NONE;
    if (keys == MENU_NONE)
        action = chooser->has_begun ? ask_again(chooser) : ask_first(chooser);
    else if (may_enroll(chooser, keys, &action))
        return give(chooser, keys, ret_entry, ret_options);
    chooser->has_begun = true;
    if (action == MENU_QUIT)
        return CHOOSER_QUIT;
    choice = action == MENU_BOOT ? chooser->menu.chosen : chooser_next_unasked(chooser);
    if (choice == MENU_NONE)
        return CHOOSER_NOTHING;
    chooser->by_person = action == MENU_BOOT;
    chooser->choices[choice].was_tried = true;
    chooser->has_tried = true;
    return give(chooser, choice, ret_entry, ret_options);
}

void chooser_tell_apart(struct chooser *chooser)
{
    struct menu *menu = &chooser->menu;

    menu_tell_apart(menu->items, menu->count, (uint64_t *)(chooser->choices + menu->count));
}

void chooser_failed(struct chooser *chooser, const struct boot_failure *failure)
{
    struct menu_item *item = &chooser->menu.items[chooser->picked];
    char *buffer = arena_take(chooser->arena, REASON_SIZE);
    struct text reason;

    if (failure->came_back || failure->was_stopped)
        chooser->by_person = true;
    if (buffer == NULL)
        return;
    reason = text_in(buffer, REASON_SIZE);
    chooser_tell_apart(chooser);
    menu_put_title(&reason, item);
    text_put(&reason, ": ");
    failure_put(&reason, failure);
    item->reason = buffer;
    item->came_back = failure->came_back;
    chooser->menu.message = buffer;
    if (chooser->reasons.data == NULL) {
        char *reasons = arena_take(chooser->arena, REASONS_SIZE);

        if (reasons == NULL)
            return;
        chooser->reasons = text_in(reasons, REASONS_SIZE);
    }
    text_format(&chooser->reasons, "%s\n", buffer);
}
