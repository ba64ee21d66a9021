/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/random_seed.h"

bool random_seed_is_random(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;

    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any != 0;
}

bool random_seed_add(struct random_seed *seed, size_t size)
{
    if (size > random_seed_room(seed) || !random_seed_is_random(random_seed_end(seed), size))
        return false;
    seed->size += (uint32_t)size;
    return true;
}

struct span random_seed_earlier(const void *table)
{
    uint32_t size;

    if (table == NULL || !span_u32(span_of(table, sizeof(size)), 0, &size) ||
        size > RANDOM_SEED_EARLIER_MAX)
        return span_of(NULL, 0);
    return span_of((const uint8_t *)table + offsetof(struct random_seed, bits), size);
}
