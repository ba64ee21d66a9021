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

struct baton_conf baton_conf_of(struct span text)
{
    return (struct baton_conf){.lines = lines_of(text), .applies = true};
}

enum bls_warning_kind baton_conf_next(struct baton_conf *conf, struct bls_entry *entry,
                                      struct span *ret_line)
{
    struct bls_entry of_others;
    enum bls_warning_kind kind = BLS_WARNING_NONE;
    struct span word;
    struct span value;

    while (kind == BLS_WARNING_NONE && lines_next(&conf->lines, &word, &value)) {
        kind = value_equals(word, "entry")
                   ? read_section(value, entry, &conf->applies)
                   : bls_setting_parse(word, value, conf->applies ? entry : &of_others);
        *ret_line = lines_whole(word, value);
    }
    return kind;
}

void baton_conf_apply(const struct loader_conf *conf, struct bls_entry *entry)
{
    struct baton_conf settings = baton_conf_of(conf->settings);
    struct span line;

    entry->exit = conf->exit;
    entry->debug = conf->debug;
    while (baton_conf_next(&settings, entry, &line) != BLS_WARNING_NONE)
        ;
}
