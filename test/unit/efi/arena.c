/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/arena.h"

#include "unit/fixture/firmware_fixture.h"

static void pieces_are_aligned_apart_and_writable(void **state)
{
    struct arena arena = arena_of(firmware);
    uint8_t *before = NULL;

    (void)state;
    fake_allow_usual();
    for (unsigned int i = 1; i < 2000; i++) {
        uint8_t *piece = arena_take(&arena, i % 100 + 1);

        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % 16, 0);
        memset(piece, (int)i, i % 100 + 1);
        if (before != NULL)
            assert_int_equal(before[0], (uint8_t)(i - 1));
        before = piece;
    }
    assert_in_range(firmware->leases.count, 1, 4);
}

static void large_piece_gets_a_chunk_of_its_own(void **state)
{
    struct arena arena = arena_of(firmware);
    uint8_t *piece;

    (void)state;
    fake_allow_usual();
    piece = arena_take(&arena, 1 << 20);
    assert_non_null(piece);
    memset(piece, 1, 1 << 20);
}

static void no_memory_is_null(void **state)
{
    struct arena arena = arena_of(firmware);

    (void)state;
    fake_allow_usual();
    assert_null(arena_take(&arena, UINT64_MAX));
    assert_null(arena_take(&arena, 1ULL << 50));
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_null(arena_take(&arena, 1));
    assert_non_null(arena_take(&arena, 1));
    assert_null(arena_take(&arena, UINT64_MAX)); /* with room for what it would wrap to */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pieces_are_aligned_apart_and_writable),
        TEST(large_piece_gets_a_chunk_of_its_own),
        TEST(no_memory_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
