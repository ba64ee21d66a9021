/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/initrd_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void initrds_start_on_4_byte_boundaries(void **state)
{
    const uint64_t sizes[] = {1, 2, 3, 4, 0, 5, 512};
    const uint64_t expected[] = {0, 4, 8, 12, 16, 16, 24};
    uint64_t offsets[7];
    uint64_t total = 1;

    (void)state;
    assert_true(initrd_layout(sizes, 7, offsets, &total));
    assert_memory_equal(offsets, expected, sizeof(expected));
    assert_int_equal(total, 24 + 512);
    assert_true(initrd_layout(sizes, 3, offsets, &total));
    assert_int_equal(total, 11);
    assert_true(initrd_layout(NULL, 0, NULL, &total));
    assert_int_equal(total, 0);
}

static void initrds_that_wrap_are_refused(void **state)
{
    static const uint64_t sizes[][2] = {
        {UINT64_MAX, 0},
        {UINT64_MAX - 2, 1},
        {1, UINT64_MAX - 3},
        {1ULL << 63, 1ULL << 63},
    };
    const uint64_t fits[] = {1, UINT64_MAX - 4};
    uint64_t offsets[2] = {7, 8};
    uint64_t total = 9;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_false(initrd_layout(sizes[i], 2, offsets, &total));
        /* Untouched on failure. */
        assert_int_equal(offsets[0], 7);
        assert_int_equal(offsets[1], 8);
        assert_int_equal(total, 9);
    }
    assert_true(initrd_layout(fits, 2, offsets, &total));
    assert_true(total == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initrds_start_on_4_byte_boundaries),
        cmocka_unit_test(initrds_that_wrap_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
