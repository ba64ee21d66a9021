/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which entries are shown and tried ("Sorting" in the Boot Loader Specification), and
 * which of them is the default. Works on entries that were read; boots nothing.
 */
#ifndef BATON_CORE_ENTRY_ENTRY_ORDER_H
#define BATON_CORE_ENTRY_ENTRY_ORDER_H

#include "core/entry/bls_entry.h"

#include <stddef.h>
#include <stdint.h>

#define ENTRY_ORDER_MAX 1024U /* entries; callers read no more */

/* Below 0: `a` comes first. 0 only for entries that differ in nothing that counts. */
int entry_compare(const struct bls_entry *a, const struct bls_entry *b);

/*
 * The order to try: ret_order[0] is the default, the rest as the specification sorts them. The
 * default is the first entry in that order whose id (or id with `.conf` or `.efi` after it) matches
 * `pattern`, or, when `pattern` is NULL or matches none, the first there is. `entries` holds
 * `count` pointers, at most ENTRY_ORDER_MAX; ret_order takes as many indices into it. O(n log n),
 * in place.
 */
void entry_order(const struct bls_entry *const *entries, size_t count, const char *pattern,
                 uint16_t *ret_order);

#endif
