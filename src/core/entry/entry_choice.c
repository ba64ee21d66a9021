/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/entry/entry_choice.h"

#include "core/text/glob.h"
#include "core/text/text.h"

bool entry_wishes_resolve(struct entry_wishes *wishes, const char *last_booted)
{
    bool saved = false;

    for (unsigned int wish = 0; wish < ENTRY_WISHES; wish++) {
        const char **pattern = &wishes->patterns[wish];

        if (*pattern == NULL || ((*pattern)[0] != '@' && (*pattern)[0] != '\0'))
            continue;
        if (text_equal(*pattern, "@saved")) {
            saved = true;
            *pattern = last_booted;
        } else {
            *pattern = NULL;
        }
    }
    return saved;
}

bool entry_matches(const struct bls_entry *entry, const char *pattern)
{
    char buffer[2 * ENTRY_NAME_MAX]; /* an id with the name of a profile; cut, it matches less */
    struct text stem = text_in(buffer, sizeof(buffer));
    size_t length = text_length(entry->id);

    if (glob_match(pattern, entry->id))
        return true;
    if (entry->id != entry->image_id || entry->is_automatic)
        return false;
    while (length > 0 && entry->id[--length] != '.')
        ;
    text_put_bytes(&stem, entry->id, length);
    return glob_match(pattern, buffer);
}

uint8_t entry_wanted(const struct bls_entry *entry, const struct entry_wishes *wishes)
{
    unsigned int wish = ENTRY_WISHES;

    while (--wish > ENTRY_UNASKED) {
        bool preferred = wish == ENTRY_PREFERRED_CONF || wish == ENTRY_PREFERRED_VARIABLE;

        if (wishes->patterns[wish] != NULL && !(preferred && entry_is_bad(entry)) &&
            entry_matches(entry, wishes->patterns[wish]))
            break;
    }
    return (uint8_t)wish;
}

size_t entry_choose(struct bls_entry *const *entries, size_t count)
{
    size_t chosen = count;

    for (size_t i = 0; i < count; i++) {
        if (entries[i]->wanted == ENTRY_UNASKED && !entry_may_be_unasked(entries[i]))
            continue;
        if (chosen == count || entries[i]->wanted > entries[chosen]->wanted)
            chosen = i;
    }
    return chosen == count ? 0 : chosen;
}
