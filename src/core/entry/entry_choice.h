/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entry is booted unless somebody picks another one: what variables and loader.conf ask for,
 * in systemd-boot's order of precedence (version 262), else the first there is. Knows patterns and
 * entries; must not know where either comes from.
 */
#ifndef BATON_CORE_ENTRY_ENTRY_CHOICE_H
#define BATON_CORE_ENTRY_ENTRY_CHOICE_H

#include "core/entry/bls_entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who asks for an entry; of two the one further down is obeyed. */
enum entry_wish {
    ENTRY_UNASKED,
    ENTRY_DEFAULT_CONF,       /* `default` in loader.conf */
    ENTRY_DEFAULT_VARIABLE,   /* LoaderEntryDefault */
    ENTRY_PREFERRED_CONF,     /* `preferred` in loader.conf: unless it has no tries left */
    ENTRY_PREFERRED_VARIABLE, /* LoaderEntryPreferred: the same */
    ENTRY_ONE_SHOT,           /* LoaderEntryOneShot */
    ENTRY_SYS_FAIL,           /* LoaderEntrySysFail, after a failed update of the firmware */
    ENTRY_WISHES,
};

/* Patterns (core/text/glob.h), whole ids, ASCII case ignored; NULL: nothing is asked for. */
struct entry_wishes {
    const char *patterns[ENTRY_WISHES];
};

/*
 * `@saved` becomes `last_booted` (NULL: nothing was saved); any other name that begins with `@`,
 * and "", are no patterns. Returns whether `@saved` was there: then what is booted is to be saved.
 */
bool entry_wishes_resolve(struct entry_wishes *wishes, const char *last_booted);

/*
 * Whether a pattern means the entry: by its id, or by its id without `.conf` or `.efi`, which
 * people leave out (systemd-boot wants it). The id of an automatic one has no such end.
 */
bool entry_matches(const struct bls_entry *entry, const char *pattern);

/* enum entry_wish: the strongest wish that means the entry, for its `wanted`. */
uint8_t entry_wanted(const struct bls_entry *entry, const struct entry_wishes *wishes);

/* No tries left. */
static inline bool entry_is_bad(const struct bls_entry *entry)
{
    return entry->counter.counted && entry->counter.left == 0;
}

/*
 * Whether it may be booted when nobody asks for any: not a further profile of an image (`factory
 * reset`), and none that Baton has found by itself.
 */
static inline bool entry_may_be_unasked(const struct bls_entry *entry)
{
    return entry->profile == 0 && !entry->is_automatic;
}

/* Whether somebody asks for it, if that is needed: not to turn the machine off unasked. */
static inline bool entry_may_run(const struct bls_entry *entry)
{
    return entry->kind != BLS_ACTION || entry->wanted != ENTRY_UNASKED;
}

/*
 * Whether it may be tried in place of one that failed: what somebody wrote an entry for, but no
 * profile that merely comes with an image.
 */
static inline bool entry_may_follow(const struct bls_entry *entry)
{
    return (entry->profile == 0 || !entry->is_image) && !entry->is_automatic;
}

/*
 * Of `count` sorted entries (entry_order.h) the one to boot: the first of those that are wanted
 * most, else the first that may be unasked, else the first; 0 when there are none. Of an entry that
 * is neither wanted nor may be unasked systemd-boot shows the menu for ten seconds first.
 */
size_t entry_choose(struct bls_entry *const *entries, size_t count);

#endif
