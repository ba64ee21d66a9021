/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/sort.h"

#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int compare(const void *a, const void *b)
{
    uint64_t left;
    uint64_t right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

/* Sorts a copy on the heap, where ASan guards both ends of both arrays, and compares with libc. */
static void check(const uint64_t *values, size_t count)
{
    uint64_t *ours = malloc(count * sizeof(*ours) + 1);
    uint64_t *theirs = malloc(count * sizeof(*theirs) + 1);
    uint64_t *scratch = malloc(count * sizeof(*scratch) + 1);

    assert_non_null(ours);
    assert_non_null(theirs);
    assert_non_null(scratch);
    memcpy(ours, values, count * sizeof(*ours));
    memcpy(theirs, values, count * sizeof(*theirs));
    sort_u64(ours, scratch, count);
    qsort(theirs, count, sizeof(*theirs), compare);
    assert_memory_equal(ours, theirs, count * sizeof(*ours));
    free(ours);
    free(theirs);
    free(scratch);
}

static void sorts_every_permutation_of_few(void **state)
{
    (void)state;
    /* All sequences of up to six digits below six, so duplicates too. */
    for (size_t count = 0; count <= 6; count++) {
        uint64_t limit = 1;

        for (size_t i = 0; i < count; i++)
            limit *= 6;
        for (uint64_t number = 0; number < limit; number++) {
            uint64_t values[6];
            uint64_t rest = number;

            for (size_t i = 0; i < count; i++, rest /= 6)
                values[i] = rest % 6;
            check(values, count);
        }
    }
}

static void sorts_many_in_any_order(void **state)
{
    enum { COUNT = 5000 };
    static uint64_t values[COUNT];
    uint64_t seed = 1;

    (void)state;
    for (size_t count = 4990; count <= COUNT; count++) {
        for (size_t i = 0; i < count; i++)
            values[i] = next_random(&seed);
        check(values, count);
    }
    for (size_t i = 0; i < COUNT; i++)
        values[i] = COUNT - i;
    check(values, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        values[i] = i % 2 == 0 ? i : UINT64_MAX - i;
    check(values, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        values[i] = 7;
    check(values, COUNT);
}

static void leaves_sorted_input_alone_without_scratch(void **state)
{
    uint64_t values[] = {0, 1, 1, 5, UINT64_MAX};

    (void)state;
    /* Near linear on sorted input means that it does not even copy. */
    sort_u64(values, NULL, 5);
    assert_int_equal(values[0], 0);
    assert_true(values[4] == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_every_permutation_of_few),
        cmocka_unit_test(sorts_many_in_any_order),
        cmocka_unit_test(leaves_sorted_input_alone_without_scratch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
