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
#include "core/entry/bls_entry.h"

/*
 * Adds to the entry what the file says of it; what the entry says itself stays. Returns the first
 * problem of the whole file, kind BLS_WARNING_NONE when there is none: it does not depend on the
 * entry.
 */
struct bls_warning baton_conf_apply(struct span text, struct bls_entry *entry);

#endif
