/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which entries are listed and tried: "Sorting" in the Boot Loader Specification, and
 * systemd-boot's (version 262) where the two differ or the specification says nothing. Works on
 * entries that were read; boots nothing.
 */
#ifndef BATON_CORE_ENTRY_ENTRY_ORDER_H
#define BATON_CORE_ENTRY_ENTRY_ORDER_H

#include "core/entry/bls_entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRY_ORDER_MAX 1024U /* entries that are kept */

/* The caller has room for ENTRY_ORDER_MAX pointers. */
struct entry_list {
    struct bls_entry **entries;
    size_t count;
    uint32_t offered; /* to entry_keep() so far */
};

/* Below 0: `a` comes first. 0 only for entries that differ in nothing that counts. */
int entry_compare(const struct bls_entry *a, const struct bls_entry *b);

/*
 * Takes `entry`, whose `wanted` is set, into the list. When that is full, the one that is wanted
 * least leaves, in O(log n): first by `wanted`, then the last one in the order of entry_compare(),
 * then the one that was read last. So neither what somebody asks for nor what comes first is ever
 * left out, wherever in a directory it stands. Returns the one that is left out, which may be
 * `entry`; NULL for none.
 */
struct bls_entry *entry_keep(struct entry_list *list, struct bls_entry *entry);

/* Into the order in which they are listed; equal ones as they were read. O(n log n), in place. */
void entry_sort(struct entry_list *list);

/*
 * Of sorted entries that a power failure has left when one of them was counted (boot_count.h), two
 * files with the same bytes and one try between them: they become one, which has the tries of the
 * later file, and the name of the earlier one, where counting begins.
 */
void entry_join(struct entry_list *list);

#endif
