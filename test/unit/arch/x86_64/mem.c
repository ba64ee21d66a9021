/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/arch/x86_64/mem.c against a byte-by-byte reference, for every small size, alignment and
 * overlap: the bulk moves by eight and ends with a tail, so all interesting cases are below 40
 * bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void *target_memcpy(void *destination, const void *source, size_t count);
void *target_memmove(void *destination, const void *source, size_t count);
void *target_memset(void *destination, int byte, size_t count);
int target_memcmp(const void *a, const void *b, size_t count);

#define AREA           96U
#define SIZE_MAX_TRIED 40U

static void fill(uint8_t area[AREA])
{
    for (unsigned int i = 0; i < AREA; i++)
        area[i] = (uint8_t)(i * 7 + 1);
}

/* What a move must do, defined by going through a copy. */
static void reference_move(uint8_t area[AREA], unsigned int to, unsigned int from,
                           unsigned int count)
{
    uint8_t copy[AREA];

    for (unsigned int i = 0; i < count; i++)
        copy[i] = area[from + i];
    for (unsigned int i = 0; i < count; i++)
        area[to + i] = copy[i];
}

static void memmove_is_right_for_every_overlap(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= SIZE_MAX_TRIED; count++) {
        for (unsigned int to = 0; to <= 48; to++) {
            uint8_t expected[AREA];
            uint8_t actual[AREA];
            const unsigned int from = 24;

            fill(expected);
            fill(actual);
            reference_move(expected, to, from, count);
            assert_ptr_equal(target_memmove(actual + to, actual + from, count), actual + to);
            assert_memory_equal(expected, actual, AREA);
        }
    }
}

static void memcpy_writes_exactly_what_was_asked(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= SIZE_MAX_TRIED; count++) {
        for (unsigned int to = 0; to < 8; to++) {
            uint8_t source[AREA];
            uint8_t expected[AREA] = {0};
            uint8_t actual[AREA] = {0};

            fill(source);
            for (unsigned int i = 0; i < count; i++)
                expected[to + i] = source[3 + i];
            assert_ptr_equal(target_memcpy(actual + to, source + 3, count), actual + to);
            assert_memory_equal(expected, actual, AREA);
        }
    }
}

static void memset_writes_exactly_what_was_asked(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= SIZE_MAX_TRIED; count++) {
        for (unsigned int to = 0; to < 8; to++) {
            uint8_t expected[AREA];
            uint8_t actual[AREA];

            fill(expected);
            fill(actual);
            for (unsigned int i = 0; i < count; i++)
                expected[to + i] = 0xa5;
            /* Only the low byte of the value counts. */
            assert_ptr_equal(target_memset(actual + to, 0x7fa5, count), actual + to);
            assert_memory_equal(expected, actual, AREA);
        }
    }
}

static void memcmp_orders_by_the_first_difference_as_unsigned_bytes(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= SIZE_MAX_TRIED; count++) {
        uint8_t a[AREA];
        uint8_t b[AREA];

        fill(a);
        fill(b);
        assert_int_equal(target_memcmp(a, b, count), 0);
        /* A difference just behind the end must not be seen. */
        b[count] ^= 0xff;
        assert_int_equal(target_memcmp(a, b, count), 0);
        b[count] ^= 0xff;
        for (unsigned int at = 0; at < count; at++) {
            a[at] = 0x7f;
            b[at] = 0x80;
            /* A later difference the other way round must not win. */
            a[at + 1] = 0xff;
            b[at + 1] = 0;
            assert_true(target_memcmp(a, b, count) < 0);
            assert_true(target_memcmp(b, a, count) > 0);
            fill(a);
            fill(b);
        }
    }
}

static void large_copies_are_whole(void **state)
{
    static uint8_t source[1U << 20];
    static uint8_t destination[1U << 20];

    (void)state;
    for (size_t i = 0; i < sizeof(source); i++)
        source[i] = (uint8_t)(i ^ (i >> 8));
    target_memcpy(destination, source, sizeof(source));
    assert_int_equal(target_memcmp(destination, source, sizeof(source)), 0);
    assert_int_equal(memcmp(destination, source, sizeof(source)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memmove_is_right_for_every_overlap),
        cmocka_unit_test(memcpy_writes_exactly_what_was_asked),
        cmocka_unit_test(memset_writes_exactly_what_was_asked),
        cmocka_unit_test(memcmp_orders_by_the_first_difference_as_unsigned_bytes),
        cmocka_unit_test(large_copies_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
