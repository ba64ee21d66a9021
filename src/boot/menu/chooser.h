/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who decides what is booted next: a person in the menu, or the order of the entries. Baton asks
 * for an entry, tries it, says what became of it, and asks again. An entry that nobody has chosen
 * and that fails is followed by the next one; one that somebody has chosen, or that came back, by
 * the menu; and so is the last one, with the reasons of all.
 *
 * Without a console, without a key that could be pressed, or with `timeout menu-disabled`, there is
 * no menu and nothing waits.
 */
#ifndef BATON_BOOT_MENU_CHOOSER_H
#define BATON_BOOT_MENU_CHOOSER_H

#include "boot/boot.h"
#include "boot/entry/asked.h"
#include "boot/entry/entries.h"
#include "core/menu/menu.h"
#include "efi/arena.h"
#include "efi/keyboard.h"

#include <stdbool.h>
#include <stddef.h>

/* How long what a person has to read stays where nobody is known to read it. */
#define READING_SECONDS 10U

/* What is known of an entry beside what the menu shows of it. */
struct choice {
    struct bls_entry *entry;
    bool was_tried;
    bool failed_before; /* the record of a failed exit is about it */
};

/* No mode of a console. */
#define CHOOSER_MODE_SAME      UINT32_MAX       /* what is kept stays */
#define CHOOSER_MODE_FORGOTTEN (UINT32_MAX - 1) /* what is kept is to be deleted */

struct chooser {
    struct firmware *firmware;
    struct arena *arena;
    const struct entries *entries;
    struct choice *choices; /* beside the menu's items; the listed entries come first */
    size_t enrolls;         /* keys that are to be enrolled first, unasked; MENU_NONE: none */
    size_t listed;          /* entries that may be tried */
    size_t picked;          /* the last one */
    uint64_t menu_ticks;    /* arch_ticks() when the menu came last; 0: it was not shown */
    uint32_t first_mode;    /* of the console, before the menu */
    uint32_t new_mode;      /* that is to be kept, or one of the above */
    bool has_begun;
    bool has_tried; /* some entry */
    bool by_person; /* the last one was chosen in the menu, or came back */
    const char *messages;
    struct menu menu;
    struct keyboard keyboard;
    const struct asked *asked;
    struct text reasons; /* of all that failed, in the arena; without data: of none */
};

/* `messages`: what was said so far, see console_keep(). False when there is no memory. */
bool chooser_begin(struct firmware *firmware, struct arena *arena, const struct asked *asked,
                   const struct entries *entries, const char *messages,
                   struct chooser *ret_chooser);

/* The record of a failed exit is about the entry: it is tried after the others. */
void chooser_mark(struct chooser *chooser, size_t choice, const char *reason);

enum chooser_verdict {
    CHOOSER_BOOT,
    CHOOSER_QUIT,    /* a person wants to go back to the firmware */
    CHOOSER_NOTHING, /* nothing is left to try */
};

/* With CHOOSER_BOOT: the entry, and the options that it is to have in place of its own, or NULL. */
enum chooser_verdict chooser_next(struct chooser *chooser, struct bls_entry **ret_entry,
                                  const char **ret_options);

/* What is tried next when no key is pressed; MENU_NONE: nothing. */
size_t chooser_next_unasked(const struct chooser *chooser);

/* What became of it. */
void chooser_failed(struct chooser *chooser, const struct boot_failure *failure);

/* Private: the menu on the console until somebody has decided; MENU_NOTHING: the time is up. */
enum menu_action chooser_ask(struct chooser *chooser, uint32_t seconds, const char *what_then);
bool chooser_may_ask(struct chooser *chooser);
/* Titles are only then unlike each other: a boot that shows none does not pay for it. */
void chooser_tell_apart(struct chooser *chooser);
bool chooser_may_edit(const struct chooser *chooser);

/* Private: pages of text about a choice, and about the machine, at most `capacity` bytes. */
void chooser_put_details(const struct chooser *chooser, size_t choice, struct text *page);
void chooser_put_status(const struct chooser *chooser, struct text *page);

#endif
