/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/entry/baton_conf.h"

#include "core/entry/entry_choice.h"

/* Whether a line `entry PATTERN` means the entry; a pattern that cannot be one means none. */
static enum bls_warning_kind read_section(struct span value, const struct bls_entry *entry,
                                          bool *ret_applies)
{
    char buffer[ENTRY_NAME_MAX];
    struct string_pool pool = {.next = buffer, .left = sizeof(buffer)};
    const char *pattern;

    *ret_applies = false;
    value = value_unquoted(value);
    if (value.size == 0)
        return BLS_WARNING_NO_VALUE;
    if (!value_is_text(value))
        return BLS_WARNING_NONSENSE;
    pattern = string_pool_add(&pool, value);
    *ret_applies = pattern != NULL && entry_matches(entry, pattern);
    return pattern == NULL ? BLS_WARNING_CUT : BLS_WARNING_NONE;
}

struct bls_warning baton_conf_apply(struct span text, struct bls_entry *entry)
{
    struct bls_entry said = {.exit = BLS_EXIT_DEFAULT};
    struct bls_entry of_others;
    struct bls_warning first = {.kind = BLS_WARNING_NONE};
    struct lines lines = lines_of(text);
    bool applies = true;
    struct span word;
    struct span value;

    while (lines_next(&lines, &word, &value)) {
        enum bls_warning_kind kind =
            value_equals(word, "entry")
                ? read_section(value, entry, &applies)
                : bls_setting_parse(word, value, applies ? &said : &of_others);

        if (first.kind == BLS_WARNING_NONE && kind != BLS_WARNING_NONE)
            first = (struct bls_warning){.line = lines.number, .kind = kind};
    }
    entry->debug = entry->debug || said.debug;
    entry->place_high = entry->place_high || said.place_high;
    entry->late_map = entry->late_map || said.late_map;
    entry->exit_marker = entry->exit_marker || said.exit_marker;
    if (entry->exit == BLS_EXIT_DEFAULT)
        entry->exit = said.exit;
    if (entry->exit_seconds == 0)
        entry->exit_seconds = said.exit_seconds;
    return first;
}
