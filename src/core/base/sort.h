/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorting whole numbers whose order says everything about them. Near linear on input that is
 * already sorted, as most memory maps are; n log n on any other. Knows nothing of what the numbers
 * mean.
 */
#ifndef BATON_CORE_BASE_SORT_H
#define BATON_CORE_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Ascending. `scratch` holds `count` numbers too, overlaps nothing, and is left unspecified. */
void sort_u64(uint64_t *values, uint64_t *scratch, size_t count);

#endif
