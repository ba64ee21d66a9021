/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/progress_text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MIB (1ULL << 20)

static void the_line(void **state)
{
    static const struct {
        uint64_t done;
        uint64_t total;
        uint64_t ms;
        const char *line;
    } table[] = {
        {0, 0, 0, "0 of 0 MiB (0 %), 0 KiB/s, 0 s left"},
        {64 * MIB, 512 * MIB, 1000, "64 of 512 MiB (12 %), 64 MiB/s, 7 s left"},
        {MIB, 20 * MIB, 4000, "1 of 20 MiB (5 %), 256 KiB/s, 76 s left"},
        {20 * MIB, 20 * MIB, 500, "20 of 20 MiB (100 %), 40 MiB/s, 0 s left"},
        {1, 3000 * MIB, 9999, "0 of 3000 MiB (0 %), 0 KiB/s, 3071999 s left"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char buffer[128];
        struct text text = text_in(buffer, sizeof(buffer));

        progress_put(&text, table[i].done, table[i].total, table[i].ms);
        assert_string_equal(buffer, table[i].line);
    }
}

static void pieces_fit_the_disk(void **state)
{
    (void)state;
    assert_int_equal(progress_next_piece(16 * MIB, 16 * MIB, 20), 128 * MIB);
    assert_int_equal(progress_next_piece(16 * MIB, 16 * MIB, 100), 32 * MIB);
    assert_int_equal(progress_next_piece(16 * MIB, 8 * MIB, 0), 256 * MIB); /* a kernel, at once */
    assert_int_equal(progress_next_piece(16 * MIB, MIB, 0), 32 * MIB);      /* too little to know */
    assert_int_equal(progress_next_piece(16 * MIB, MIB / 4, 0), 16 * MIB);
    assert_int_equal(progress_next_piece(16 * MIB, 16 * MIB, 300), 16 * MIB);
    assert_int_equal(progress_next_piece(16 * MIB, 16 * MIB, 1600), 4 * MIB);
    assert_int_equal(progress_next_piece(16 * MIB, 8 * MIB, 150), 16 * MIB); /* a whole kernel */
    assert_int_equal(progress_next_piece(16 * MIB, 8 * MIB, 8000), MIB / 2);
    assert_int_equal(progress_next_piece(16 * MIB, 1, 8000), PROGRESS_PIECE_MIN);
    assert_int_equal(progress_next_piece(PROGRESS_PIECE_MAX, PROGRESS_PIECE_MAX, 0),
                     PROGRESS_PIECE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line),
        cmocka_unit_test(pieces_fit_the_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
