/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table that seeds a Linux kernel's random number generator (LINUX_EFI_RANDOM_SEED_TABLE,
 * struct linux_efi_random_seed in Linux, include/linux/efi.h), put together from parts. Knows
 * nothing of where the parts come from.
 */
#ifndef BATON_CORE_LINUX_RANDOM_SEED_H
#define BATON_CORE_LINUX_RANDOM_SEED_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Linux takes no more than this and wipes no more (efi_config_parse_tables() in
 * drivers/firmware/efi/efi.c). */
#define RANDOM_SEED_MAX 1024U

/* Of an earlier loader's table, as Linux's stub believes it. */
#define RANDOM_SEED_EARLIER_MAX 512U

struct random_seed {
    uint32_t size; /* bytes of `bits` that count; 0 to begin with */
    uint8_t bits[RANDOM_SEED_MAX];
};
_Static_assert(offsetof(struct random_seed, bits) == 4, "as Linux has it");

/* A part is first written to where it will lie, so that there are no copies to wipe. */
static inline uint8_t *random_seed_end(struct random_seed *seed)
{
    return seed->bits + seed->size;
}

static inline size_t random_seed_room(const struct random_seed *seed)
{
    return RANDOM_SEED_MAX - seed->size;
}

/* Bytes that are all zero are none: hardware that is broken or switched off gives them. */
bool random_seed_is_random(const uint8_t *bytes, size_t size);

/*
 * Takes in the `size` bytes at random_seed_end(). False when they are not random, or more than
 * there was room for; then the seed stays as it is.
 */
bool random_seed_add(struct random_seed *seed, size_t size);

/*
 * The bits of a table that somebody else has made, wherever that lies; empty when `table` is NULL
 * or it claims more than RANDOM_SEED_EARLIER_MAX.
 */
struct span random_seed_earlier(const void *table);

#endif
