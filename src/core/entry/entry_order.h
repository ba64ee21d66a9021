/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which entries are shown and tried ("Sorting" in the Boot Loader Specification), and
 * which of them is the default. Works on entries that were read; boots nothing.
 */
#ifndef BATON_CORE_ENTRY_ENTRY_ORDER_H
#define BATON_CORE_ENTRY_ENTRY_ORDER_H

#include "core/entry/bls_entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRY_ORDER_MAX 1024U /* entries; callers keep no more, see entry_keep() */

/* Below 0: `a` comes first. 0 only for entries that differ in nothing that counts. */
int entry_compare(const struct bls_entry *a, const struct bls_entry *b);

/* Whether a pattern means it, by its id or by its id with `.conf` or `.efi` behind it. */
bool entry_matches(const struct bls_entry *entry, const char *pattern);

/*
 * Puts `entry` behind the `*count` that are kept. When these are ENTRY_ORDER_MAX, the one that is
 * wanted least leaves, and those behind it move up: first by `wanted`, then the last one in the
 * order of entry_compare(), then the one that was read last. So neither what a pattern asks for nor
 * what comes first in the order is ever left out, wherever in a directory it stands, if the caller
 * sets `wanted` of each. Returns the one that is left out, which may be `entry`; NULL for none.
 */
const struct bls_entry *entry_keep(const struct bls_entry **entries, size_t *count,
                                   const struct bls_entry *entry);

/*
 * The order to try: ret_order[0] is the default, the rest as the specification sorts them. The
 * default is the first entry in that order that matches `pattern`, or, when `pattern` is NULL or
 * matches none, the first there is. `entries` holds `count` pointers, at most ENTRY_ORDER_MAX;
 * ret_order takes as many indices into it. O(n log n), in place.
 */
void entry_order(const struct bls_entry *const *entries, size_t count, const char *pattern,
                 uint16_t *ret_order);

#endif
