/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * \loader\loader.conf as systemd's loader.conf(5) describes it: which entry is the default and how
 * long to wait. Knows the format; a broken file never stops a boot, so every sound line counts
 * even when another one is wrong. Quotes around a whole value come off, as with systemd-boot.
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
    LOADER_CONF_DEFAULT,       /* default with nothing, or more than LOADER_PATTERN_MAX bytes */
    LOADER_CONF_TIMEOUT,       /* timeout is neither a number of seconds nor a menu- word */
    LOADER_CONF_BOOLEAN,       /* baton-debug is neither yes nor no */
    LOADER_CONF_EXIT,          /* baton-exit is neither firmware nor baton */
    LOADER_CONF_NONSENSE,      /* a line that is no UTF-8 or has control characters, a NUL too */
    LOADER_CONF_BUFFER,        /* the caller's buffer is smaller than LOADER_CONF_CAPACITY */
};

struct explanation loader_conf_explain(enum loader_conf_error error);

enum loader_timeout {
    LOADER_TIMEOUT_UNSET,
    LOADER_TIMEOUT_SECONDS,
    LOADER_TIMEOUT_MENU_FORCE,  /* menu-force: show the menu and wait for ever */
    LOADER_TIMEOUT_MENU_HIDDEN, /* menu-hidden or menu-disabled: boot at once */
};

struct loader_conf {
    const char *default_pattern; /* glob for glob.h, in the caller's buffer; NULL when not given */
    bool default_saved;          /* `default @saved`: what was booted last; default_pattern NULL */
    enum loader_timeout timeout;
    uint32_t timeout_seconds; /* only with LOADER_TIMEOUT_SECONDS */
    enum bls_exit exit;       /* baton-exit, for entries that do not say */
    bool debug;               /* baton-debug */
};

/*
 * Returns the first problem, whose place is in ret_note (untouched on LOADER_CONF_OK); ret_conf is
 * filled always, with what is sound.
 */
enum loader_conf_error loader_conf_parse(struct span text, char *buffer, size_t capacity,
                                         struct loader_conf *ret_conf, struct line_note *ret_note);

#endif
