/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that a span never lets anybody look outside of it, whatever the offset. */
#include "core/base/span.h"

#include "unit/fixture/exact.h"

static const uint8_t bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x09};

static void covers_only_what_is_inside_and_never_wraps(void **state)
{
    static const struct {
        uint64_t offset;
        uint64_t size;
        bool inside;
    } cases[] = {
        {0, 0, true},
        {0, 9, true},
        {9, 0, true},
        {8, 1, true},
        {0, 10, false},
        {9, 1, false},
        {10, 0, false},
        {1, UINT64_MAX, false},
        {UINT64_MAX, 1, false},
        {UINT64_MAX, 0, false},
        {UINT64_MAX - 8, 9, false},
        {8, UINT64_MAX - 7, false},
        {UINT64_MAX, UINT64_MAX, false},
    };
    struct span copy = exact_copy(bytes, sizeof(bytes));

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct span part = span_of(NULL, 77);

        assert_int_equal(span_covers(copy, cases[i].offset, cases[i].size), cases[i].inside);
        assert_int_equal(span_part(copy, cases[i].offset, cases[i].size, &part), cases[i].inside);
        assert_int_equal(part.size, cases[i].inside ? cases[i].size : 77);
    }
    exact_free(copy);
}

static void reads_little_endian_at_any_alignment(void **state)
{
    struct span copy = exact_copy(bytes, sizeof(bytes));
    uint8_t byte;
    uint16_t word;
    uint32_t dword;
    uint64_t qword;

    (void)state;
    assert_true(span_u8(copy, 8, &byte));
    assert_int_equal(byte, 0x09);
    assert_true(span_u16(copy, 1, &word));
    assert_int_equal(word, 0x0382);
    assert_true(span_u32(copy, 1, &dword));
    assert_int_equal(dword, 0x05840382);
    assert_true(span_u64(copy, 1, &qword));
    assert_true(qword == 0x0988078605840382);
    exact_free(copy);
}

static void refuses_numbers_that_are_partly_outside_and_leaves_the_result_alone(void **state)
{
    static const uint64_t wrapping[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 3, UINT64_MAX - 7,
                                        UINT32_MAX};
    uint8_t byte = 0xAA;
    uint16_t word = 0xAAAA;
    uint32_t dword = 0xAAAAAAAA;
    uint64_t qword = 0xAAAAAAAAAAAAAAAA;

    (void)state;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct span copy = exact_copy(bytes, size);

        for (uint64_t offset = size; offset < size + 20; offset++) {
            assert_false(span_u8(copy, offset, &byte));
            assert_false(size >= 1 && span_u16(copy, offset - 1, &word));
            assert_false(size >= 3 && span_u32(copy, offset - 3, &dword));
            assert_false(size >= 7 && span_u64(copy, offset - 7, &qword));
        }
        for (size_t i = 0; i < LENGTH_OF(wrapping); i++) {
            assert_false(span_u8(copy, wrapping[i], &byte));
            assert_false(span_u16(copy, wrapping[i], &word));
            assert_false(span_u32(copy, wrapping[i], &dword));
            assert_false(span_u64(copy, wrapping[i], &qword));
        }
        exact_free(copy);
    }
    assert_int_equal(byte, 0xAA);
    assert_int_equal(word, 0xAAAA);
    assert_int_equal(dword, 0xAAAAAAAA);
    assert_true(qword == 0xAAAAAAAAAAAAAAAA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_only_what_is_inside_and_never_wraps),
        cmocka_unit_test(reads_little_endian_at_any_alignment),
        cmocka_unit_test(refuses_numbers_that_are_partly_outside_and_leaves_the_result_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
