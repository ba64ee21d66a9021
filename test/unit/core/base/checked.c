/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that sizes and addresses are added, multiplied and rounded exactly or not at all. */
#include "core/base/checked.h"
#include "core/base/page.h"

#include "unit/fixture/exact.h"

#define UNTOUCHED 0xDEADBEEFULL

static void adds_up_to_the_last_number_and_no_further(void **state)
{
    uint64_t sum = UNTOUCHED;

    (void)state;
    assert_true(checked_add(UINT64_MAX - 1, 1, &sum));
    assert_true(sum == UINT64_MAX);
    sum = UNTOUCHED;
    assert_false(checked_add(UINT64_MAX, 1, &sum));
    assert_false(checked_add(1ULL << 63, 1ULL << 63, &sum));
    assert_true(sum == UNTOUCHED);
}

static void multiplies_up_to_the_last_number_and_no_further(void **state)
{
    uint64_t product = UNTOUCHED;

    (void)state;
    assert_true(checked_multiply(UINT64_MAX, 1, &product));
    assert_true(product == UINT64_MAX);
    assert_true(checked_multiply(0, UINT64_MAX, &product));
    assert_true(product == 0);
    product = UNTOUCHED;
    assert_false(checked_multiply(1ULL << 32, 1ULL << 32, &product));
    assert_false(checked_multiply(UINT64_MAX / PAGE_SIZE + 1, PAGE_SIZE, &product));
    assert_true(product == UNTOUCHED);
}

static void aligns_up_exactly_or_reports_the_wrap(void **state)
{
    static const struct {
        uint64_t value;
        uint64_t alignment;
        uint64_t aligned;
    } cases[] = {
        {0, 4096, 0},
        {1, 4096, 4096},
        {4096, 4096, 4096},
        {4097, 4096, 8192},
        {7, 1, 7},
        {5, 4, 8},
        {1, 1ULL << 63, 1ULL << 63},
        {UINT64_MAX - 4095, 4096, UINT64_MAX - 4095},
    };
    uint64_t aligned = UNTOUCHED;

    (void)state;
    assert_false(checked_align_up(UINT64_MAX - 4094, 4096, &aligned));
    assert_false(checked_align_up(UINT64_MAX, 2, &aligned));
    assert_false(checked_align_up((1ULL << 63) + 1, 1ULL << 63, &aligned));
    assert_true(aligned == UNTOUCHED);
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        assert_true(checked_align_up(cases[i].value, cases[i].alignment, &aligned));
        assert_true(aligned == cases[i].aligned);
    }
}

static void counts_the_pages_of_any_size(void **state)
{
    (void)state;
    assert_true(pages_for(0) == 0);
    assert_true(pages_for(1) == 1);
    assert_true(pages_for(4096) == 1);
    assert_true(pages_for(4097) == 2);
    assert_true(pages_for(UINT64_MAX) == 1ULL << 52);
}

static void knows_the_powers_of_two(void **state)
{
    (void)state;
    assert_false(is_power_of_two(0));
    for (unsigned int i = 0; i < 64; i++) {
        assert_true(is_power_of_two(1ULL << i));
        assert_false(is_power_of_two((1ULL << i) | (i == 0 ? 2 : 1)));
    }
    assert_false(is_power_of_two(UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_to_the_last_number_and_no_further),
        cmocka_unit_test(multiplies_up_to_the_last_number_and_no_further),
        cmocka_unit_test(aligns_up_exactly_or_reports_the_wrap),
        cmocka_unit_test(counts_the_pages_of_any_size),
        cmocka_unit_test(knows_the_powers_of_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
