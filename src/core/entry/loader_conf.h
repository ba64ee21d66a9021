/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * \loader\loader.conf as systemd's loader.conf(5) describes it (version 262): which entry is the
 * default, how long to wait, what the menu is like. Knows the format; a broken file never stops a
 * boot, so every sound line counts even when others are wrong, and a value that is no good
 * leaves what was there before. Quotes around a whole value come off, as with systemd-boot.
 */
#ifndef BATON_CORE_ENTRY_LOADER_CONF_H
#define BATON_CORE_ENTRY_LOADER_CONF_H

#include "core/base/span.h"
#include "core/entry/bls_entry.h"
#include "core/text/explain.h"
#include "core/text/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a pattern: more than any name has. One that takes long all the same ends, see glob.h. */
#define LOADER_PATTERN_MAX 1024U

/* A buffer that is enough for any file of `size` bytes. */
#define LOADER_CONF_CAPACITY(size) ((size_t)(size) + 1)

enum loader_conf_error {
    LOADER_CONF_OK = 0,
    LOADER_CONF_TOO_LARGE,     /* more than LINES_TEXT_MAX bytes; nothing of it counts */
    LOADER_CONF_UTF16,         /* UTF-16, see lines_are_utf16(); nothing of it counts */
    LOADER_CONF_LINE_TOO_LONG, /* more than LINES_LINE_MAX bytes */
    LOADER_CONF_PATTERN,       /* of default or preferred: see read_pattern() */
    LOADER_CONF_TIMEOUT,       /* timeout is neither a number of seconds nor a menu- word */
    LOADER_CONF_BOOLEAN,       /* neither yes nor no */
    LOADER_CONF_WORD,          /* none of the words and numbers that the key takes */
    LOADER_CONF_EXIT,          /* baton-exit is none of firmware, guard and baton */
    LOADER_CONF_NONSENSE,      /* a line that is no UTF-8 or has control characters, a NUL too */
    LOADER_CONF_BUFFER,        /* the caller's buffer is smaller than LOADER_CONF_CAPACITY */
};

struct explanation loader_conf_explain(enum loader_conf_error error);

enum loader_wait {
    LOADER_WAIT_UNSET,    /* nobody has said: as hidden */
    LOADER_WAIT_HIDDEN,   /* menu-hidden or 0: boot at once, unless a key is held down */
    LOADER_WAIT_DISABLED, /* menu-disabled: boot at once, and look for no key */
    LOADER_WAIT_FORCE,    /* menu-force or 4294967295: show the menu and wait for ever */
    LOADER_WAIT_SECONDS,
};

struct loader_timeout {
    enum loader_wait wait;
    uint32_t seconds; /* from 1, with LOADER_WAIT_SECONDS; 0 else */
};

/* As in loader.conf and in the variables of the same meaning; false: ret_timeout is untouched. */
bool loader_timeout_parse(struct span value, struct loader_timeout *ret_timeout);

/* console-mode: a number of the firmware's, or one of these, downwards in the order in which
 * read_console_mode() has the words. */
#define LOADER_CONSOLE_KEEP UINT32_MAX
#define LOADER_CONSOLE_AUTO (LOADER_CONSOLE_KEEP - 1)
#define LOADER_CONSOLE_MAX  (LOADER_CONSOLE_KEEP - 2)

enum loader_answer { LOADER_AUTO, LOADER_NO, LOADER_YES };

/* secure-boot-enroll, in the order of loader.conf(5). */
enum loader_enroll { ENROLL_IF_SAFE, ENROLL_OFF, ENROLL_MANUAL, ENROLL_FORCE };

/* log-level, in the order of loader.conf(5): of those below `info` some are told apart. */
enum loader_log { LOADER_LOG_WARNING = 4, LOADER_LOG_INFO = 6, LOADER_LOG_DEBUG };

#define LOADER_ENROLL_HIDDEN UINT32_MAX /* secure-boot-enroll-timeout-sec hidden */

/* Strings are in the caller's buffer. */
struct loader_conf {
    const char *default_pattern; /* glob for glob.h, or "@saved"; NULL when not given */
    const char *preferred_pattern;
    struct loader_timeout timeout;
    uint32_t console_mode; /* LOADER_CONSOLE_KEEP */
    bool editor;           /* true */
    bool auto_entries;     /* true */
    bool auto_firmware;    /* true */
    bool auto_reboot;
    bool auto_poweroff;
    bool beep;
    bool menu_on_failure;
    bool reboot_for_bitlocker;
    uint8_t log_level;       /* enum loader_log */
    uint8_t reboot_on_error; /* enum loader_answer */
    uint8_t enroll;          /* enum loader_enroll */
    bool enroll_shutdown;    /* secure-boot-enroll-action shutdown */
    uint32_t enroll_seconds; /* 15; or LOADER_ENROLL_HIDDEN */
    enum bls_exit exit;      /* baton-exit, for entries that do not say */
    bool debug;              /* baton-debug */
    struct span settings;    /* the text of baton.conf, which is for baton_conf.h */
};

/* A word of log-level; false for another. */
bool loader_log_parse(struct span value, uint8_t *ret_level);

/* What holds without a file. */
struct loader_conf loader_conf_default(void);

/* What is wrong with the file as a whole, or baton.conf: then it is not to be read. */
enum loader_conf_error loader_conf_judge(struct span text);

/*
 * Reads on to the next line that is no good, and takes what the lines before it say; the pool has
 * LOADER_CONF_CAPACITY of the whole text. What is wrong with that line, which is number
 * lines->number; LOADER_CONF_OK at the end of the file. A key without a value says nothing.
 */
enum loader_conf_error loader_conf_next(struct lines *lines, struct string_pool *pool,
                                        struct loader_conf *conf, struct span *ret_line);

#endif
