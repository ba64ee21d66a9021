/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/shortfall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALL ((1U << SHORTFALLS) - 1)

static char buffer[1024];

static const char *told(uint32_t notes)
{
    struct text text = text_in(buffer, sizeof(buffer));

    shortfall_put(&text, notes);
    assert_false(text.truncated);
    return buffer;
}

static void a_boot_that_went_without_nothing_has_no_lines(void **state)
{
    (void)state;
    assert_string_equal(told(0), "");
}

static void each_note_is_one_line_of_its_own(void **state)
{
    char seen[SHORTFALLS][256];

    (void)state;
    for (unsigned int i = 0; i < SHORTFALLS; i++) {
        const char *line = told(1U << i);

        assert_int_equal(strncmp(line, "without ", 8), 0);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        assert_true(strlen(line) < sizeof(seen[i]));
        strcpy(seen[i], line);
        for (unsigned int j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

static void notes_keep_their_words_in_company(void **state)
{
    (void)state;
    assert_non_null(strstr(told(SHORTFALL_NO_RANDOM_SEED), "random seed"));
    assert_non_null(strstr(told(SHORTFALL_NO_OPTION_ROMS), "option ROMs"));
    assert_non_null(strstr(told(SHORTFALL_NOT_JUDGED), "kernel"));
    assert_string_equal(told(SHORTFALL_NOT_LOGGED | SHORTFALL_NO_TPM_LOG),
                        "without log entries of measurements: the TPM's log is full\n"
                        "without the TPM's event log: it cannot be read\n");
}

static void all_notes_fit_where_the_story_keeps_room_for_them(void **state)
{
    (void)state;
    assert_true(strlen(told(ALL)) < 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_that_went_without_nothing_has_no_lines),
        cmocka_unit_test(each_note_is_one_line_of_its_own),
        cmocka_unit_test(notes_keep_their_words_in_company),
        cmocka_unit_test(all_notes_fit_where_the_story_keeps_room_for_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
