/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/handoff_journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct exit_journal journal;
static struct baton_attempt attempts[EXIT_JOURNAL_ATTEMPTS];
static struct baton_exit converted;

static int forget(void **state)
{
    (void)state;
    memset(&journal, 0, sizeof(journal));
    memset(attempts, 0xee, sizeof(attempts));
    memset(&converted, 0xee, sizeof(converted));
    return 0;
}

static void every_field_of_the_journal_arrives(void **state)
{
    (void)state;
    journal.outcome = EXIT_OUTCOME_LEFT;
    journal.attempt_count = 2;
    journal.settle_calls = 3;
    journal.settled = true;
    journal.tpl_at_start = 8;
    journal.map_capacity = 10;
    journal.reserve_capacity = 11;
    journal.map_required = 12;
    journal.ticks_begin = 13;
    journal.ticks_end = 14;
    journal.late_map = (struct exit_attempt){.ticks = 15, .map_calls = 1, .change_count = 1};
    journal.late_map.changes[0].end = 16;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.outcome, BATON_EXIT_LEFT);
    assert_int_equal(converted.flags, BATON_EXIT_SETTLED);
    assert_int_equal(converted.attempts.address, (uintptr_t)attempts);
    assert_int_equal(converted.attempts.count, 2);
    assert_int_equal(converted.attempts.stride, sizeof(struct baton_attempt));
    assert_int_equal(converted.settle_calls, 3);
    assert_int_equal(converted.tpl_at_start, 8);
    assert_int_equal(converted.map_capacity, 10);
    assert_int_equal(converted.reserve_capacity, 11);
    assert_int_equal(converted.map_required, 12);
    assert_int_equal(converted.tsc_begin, 13);
    assert_int_equal(converted.tsc_end, 14);
    assert_int_equal(converted.late_map.tsc, 15);
    assert_int_equal(converted.late_map.map_calls, 1);
    assert_int_equal(converted.late_map.change_count, 1);
    assert_int_equal(converted.late_map.changes[0].end, 16);
}

static void every_field_of_an_attempt_arrives(void **state)
{
    (void)state;
    journal.attempt_count = 1;
    journal.attempts[0] =
        (struct exit_attempt){.ticks = 1,
                              .map_status = 2,
                              .exit_status = 3,
                              .key = 4,
                              .map_size = 5,
                              .descriptor_size = 6,
                              .map_calls = 7,
                              .map_checksum = 8,
                              .exit_called = true,
                              .used_reserve = true,
                              .change_count = 1,
                              .changes = {{.start = 9, .end = 10, .old_type = 11, .new_type = 12}}};
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(attempts[0].tsc, 1);
    assert_int_equal(attempts[0].map_status, 2);
    assert_int_equal(attempts[0].exit_status, 3);
    assert_int_equal(attempts[0].key, 4);
    assert_int_equal(attempts[0].map_size, 5);
    assert_int_equal(attempts[0].descriptor_size, 6);
    assert_int_equal(attempts[0].map_calls, 7);
    assert_int_equal(attempts[0].map_checksum, 8);
    assert_int_equal(attempts[0].flags, BATON_ATTEMPT_EXIT_CALLED | BATON_ATTEMPT_USED_RESERVE);
    assert_int_equal(attempts[0].change_count, 1);
    assert_int_equal(attempts[0].changes[0].start, 9);
    assert_int_equal(attempts[0].changes[0].end, 10);
    assert_int_equal(attempts[0].changes[0].old_type, 11);
    assert_int_equal(attempts[0].changes[0].new_type, 12);
    assert_int_equal(attempts[0].changes[1].end, 0);
}

static void the_status_of_a_call_that_was_not_made_is_not_told(void **state)
{
    (void)state;
    journal.attempt_count = 1;
    journal.attempts[0].exit_status = 0xdead;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(attempts[0].exit_status, 0);
    assert_int_equal(attempts[0].flags, 0);
}

static void flags_and_outcomes_have_their_own_numbers(void **state)
{
    (void)state;
    journal.tpl_repaired = true;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.flags, BATON_EXIT_TPL_REPAIRED);
    assert_int_equal(converted.outcome, 0);
    journal.tpl_repaired = false;
    journal.late_map_used = true;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.flags, BATON_EXIT_LATE_MAP);
    journal.late_map_used = false;
    journal.table_cleaned = true;
    journal.outcome = EXIT_OUTCOME_LEFT_UNSAID;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.flags, BATON_EXIT_TABLE_CLEANED);
    assert_int_equal(converted.outcome, BATON_EXIT_LEFT_UNSAID);
    journal.outcome = EXIT_OUTCOME_STUCK;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.outcome, 0);
}

static void more_attempts_or_changes_than_are_kept_are_counted_only(void **state)
{
    (void)state;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS + 5;
    journal.attempts[EXIT_JOURNAL_ATTEMPTS - 1].change_count = 1000;
    journal.attempts[EXIT_JOURNAL_ATTEMPTS - 1].changes[EXIT_JOURNAL_CHANGES - 1].end = 7;
    handoff_journal(&journal, attempts, &converted);
    assert_int_equal(converted.attempts.count, EXIT_JOURNAL_ATTEMPTS);
    assert_int_equal(attempts[EXIT_JOURNAL_ATTEMPTS - 1].change_count, 1000);
    assert_int_equal(attempts[EXIT_JOURNAL_ATTEMPTS - 1].changes[BATON_CHANGES_KEPT - 1].end, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_field_of_the_journal_arrives, forget),
        cmocka_unit_test_setup(every_field_of_an_attempt_arrives, forget),
        cmocka_unit_test_setup(the_status_of_a_call_that_was_not_made_is_not_told, forget),
        cmocka_unit_test_setup(flags_and_outcomes_have_their_own_numbers, forget),
        cmocka_unit_test_setup(more_attempts_or_changes_than_are_kept_are_counted_only, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
