/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the keys of loader.conf(5), and Baton's own; must not know which entries there are. */
#include "core/entry/loader_conf.h"

_Static_assert(LINES_TEXT_MAX == 64 * 1024 && LINES_LINE_MAX == 8192 && LOADER_PATTERN_MAX == 1024,
               "the numbers in the messages");

#define EXPLANATIONS(X)                                                                            \
    X(LOADER_CONF_OK, "nothing is wrong with the file", "report this as a defect of Baton")        \
    X(LOADER_CONF_TOO_LARGE, "the file has more than 64 KiB and is ignored",                       \
      "write a shorter one")                                                                       \
    X(LOADER_CONF_UTF16, "the file is UTF-16 and is ignored", "save it as UTF-8 text")             \
    X(LOADER_CONF_LINE_TOO_LONG, "the line has more than 8192 bytes and is ignored",               \
      "write a shorter one")                                                                       \
    X(LOADER_CONF_PATTERN,                                                                         \
      "the value is no pattern: it is empty, has more than 1024 bytes, or begins with @",          \
      "write for example 'default debian-*', or 'default @saved'")                                 \
    X(LOADER_CONF_TIMEOUT, "timeout is no number of seconds",                                      \
      "write seconds, menu-force, menu-hidden or menu-disabled")                                   \
    X(LOADER_CONF_BOOLEAN, "the value is neither yes nor no", "write yes or no")                   \
    X(LOADER_CONF_WORD, "the key does not take that value",                                        \
      "see loader.conf(5) for those it does")                                                      \
    X(LOADER_CONF_EXIT, "the value is none of firmware, guard and baton", "write one of these")    \
    X(LOADER_CONF_NONSENSE, "the line is not UTF-8 or has control characters",                     \
      "remove it or save the file as UTF-8 text")                                                  \
    X(LOADER_CONF_BUFFER, "the buffer for the file is too small",                                  \
      "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation loader_conf_explain(enum loader_conf_error error)
{
    return EXPLAIN(error);
}

bool loader_timeout_parse(struct span value, struct loader_timeout *ret_timeout)
{
    struct loader_timeout timeout = {.wait = LOADER_WAIT_HIDDEN};
    uint8_t place;

    _Static_assert(LOADER_WAIT_DISABLED == LOADER_WAIT_HIDDEN + 1 &&
                       LOADER_WAIT_FORCE == LOADER_WAIT_HIDDEN + 2,
                   "in the words' order");
    if (value_word(value, "menu-hidden\0menu-disabled\0menu-force\0", &place))
        timeout.wait = LOADER_WAIT_HIDDEN + place;
    else if (!value_decimal(value, UINT32_MAX, &timeout.seconds))
        return false;
    if (timeout.seconds != 0)
        timeout.wait = timeout.seconds == UINT32_MAX ? LOADER_WAIT_FORCE : LOADER_WAIT_SECONDS;
    if (timeout.wait != LOADER_WAIT_SECONDS)
        timeout.seconds = 0;
    *ret_timeout = timeout;
    return true;
}

/* What a key's value is. */
enum kind {
    KIND_PATTERN,
    KIND_BOOLEAN,
    KIND_TIMEOUT,
    KIND_CONSOLE_MODE,
    KIND_ON_ERROR,
    KIND_ENROLL,
    KIND_ENROLL_ACTION,
    KIND_ENROLL_SECONDS,
    KIND_LOG_LEVEL,
    KIND_EXIT,
    KIND_OF_OTHERS, /* systemd-boot has other keys, and gets new ones */
};

/* Name, kind, where its value is stored. */
#define KEYS(X)                                                                                    \
    X("default", KIND_PATTERN, default_pattern)                                                    \
    X("preferred", KIND_PATTERN, preferred_pattern)                                                \
    X("timeout", KIND_TIMEOUT, timeout)                                                            \
    X("console-mode", KIND_CONSOLE_MODE, console_mode)                                             \
    X("editor", KIND_BOOLEAN, editor)                                                              \
    X("auto-entries", KIND_BOOLEAN, auto_entries)                                                  \
    X("auto-firmware", KIND_BOOLEAN, auto_firmware)                                                \
    X("auto-reboot", KIND_BOOLEAN, auto_reboot)                                                    \
    X("auto-poweroff", KIND_BOOLEAN, auto_poweroff)                                                \
    X("beep", KIND_BOOLEAN, beep)                                                                  \
    X("menu-on-failure", KIND_BOOLEAN, menu_on_failure)                                            \
    X("log-level", KIND_LOG_LEVEL, log_level)                                                      \
    X("reboot-for-bitlocker", KIND_BOOLEAN, reboot_for_bitlocker)                                  \
    X("reboot-on-error", KIND_ON_ERROR, reboot_on_error)                                           \
    X("secure-boot-enroll", KIND_ENROLL, enroll)                                                   \
    X("secure-boot-enroll-action", KIND_ENROLL_ACTION, enroll_shutdown)                            \
    X("secure-boot-enroll-timeout-sec", KIND_ENROLL_SECONDS, enroll_seconds)                       \
    X("baton-debug", KIND_BOOLEAN, debug)                                                          \
    X("baton-exit", KIND_EXIT, exit)

struct key {
    uint8_t kind; /* enum kind */
    uint8_t offset;
};

/* Apart, as in bls_entry.c. */
#define KEY_NAME(name, kind, field) name "\0"
#define KEY(name, kind, field)      {kind, offsetof(struct loader_conf, field)},
static const char key_names[] = KEYS(KEY_NAME);
static const struct key keys[] = {KEYS(KEY)};
_Static_assert(sizeof(struct loader_conf) <= UINT8_MAX, "offsets fit");

static struct key key_of(struct span word)
{
    uint8_t place;

    if (value_word(word, key_names, &place))
        return keys[place];
    return (struct key){.kind = KIND_OF_OTHERS};
}

/* systemd-boot, too, knows no other name that begins with `@`, and keeps what was there before. */
static enum loader_conf_error read_pattern(struct span value, struct string_pool *pool,
                                           const char **ret_pattern)
{
    const char *pattern;

    if (value.size == 0 || value.size > LOADER_PATTERN_MAX ||
        (value.data[0] == '@' && !value_equals(value, "@saved")))
        return LOADER_CONF_PATTERN;
    pattern = string_pool_add(pool, value);
    if (pattern == NULL)
        return LOADER_CONF_BUFFER;
    *ret_pattern = pattern;
    return LOADER_CONF_OK;
}

static bool read_console_mode(struct span value, uint32_t *ret_mode)
{
    uint8_t place;

    if (!value_word(value, "keep\0auto\0max\0", &place))
        return value_decimal(value, INT32_MAX, ret_mode);
    *ret_mode = LOADER_CONSOLE_KEEP - place;
    return true;
}

/* Which of the words, each with its NUL, the value is; false for none. */
static bool read_on_error(struct span value, uint8_t *ret_answer)
{
    bool yes;

    if (value_equals(value, "auto"))
        *ret_answer = LOADER_AUTO;
    else if (value_boolean(value, &yes))
        *ret_answer = yes ? LOADER_YES : LOADER_NO;
    else
        return false;
    return true;
}

static bool read_enroll_seconds(struct span value, uint32_t *ret_seconds)
{
    if (!value_equals(value, "hidden"))
        return value_decimal(value, UINT32_MAX, ret_seconds);
    *ret_seconds = LOADER_ENROLL_HIDDEN;
    return true;
}

bool loader_log_parse(struct span value, uint8_t *ret_level)
{
    return value_word(value, "emerg\0alert\0crit\0err\0warning\0notice\0info\0debug\0", ret_level);
}

/* What takes words of its own. */
static bool read_words(enum kind kind, struct span value, void *field)
{
    uint8_t action;

    switch (kind) {
    case KIND_CONSOLE_MODE:
        return read_console_mode(value, field);
    case KIND_ON_ERROR:
        return read_on_error(value, field);
    case KIND_ENROLL:
        return value_word(value, "if-safe\0off\0manual\0force\0", field);
    case KIND_LOG_LEVEL:
        return loader_log_parse(value, field);
    case KIND_ENROLL_ACTION:
        if (!value_word(value, "reboot\0shutdown\0", &action))
            return false;
        *(bool *)field = action != 0;
        return true;
    default:
        return read_enroll_seconds(value, field);
    }
}

static enum loader_conf_error read_value(struct key key, struct span value,
                                         struct string_pool *pool, struct loader_conf *conf)
{
    void *field = (uint8_t *)conf + key.offset;

    switch (key.kind) {
    case KIND_PATTERN:
        return read_pattern(value, pool, (const char **)field);
    case KIND_BOOLEAN:
        return value_boolean(value, field) ? LOADER_CONF_OK : LOADER_CONF_BOOLEAN;
    case KIND_TIMEOUT:
        return loader_timeout_parse(value, field) ? LOADER_CONF_OK : LOADER_CONF_TIMEOUT;
    case KIND_EXIT:
        return bls_exit_parse(value, field) ? LOADER_CONF_OK : LOADER_CONF_EXIT;
    case KIND_OF_OTHERS:
        return LOADER_CONF_OK;
    default:
        return read_words(key.kind, value, field) ? LOADER_CONF_OK : LOADER_CONF_WORD;
    }
}

static enum loader_conf_error read_line(struct span word, struct span value,
                                        struct string_pool *pool, struct loader_conf *conf)
{
    if (value.size == 0)
        return LOADER_CONF_OK; /* for systemd-boot it is no line at all */
    if (lines_whole(word, value).size > LINES_LINE_MAX)
        return LOADER_CONF_LINE_TOO_LONG;
    if (!value_is_text(word) || !value_is_text(value))
        return LOADER_CONF_NONSENSE;
    return read_value(key_of(word), value_unquoted(value), pool, conf);
}

struct loader_conf loader_conf_default(void)
{
    return (struct loader_conf){
        .console_mode = LOADER_CONSOLE_KEEP,
        .editor = true,
        .auto_entries = true,
        .auto_firmware = true,
        .enroll_seconds = 15,
        .log_level = LOADER_LOG_INFO,
    };
}

enum loader_conf_error loader_conf_judge(struct span text)
{
    if (text.size > LINES_TEXT_MAX)
        return LOADER_CONF_TOO_LARGE;
    return lines_are_utf16(text) ? LOADER_CONF_UTF16 : LOADER_CONF_OK;
}

enum loader_conf_error loader_conf_next(struct lines *lines, struct string_pool *pool,
                                        struct loader_conf *conf, struct span *ret_line)
{
    enum loader_conf_error error = LOADER_CONF_OK;
    struct span key;
    struct span value;

    while (error == LOADER_CONF_OK && lines_next(lines, &key, &value)) {
        error = read_line(key, value, pool, conf);
        *ret_line = lines_whole(key, value);
    }
    return error;
}
