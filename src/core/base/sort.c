/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/sort.h"

#include "core/base/mem.h"

/* End of the ascending run that starts at `start`. */
static size_t run_end(const uint64_t *values, size_t start, size_t count)
{
    size_t end = start;

    if (end == count)
        return count;
    for (end++; end < count && values[end - 1] <= values[end]; end++)
        ;
    return end;
}

/* Merges the runs [left, middle) and [middle, end) of `from` into `to`, equal ones left first. */
static void merge(const uint64_t *from, uint64_t *to, size_t left, size_t middle, size_t end)
{
    size_t right = middle;
    size_t out = left;

    while (left < middle && right < end)
        to[out++] = from[left] <= from[right] ? from[left++] : from[right++];
    memcpy(to + out, from + left, (middle - left) * sizeof(*to));
    out += middle - left;
    memcpy(to + out, from + right, (end - right) * sizeof(*to));
}

void sort_u64(uint64_t *values, uint64_t *scratch, size_t count)
{
    uint64_t *from = values;
    uint64_t *to = scratch;

    /* Each pass halves the number of runs, so there are at most log2(count) of them. */
    while (run_end(from, 0, count) < count) {
        uint64_t *merged = to;

        for (size_t start = 0; start < count;) {
            size_t middle = run_end(from, start, count);
            size_t end = run_end(from, middle, count);

            merge(from, to, start, middle, end);
            start = end;
        }
        to = from;
        from = merged;
    }
    if (from != values)
        memcpy(values, from, count * sizeof(*values));
}
