/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * \loader\baton.conf: Baton's own settings, in a file of their own because bootctl warns of every
 * key in loader.conf and in entries that it does not know. The format is theirs:
 *
 *     baton-debug yes
 *     entry debian-*
 *     baton-exit firmware
 *
 * What stands behind a line `entry PATTERN`, up to the next, holds for the entries that it means;
 * what stands before the first holds for all. Of two lines the last one counts. Knows the format; a
 * line that is no good costs itself.
 */
#ifndef BATON_CORE_ENTRY_BATON_CONF_H
#define BATON_CORE_ENTRY_BATON_CONF_H

#include "core/base/span.h"
#include "core/entry/loader_conf.h"

/* A place in the file. */
struct baton_conf {
    struct lines lines;
    bool applies; /* what stands there is for the entry */
};

/* The beginning of the file. */
struct baton_conf baton_conf_of(struct span text);

/*
 * Reads on to the next line that is no good, and gives the entry what the lines before it say of
 * it. What is wrong with that line, which is number conf->lines.number: it does not depend on the
 * entry. BLS_WARNING_NONE at the end of the file.
 */
enum bls_warning_kind baton_conf_next(struct baton_conf *conf, struct bls_entry *entry,
                                      struct span *ret_line);

/*
 * Gives the entry, of which nothing but its name is known yet, what loader.conf and baton.conf say
 * of it: what it says itself goes before.
 */
void baton_conf_apply(const struct loader_conf *conf, struct bls_entry *entry);

#endif
