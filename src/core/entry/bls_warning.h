/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an entry has that is not taken as somebody may have meant it, while what it boots is what
 * was meant: a word on the console, never a reason not to boot. Each is shown as an error is.
 */
#ifndef BATON_CORE_ENTRY_BLS_WARNING_H
#define BATON_CORE_ENTRY_BLS_WARNING_H

#include "core/text/explain.h"

#include <stdint.h>

enum bls_warning_kind {
    BLS_WARNING_NONE = 0,
    BLS_WARNING_NONSENSE,    /* a line that does not begin with a key */
    BLS_WARNING_UNKNOWN_KEY, /* in no specification and no loader that Baton knows */
    BLS_WARNING_NOT_OBEYED,  /* devicetree-overlay, uki-url, and devicetree where there is none */
    BLS_WARNING_NO_VALUE,    /* a key with nothing after it */
    BLS_WARNING_TWICE,       /* a key that counts once, again */
    BLS_WARNING_NOT_TEXT,    /* title, version, machine-id, sort-key: has been mended */
    BLS_WARNING_CUT,         /* one of these has more than BLS_STRING_MAX bytes */
    BLS_WARNING_OPTIONS_NOT_TEXT, /* no UTF-8, or control characters */
    BLS_WARNING_OPTIONS_VARIABLE, /* a word of the options begins with `$` */
    BLS_WARNING_OPTIONS_INITRD,   /* a word of the options begins with `initrd=` */
    BLS_WARNING_INITRD_LIST,      /* several paths in one initrd line */
    BLS_WARNING_INITRD_VARIABLE,  /* a word of an initrd line begins with `$` */
    BLS_WARNING_BOOLEAN,          /* a key of Baton's with something else than yes or no */
    BLS_WARNING_EXIT_TIME,        /* baton-exit-time is no number from 1 to BLS_EXIT_TIME_MAX */
    BLS_WARNING_EXIT,             /* baton-exit is none of firmware, guard and baton */
    BLS_WARNING_EXTRA,            /* a path that cannot be used, or a name of no known kind */
    BLS_WARNING_NOT_UKI,          /* extra without uki, or a profile that is no number */
    BLS_WARNING_KINDS,
};

struct bls_warning {
    uint32_t line; /* from 1; 0: the entry as a whole */
    enum bls_warning_kind kind;
};

struct explanation bls_warning_explain(enum bls_warning_kind kind);

#endif
