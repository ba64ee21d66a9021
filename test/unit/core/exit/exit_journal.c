/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/exit/exit_journal.h"

#include "core/base/page.h"
#include "unit/fixture/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define INVALID_PARAMETER ((1ULL << 63) | 2)

/* A map in pages: {type, first page, end page}, ended by an empty range. */
struct piece {
    uint32_t type;
    uint64_t first;
    uint64_t end;
};

static struct memory_map map_of(const struct piece *pieces, uint64_t stride)
{
    struct memory_map map = map_new(32, stride);

    for (; pieces->end != 0; pieces++)
        map_add(&map, pieces->type, pieces->first, pieces->end, WB);
    return map;
}

static struct exit_attempt compare(const struct piece *before, const struct piece *now)
{
    struct memory_map old = map_of(before, 48);
    struct memory_map new = map_of(now, 56);
    struct exit_attempt attempt = {0};

    exit_journal_compare(&attempt, &old, &new);
    map_free(&old);
    map_free(&new);
    return attempt;
}

static void assert_change(const struct exit_attempt *attempt, unsigned int index, uint64_t first,
                          uint64_t end, uint32_t old_type, uint32_t new_type)
{
    assert_int_equal(attempt->changes[index].start, first * PAGE_SIZE);
    assert_int_equal(attempt->changes[index].end, end * PAGE_SIZE);
    assert_int_equal(attempt->changes[index].old_type, old_type);
    assert_int_equal(attempt->changes[index].new_type, new_type);
}

static void equal_maps_have_no_changes(void **state)
{
    static const struct piece map[] = {{7, 1, 10}, {4, 10, 20}, {7, 30, 40}, {0}};
    /* The same memory, cut differently. */
    static const struct piece cut[] = {{7, 1, 5},   {7, 5, 10},  {4, 10, 20},
                                       {7, 30, 31}, {7, 31, 40}, {0}};

    (void)state;
    assert_int_equal(compare(map, map).change_count, 0);
    assert_int_equal(compare(map, cut).change_count, 0);
    assert_int_equal(compare(cut, map).change_count, 0);
}

static void allocation_inside_a_free_range(void **state)
{
    static const struct piece before[] = {{7, 1, 100}, {0}};
    static const struct piece now[] = {{7, 1, 50}, {6, 50, 52}, {7, 52, 100}, {0}};
    struct exit_attempt attempt = compare(before, now);

    (void)state;
    assert_int_equal(attempt.change_count, 1);
    assert_change(&attempt, 0, 50, 52, 7, 6);
    attempt = compare(now, before);
    assert_int_equal(attempt.change_count, 1);
    assert_change(&attempt, 0, 50, 52, 6, 7);
}

static void ranges_that_come_and_go(void **state)
{
    static const struct piece before[] = {{7, 1, 10}, {11, 50, 60}, {0}};
    static const struct piece now[] = {{7, 1, 10}, {0, 20, 30}, {11, 50, 55}, {0}};
    struct exit_attempt attempt = compare(before, now);

    (void)state;
    assert_int_equal(attempt.change_count, 2);
    assert_change(&attempt, 0, 20, 30, EXIT_CHANGE_ABSENT, 0);
    assert_change(&attempt, 1, 55, 60, 11, EXIT_CHANGE_ABSENT);
}

static void one_change_over_several_descriptors_is_one(void **state)
{
    static const struct piece before[] = {{7, 1, 5}, {7, 5, 9}, {7, 9, 20}, {0}};
    static const struct piece now[] = {{4, 1, 7}, {4, 7, 20}, {0}};
    struct exit_attempt attempt = compare(before, now);

    (void)state;
    assert_int_equal(attempt.change_count, 1);
    assert_change(&attempt, 0, 1, 20, 7, 4);
}

static void neighbours_of_different_kinds_are_two(void **state)
{
    static const struct piece before[] = {{7, 1, 10}, {4, 10, 20}, {0}};
    static const struct piece now[] = {{6, 1, 20}, {0}};
    struct exit_attempt attempt = compare(before, now);

    (void)state;
    assert_int_equal(attempt.change_count, 2);
    assert_change(&attempt, 0, 1, 10, 7, 6);
    assert_change(&attempt, 1, 10, 20, 4, 6);
}

static void empty_map_against_a_full_one(void **state)
{
    static const struct piece none[] = {{0}};
    static const struct piece some[] = {{7, 0, 10}, {0}};
    struct exit_attempt attempt = compare(none, some);

    (void)state;
    assert_int_equal(attempt.change_count, 1);
    assert_change(&attempt, 0, 0, 10, EXIT_CHANGE_ABSENT, 7);
    assert_int_equal(compare(none, none).change_count, 0);
}

static void more_changes_than_fit_are_counted(void **state)
{
    struct piece before[] = {{7, 1, 100}, {0}};
    struct piece now[16] = {{0}};
    struct exit_attempt attempt;

    (void)state;
    for (unsigned int i = 0; i < 7; i++)
        now[i] = (struct piece){i % 2 == 0 ? 4 : 6, 1 + 14 * i, 1 + 14 * (i + 1)};
    now[7] = (struct piece){7, 99, 100};
    attempt = compare(before, now);
    assert_int_equal(attempt.change_count, 7);
    for (unsigned int i = 0; i < EXIT_JOURNAL_CHANGES; i++)
        assert_change(&attempt, i, 1 + 14 * i, 1 + 14 * (i + 1), 7, i % 2 == 0 ? 4 : 6);
}

/* Whatever the firmware says: it ends, and stays inside both maps (ASan sees to that). */
static void disorderly_maps_end(void **state)
{
    uint64_t random = 0x5eed;

    (void)state;
    for (unsigned int round = 0; round < 3000; round++) {
        size_t count = 1 + next_random(&random) % 30;
        struct memory_map old = map_new(count, 48);
        struct memory_map new = map_new(count, 40);
        struct exit_attempt attempt = {0};

        map_fill_random(&old, count, 200, &random);
        map_fill_random(&new, count, 200, &random);
        exit_journal_compare(&attempt, &old, &new);
        assert_true(attempt.change_count <= 4 * count + 2);
        map_free(&old);
        map_free(&new);
    }
}

static void attempts_are_counted_and_never_overflow(void **state)
{
    static struct exit_journal journal;

    (void)state;
    for (unsigned int i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++) {
        struct exit_attempt *attempt = exit_journal_attempt(&journal);

        assert_ptr_equal(attempt, &journal.attempts[i]);
        assert_int_equal(journal.attempt_count, i + 1);
        attempt->key = 5;
    }
    assert_ptr_equal(exit_journal_attempt(&journal), &journal.attempts[63]);
    assert_int_equal(journal.attempt_count, 64);
    assert_int_equal(journal.attempts[63].key, 0);
}

/* --- text ---------------------------------------------------------------------------------------
 */

static struct exit_journal journal_of(uint32_t attempts)
{
    struct exit_journal journal = {
        .outcome = EXIT_OUTCOME_LEFT,
        .attempt_count = attempts,
        .settle_calls = 2,
        .settled = true,
        .map_capacity = 12288,
        .reserve_capacity = 2097152,
        .map_required = 6240,
        .ticks_begin = 1000000,
        .ticks_end = 4000000,
        .ticks_hz = 1000000000,
    };

    for (uint32_t i = 0; i < attempts; i++)
        journal.attempts[i] = (struct exit_attempt){
            .ticks = 1000000 + i * 1000,
            .exit_status = i + 1 == attempts ? 0 : INVALID_PARAMETER,
            .key = 0x1f00 + i,
            .map_size = 5904 + 48 * i,
            .descriptor_size = 48,
            .map_calls = 1,
            .map_checksum = i + 1 == attempts ? 0 : 0xabcd,
            .exit_called = true,
        };
    return journal;
}

static void summary_in_one_line(void **state)
{
    struct exit_journal journal = journal_of(1);
    char buffer[256];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    exit_journal_put_summary(&text, &journal);
    assert_string_equal(buffer, "left boot services; 1 attempt in 3.000 ms; GetMemoryMap: Success, "
                                "ExitBootServices: Success; map of 5904 bytes");
}

static void summary_without_a_known_clock(void **state)
{
    struct exit_journal journal = journal_of(2);
    char buffer[256];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    journal.ticks_hz = 0;
    journal.outcome = EXIT_OUTCOME_STUCK;
    journal.attempts[1].exit_status = (1ULL << 63) | 21;
    exit_journal_put_summary(&text, &journal);
    assert_string_equal(buffer,
                        "gave up: the firmware refused in the same way every time; 2 attempts in "
                        "about 1.000 ms; GetMemoryMap: Success, ExitBootServices: error 21; map of "
                        "5952 bytes");
}

static void statuses_for_people(void **state)
{
    static const struct {
        uint64_t status;
        const char *expected;
    } cases[] = {
        {0, "Success"},
        {INVALID_PARAMETER, "Invalid Parameter"},
        {(1ULL << 63) | 5, "Buffer Too Small"},
        {(1ULL << 63) | 7, "error 7"},
        {7, "warning 7"},
        {UINT64_MAX, "error 9223372036854775807"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char buffer[64];
        struct text text = text_in(buffer, sizeof(buffer));

        exit_journal_put_status(&text, cases[i].status);
        assert_string_equal(buffer, cases[i].expected);
    }
}

static void every_outcome_has_its_own_words(void **state)
{
    char texts[EXIT_OUTCOME_OVERRUN + 2][80];

    (void)state;
    for (unsigned int i = 0; i <= EXIT_OUTCOME_OVERRUN + 1; i++) {
        struct text text = text_in(texts[i], sizeof(texts[i]));

        exit_journal_put_outcome(&text, (enum exit_outcome)i);
        assert_false(text.truncated);
        for (unsigned int j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
}

static void whole_story(void **state)
{
    struct exit_journal journal = journal_of(2);
    char buffer[2048];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    journal.attempts[1].used_reserve = true;
    journal.attempts[1].map_calls = 3;
    journal.attempts[1].change_count = 6;
    journal.attempts[1].changes[0] = (struct exit_change){0x1000, 0x3000, 7, 6};
    journal.attempts[1].changes[1] = (struct exit_change){0x4000, 0x5000, EXIT_CHANGE_ABSENT, 4};
    journal.attempts[1].changes[2] = (struct exit_change){0x6000, 0x7000, 4, EXIT_CHANGE_ABSENT};
    journal.attempts[1].changes[3] = (struct exit_change){0x8000, 0x9000, 4, 7};
    journal.tpl_repaired = true;
    journal.tpl_at_start = 16;
    journal.table_cleaned = true;
    exit_journal_put_all(&text, &journal);
    assert_false(text.truncated);
    assert_string_equal(
        buffer,
        "left boot services; 2 attempts in 3.000 ms; GetMemoryMap: Success, ExitBootServices: "
        "Success; map of 5952 bytes\n"
        "map: 6240 bytes needed, 12288 reserved, 2097152 in reserve\n"
        "before: 2 looks at the map key, settled; task priority was 16, repaired\n"
        "the system table had to be cleaned\n"
        "1: +0.000 ms map Success, 5904/48 bytes key 0x1f00 crc 0xabcd, exit Invalid Parameter\n"
        "2: +0.001 ms map Success after 3 calls, 5952/48 bytes in reserve key 0x1f01, exit Success "
        "changed 0x1000-0x3000 7>6, 0x4000-0x5000 none>4, 0x6000-0x7000 4>none, 0x8000-0x9000 4>7 "
        "and 2 more\n");
}

/* What differs in time, key and contents only is told once. */
static void like_attempts_are_one_line(void **state)
{
    struct exit_journal journal = journal_of(16);
    char buffer[4096];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    for (uint32_t i = 0; i < 16; i++) {
        journal.attempts[i].exit_status = INVALID_PARAMETER;
        journal.attempts[i].map_size = i < 3 ? 96 : 48;
    }
    journal.attempts[15].change_count = 1;
    exit_journal_put_all(&text, &journal);
    assert_non_null(strstr(buffer, "\n1-3: +0.000 ms map Success, 96/48 bytes key 0x1f00"));
    assert_non_null(strstr(buffer, "\n4-15: +0.003 ms map Success, 48/48 bytes key 0x1f03"));
    assert_non_null(strstr(buffer, "\n16: +0.015 ms"));
    assert_null(strstr(buffer, "\n5"));
}

static void oldest_attempts_are_left_out(void **state)
{
    struct exit_journal journal = journal_of(64);
    char buffer[1024];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    exit_journal_put_all(&text, &journal);
    assert_false(text.truncated);
    assert_non_null(strstr(buffer, " earlier ones left out\n"));
    assert_non_null(strstr(buffer, "\n64: +0.063 ms"));
    assert_null(strstr(buffer, "\n1: "));
    assert_int_equal(buffer[text.length - 1], '\n');
}

/* In any room, full lines or nothing, and no byte too far. */
static void any_capacity_is_respected(void **state)
{
    struct exit_journal journal = journal_of(64);

    (void)state;
    for (size_t capacity = 1; capacity < 1500; capacity += 7) {
        char *buffer = malloc(capacity);
        struct text text = text_in(buffer, capacity);

        assert_non_null(buffer);
        exit_journal_put_all(&text, &journal);
        assert_true(text.length < capacity);
        assert_int_equal(strlen(buffer), text.length);
        if (capacity > 400) {
            assert_false(text.truncated);
            assert_int_equal(buffer[text.length - 1], '\n');
        }
        free(buffer);
    }
}

static const char *late_line(const struct exit_journal *journal)
{
    static char buffer[2048];
    struct text text = text_in(buffer, sizeof(buffer));
    char *line;

    exit_journal_put_all(&text, journal);
    line = strstr(buffer, "\nlate");
    if (line == NULL)
        return NULL;
    *strchr(line + 1, '\n') = '\0';
    return line + 1;
}

/* Whoever asked for the second look gets a line, whatever became of it. */
static void the_second_look_has_its_line_when_it_was_asked_for(void **state)
{
    struct exit_journal journal = journal_of(1);

    (void)state;
    assert_null(late_line(&journal));
    journal.late_map_wanted = true;
    assert_string_equal(late_line(&journal), "late, not used: not taken");
    journal.ticks_begin = 0;
    journal.ticks_hz = 0;
    journal.late_map = (struct exit_attempt){
        .ticks = 77 * 3000, .key = 0x12, .map_size = 96, .descriptor_size = 48, .map_calls = 1};
    assert_string_equal(late_line(&journal),
                        "late, not used: +about 0.077 ms map Success, 96/48 bytes key 0x12");
    journal.late_map_used = true;
    assert_string_equal(late_line(&journal),
                        "late: +about 0.077 ms map Success, 96/48 bytes key 0x12");
    journal.late_map.change_count = 1;
    journal.late_map.changes[0] = (struct exit_change){0x1000, 0x3000, 4, 7};
    assert_string_equal(
        late_line(&journal),
        "late: +about 0.077 ms map Success, 96/48 bytes key 0x12 changed 0x1000-0x3000 4>7");
}

/* Nothing in the journal makes an attempt longer than the line it is measured in. */
static void the_longest_attempt_fits(void **state)
{
    struct exit_journal journal = journal_of(1);
    struct exit_attempt *attempt = &journal.attempts[0];
    char buffer[2048];
    struct text text = text_in(buffer, sizeof(buffer));

    (void)state;
    memset(attempt, 0xff, sizeof(*attempt));
    attempt->exit_called = true;
    attempt->used_reserve = true;
    attempt->ragged = true;
    for (unsigned int i = 0; i < EXIT_JOURNAL_CHANGES; i++)
        attempt->changes[i] =
            (struct exit_change){UINT64_MAX - 1, UINT64_MAX, UINT32_MAX - 1, UINT32_MAX - 1};
    exit_journal_put_all(&text, &journal);
    assert_false(text.truncated);
    assert_null(strstr(buffer, "left out"));
    assert_true(strlen(strstr(buffer, "1: +")) < 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_maps_have_no_changes),
        cmocka_unit_test(allocation_inside_a_free_range),
        cmocka_unit_test(ranges_that_come_and_go),
        cmocka_unit_test(one_change_over_several_descriptors_is_one),
        cmocka_unit_test(neighbours_of_different_kinds_are_two),
        cmocka_unit_test(empty_map_against_a_full_one),
        cmocka_unit_test(more_changes_than_fit_are_counted),
        cmocka_unit_test(disorderly_maps_end),
        cmocka_unit_test(attempts_are_counted_and_never_overflow),
        cmocka_unit_test(summary_in_one_line),
        cmocka_unit_test(summary_without_a_known_clock),
        cmocka_unit_test(statuses_for_people),
        cmocka_unit_test(every_outcome_has_its_own_words),
        cmocka_unit_test(whole_story),
        cmocka_unit_test(like_attempts_are_one_line),
        cmocka_unit_test(oldest_attempts_are_left_out),
        cmocka_unit_test(any_capacity_is_respected),
        cmocka_unit_test(the_second_look_has_its_line_when_it_was_asked_for),
        cmocka_unit_test(the_longest_attempt_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
