/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on untrusted sizes and addresses: every operation reports overflow instead of
 * wrapping. */
#ifndef BATON_CORE_BASE_CHECKED_H
#define BATON_CORE_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *ret_sum)
{
    uint64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret_sum = sum;
    return true;
}

static inline bool checked_multiply(uint64_t a, uint64_t b, uint64_t *ret_product)
{
    uint64_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret_product = product;
    return true;
}

/* `alignment` is a power of two. */
static inline bool checked_align_up(uint64_t value, uint64_t alignment, uint64_t *ret_aligned)
{
    uint64_t sum;

    if (!checked_add(value, alignment - 1, &sum))
        return false;
    *ret_aligned = sum & ~(alignment - 1);
    return true;
}

static inline bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

#endif
