/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the name of an entry's file says: `STEM[+LEFT[-DONE]].conf`, or .efi ("Boot counting" in the
 * Boot Loader Specification). Knows names; opens and renames nothing.
 *
 * The id of an entry is the name without its boot counter, its ASCII letters small, the suffix
 * kept: systemd-boot's ids since version 254, and what userspace finds in LoaderEntries.
 */
#ifndef BATON_CORE_ENTRY_ENTRY_NAME_H
#define BATON_CORE_ENTRY_ENTRY_NAME_H

#include "core/text/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer for the longest name on FAT, 255 units of UTF-16 as UTF-8, and its NUL. */
#define ENTRY_NAME_MAX (3U * 255U + 1U)

/* Numbers above this are no counter, and the whole name is the stem, as for systemd-boot. */
#define ENTRY_TRIES_MAX INT32_MAX

struct entry_counter {
    bool counted;  /* false: not subject to boot counting, the entry is good */
    uint32_t left; /* tries left; 0 when counted: a "bad" entry */
    uint32_t done; /* tries done */
};

struct entry_name {
    size_t stem;   /* bytes in front of the counter; of the suffix when there is none */
    size_t suffix; /* where the suffix begins */
    struct entry_counter counter;
};

/* False when it does not end in `suffix`, ".conf" or ".efi" in any case, or has no more than that.
 */
bool entry_name_parse(const char *file_name, const char *suffix, struct entry_name *ret_name);

/* Files that are no entries whatever their suffix is: `.*`, and `auto-*`, whose ids are taken. */
bool entry_name_is_hidden(const char *file_name);

/* NULL when it does not fit into the pool. */
const char *entry_name_id(const char *file_name, const struct entry_name *name,
                          struct string_pool *pool);

/*
 * The name of a counted file behind one try more: LEFT one less, DONE one more, neither below 0 nor
 * above what its digits can say, so that the name keeps its length: `a+03-00.conf` becomes
 * `a+02-01.conf`. Only `a+3.conf` gets longer, `a+2-1.conf`. False when it does not fit.
 */
bool entry_name_next(const char *file_name, const struct entry_name *name, char *buffer,
                     size_t capacity);

#endif
