/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the keys of loader.conf(5) that choose an entry, and Baton's own; must not know which
 * entries there are. */
#include "core/entry/loader_conf.h"

#define TIMEOUT_MAX 86400U /* seconds; a longer wait is meant to be menu-force */

_Static_assert(LINES_TEXT_MAX == 64 * 1024 && LINES_LINE_MAX == 8192 && LOADER_PATTERN_MAX == 1024,
               "the numbers in the messages");

#define EXPLANATIONS(X)                                                                            \
    X(LOADER_CONF_OK, "nothing is wrong with the file", "report this as a defect of Baton")        \
    X(LOADER_CONF_TOO_LARGE, "the file has more than 64 KiB and is ignored",                       \
      "write a shorter one")                                                                       \
    X(LOADER_CONF_UTF16, "the file is UTF-16 and is ignored", "save it as UTF-8 text")             \
    X(LOADER_CONF_LINE_TOO_LONG, "the line has more than 8192 bytes and is ignored",               \
      "write a shorter one")                                                                       \
    X(LOADER_CONF_DEFAULT, "default has no pattern, or one of more than 1024 bytes",               \
      "write for example 'default debian-*'")                                                      \
    X(LOADER_CONF_TIMEOUT, "timeout is no number of seconds",                                      \
      "write seconds, menu-force or menu-hidden")                                                  \
    X(LOADER_CONF_BOOLEAN, "the value is neither yes nor no", "write yes or no")                   \
    X(LOADER_CONF_EXIT, "the value is neither firmware nor baton", "write firmware or baton")      \
    X(LOADER_CONF_NONSENSE, "the line is not UTF-8 or has control characters",                     \
      "remove it or save the file as UTF-8 text")                                                  \
    X(LOADER_CONF_BUFFER, "the buffer for the file is too small",                                  \
      "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation loader_conf_explain(enum loader_conf_error error)
{
    return EXPLAIN(error);
}

static enum loader_conf_error read_default(struct span value, struct string_pool *pool,
                                           struct loader_conf *conf)
{
    const char *pattern;

    if (value.size == 0 || value.size > LOADER_PATTERN_MAX)
        return LOADER_CONF_DEFAULT;
    if (value_equals(value, "@saved")) {
        conf->default_saved = true;
        conf->default_pattern = NULL;
        return LOADER_CONF_OK;
    }
    pattern = string_pool_add(pool, value);
    if (pattern == NULL)
        return LOADER_CONF_BUFFER;
    conf->default_pattern = pattern;
    conf->default_saved = false;
    return LOADER_CONF_OK;
}

static enum loader_conf_error read_timeout(struct span value, struct loader_conf *conf)
{
    if (value_equals(value, "menu-force"))
        conf->timeout = LOADER_TIMEOUT_MENU_FORCE;
    else if (value_equals(value, "menu-hidden") || value_equals(value, "menu-disabled"))
        conf->timeout = LOADER_TIMEOUT_MENU_HIDDEN;
    else if (value_decimal(value, TIMEOUT_MAX, &conf->timeout_seconds))
        conf->timeout = LOADER_TIMEOUT_SECONDS;
    else
        return LOADER_CONF_TIMEOUT;
    return LOADER_CONF_OK;
}

static enum loader_conf_error read_line(struct span key, struct span value,
                                        struct string_pool *pool, struct loader_conf *conf)
{
    if ((size_t)(value.data - key.data) + value.size > LINES_LINE_MAX)
        return LOADER_CONF_LINE_TOO_LONG;
    if (!value_is_text(key) || !value_is_text(value))
        return LOADER_CONF_NONSENSE;
    value = value_unquoted(value);
    if (value_equals(key, "default"))
        return read_default(value, pool, conf);
    if (value_equals(key, "timeout"))
        return read_timeout(value, conf);
    if (value_equals(key, "baton-debug"))
        return value_boolean(value, &conf->debug) ? LOADER_CONF_OK : LOADER_CONF_BOOLEAN;
    if (value_equals(key, "baton-exit"))
        return bls_exit_parse(value, &conf->exit) ? LOADER_CONF_OK : LOADER_CONF_EXIT;
    return LOADER_CONF_OK; /* systemd-boot has dozens of other keys, and gets new ones */
}

enum loader_conf_error loader_conf_parse(struct span text, char *buffer, size_t capacity,
                                         struct loader_conf *ret_conf, struct line_note *ret_note)
{
    struct string_pool pool = {.next = buffer, .left = capacity};
    struct loader_conf conf = {.timeout = LOADER_TIMEOUT_UNSET};
    enum loader_conf_error first = LOADER_CONF_OK;
    struct lines lines = lines_of(text);
    struct line_note note = {0};
    struct span key;
    struct span value;

    if (text.size > LINES_TEXT_MAX)
        first = LOADER_CONF_TOO_LARGE;
    else if (lines_are_utf16(text))
        first = LOADER_CONF_UTF16;
    if (first != LOADER_CONF_OK)
        lines.rest.size = 0;
    while (lines_next(&lines, &key, &value)) {
        enum loader_conf_error error = read_line(key, value, &pool, &conf);

        if (first == LOADER_CONF_OK && error != LOADER_CONF_OK) {
            first = error;
            note.line = lines.number;
        }
    }
    *ret_conf = conf;
    if (first != LOADER_CONF_OK)
        *ret_note = note;
    return first;
}
