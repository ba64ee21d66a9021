/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services, against a firmware that does everything a firmware has been seen to do
 * with ExitBootServices. efi_exit_maps.c is about GetMemoryMap.
 */
#include "unit/fixture/exit_fixture.h"

#define TPL_CALLER 16 /* TPL_NOTIFY */

/* --- the healthy case ---------------------------------------------------------------------------
 */

static void leaves_at_the_first_attempt(void **state)
{
    (void)state;
    assert_true(leave());
    assert_left(1);
    assert_int_equal(plan.journal->table_cleaned, false);
    assert_int_equal(plan.journal->tpl_repaired, false);
    assert_true(plan.journal->settled);
    assert_int_equal(plan.journal->settle_calls, 1);
    assert_int_equal(fake_calls_of("Stall"), 0);
    assert_int_equal(last_attempt()->key, fake_key());
    assert_int_equal(last_attempt()->map_checksum, 0);
    assert_int_equal(last_attempt()->ticks, plan.journal->ticks_begin);
    assert_int_equal(last_attempt()->map_size, map.size);
    assert_int_equal(last_attempt()->descriptor_size, 48);
}

/* The size that an earlier call returned is smaller than what the next one needs (edk2). */
static void capacity_is_twice_what_is_required(void **state)
{
    (void)state;
    fake_map_grow(500);
    assert_true(leave());
    assert_true(plan.primary.capacity >= 2 * plan.journal->map_required);
    assert_int_equal(plan.primary.capacity % PAGE_SIZE, 0);
    assert_left(1);
}

static void capacity_has_128_descriptors_to_spare(void **state)
{
    (void)state;
    assert_true(leave());
    assert_true(plan.primary.capacity >= plan.journal->map_required + 128 * 48);
    assert_true(plan.reserve.capacity >= 0x100000);
    assert_int_equal(plan.descriptors_max, plan.reserve.capacity / 40);
}

static void large_map_gets_a_larger_reserve(void **state)
{
    (void)state;
    fake_map_grow(20000);
    assert_true(leave());
    assert_true(plan.reserve.capacity >= 2 * plan.primary.capacity);
    assert_left(1);
}

static void no_memory_is_an_error_and_leaves_nothing_behind(void **state)
{
    (void)state;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(exit_reserve(firmware, &options, &plan), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(firmware->leases.count, 0);
}

static void failed_boot_gives_the_reservations_back(void **state)
{
    (void)state;
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
}

/* --- exits that fail ----------------------------------------------------------------------------
 */

static void touch_key(unsigned int call)
{
    (void)call;
    fake_map_touch();
}

static const unsigned int survivable[] = {1, 2, 3, 5, 8, 15, 16, 40, 63};
#define SURVIVABLE (sizeof(survivable) / sizeof(survivable[0]))

/* Every pair of a count and a kind of change; each starts from a fresh firmware. */
static void survives(uint64_t status, void (*change)(unsigned int call))
{
    for (size_t i = 0; i < SURVIVABLE; i++) {
        begin(NULL);
        set_failures(survivable[i], status, change);
        assert_true(leave());
        assert_left(survivable[i] + 1);
        end(NULL);
        begin(NULL);
    }
}

static void survives_failures_with_a_changing_map(void **state)
{
    (void)state;
    survives(FAKE_INVALID_PARAMETER, grow_by_one);
}

static void survives_failures_with_a_changing_key(void **state)
{
    (void)state;
    survives(FAKE_INVALID_PARAMETER, touch_key);
}

static void survives_failures_with_an_unchanged_map(void **state)
{
    (void)state;
    survives(FAKE_INVALID_PARAMETER, NULL);
}

static void survives_other_statuses(void **state)
{
    static const uint64_t statuses[] = {FAKE_NOT_READY,   FAKE_DEVICE_ERROR, FAKE_ACCESS_DENIED,
                                        FAKE_ERROR(18),   FAKE_ERROR(21),    FAKE_ERROR(26),
                                        FAKE_ERROR(0x7f), FAKE_UNSUPPORTED,  7 /* a warning}*/};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        survives(statuses[i], i % 2 == 0 ? NULL : grow_by_one);
}

/* The bus of a plug-in card: a different status, sometimes with a change, never the same twice. */
static void erratic(struct fake_exit_answer *answer)
{
    static const uint64_t statuses[] = {FAKE_INVALID_PARAMETER, FAKE_NOT_READY, FAKE_DEVICE_ERROR};

    if (answer->call % 16 == 13)
        return;
    answer->status = statuses[answer->call % 3];
    answer->leaves = false;
    if (answer->call % 5 == 0)
        fake_map_grow(3);
}

static void survives_erratic_firmware(void **state)
{
    (void)state;
    fake_behaviour.exit = erratic;
    assert_true(leave());
    assert_final_map();
    assert_true(plan.journal->attempt_count > 3);
    fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
}

static void gives_up_after_64_changes(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, grow_by_one);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_ATTEMPTS);
    assert_int_equal(fake_calls_of("ExitBootServices"), 64);
    assert_int_equal(plan.journal->attempt_count, 64);
    assert_int_equal(plan.journal->still_count, 1);
}

static void calls_a_firmware_stuck_that_never_changes(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, NULL);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_STUCK);
    assert_int_equal(fake_calls_of("ExitBootServices"), 64);
    assert_int_equal(plan.journal->still_count, 64);
}

/* The same map, but it is not the same refusal: something goes on in there. */
static void alternate(struct fake_exit_answer *answer)
{
    answer->status = answer->call % 2 == 0 ? FAKE_INVALID_PARAMETER : FAKE_NOT_READY;
    answer->leaves = false;
}

static void alternating_statuses_are_not_stuck(void **state)
{
    (void)state;
    fake_behaviour.exit = alternate;
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_ATTEMPTS);
    assert_int_equal(plan.journal->still_count, 1);
}

static void key_that_moves_alone_is_not_stuck(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, touch_key);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_ATTEMPTS);
    assert_int_equal(plan.journal->still_count, 1);
}

/* The key says nothing has changed, the map says otherwise. */
static void flicker(struct memory_descriptor *descriptors, size_t *count)
{
    descriptors[*count - 1].type = fake_calls_of("ExitBootServices") % 2 == 0
                                       ? MEMORY_BOOT_SERVICES_DATA
                                       : MEMORY_RUNTIME_SERVICES_DATA;
}

static void map_that_moves_alone_is_not_stuck(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, NULL);
    fake_behaviour.content = flicker;
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_ATTEMPTS);
    assert_int_equal(plan.journal->still_count, 1);
}

/* --- time ---------------------------------------------------------------------------------------
 */

static void take_two_seconds(unsigned int call)
{
    (void)call;
    fake_ticks_advance(2 * HZ);
    fake_map_grow(1);
}

static void gives_up_after_the_time_limit(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, take_two_seconds);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_TIME);
    assert_int_equal(plan.journal->attempt_count, EXIT_ATTEMPTS_BEFORE_TIME);
}

static void take_six_seconds_once(unsigned int call)
{
    fake_ticks_advance(call == 1 ? 6 * HZ : 0);
    fake_map_grow(1);
}

/* A first exit that stops slow controllers and then finds its map stale is not a lost machine. */
static void slow_first_failure_does_not_end_it(void **state)
{
    (void)state;
    set_failures(2, FAKE_INVALID_PARAMETER, take_six_seconds_once);
    assert_true(leave());
    assert_left(3);
}

static void options_say_limit_and_priority(void **state)
{
    (void)state;
    options.seconds = 7;
    options.tpl_at_start = TPL_CALLER;
    assert_true(leave());
    assert_left(1);
    assert_int_equal(plan.time_limit, 7 * HZ);
    assert_int_equal(plan.journal->tpl_at_start, TPL_CALLER);
    assert_true(plan.journal->tpl_repaired);
}

/* --- what is around the loop
 * ----------------------------------------------------------------------
 */

static void says_nothing_while_it_leaves(void **state)
{
    (void)state;
    fake_console();
    set_failures(3, FAKE_INVALID_PARAMETER, touch_key);
    assert_true(leave());
    assert_left(4);
    assert_int_equal(fake_calls_of("OutputString"), 0);
}

static void interpose(unsigned int call)
{
    if (call == 1)
        fake_interpose();
}

/* Somebody may replace a service at any time, and the replacement is what has to be called. */
static void services_are_looked_up_for_each_call(void **state)
{
    (void)state;
    set_failures(3, FAKE_INVALID_PARAMETER, interpose);
    assert_true(leave());
    assert_left(4);
    assert_int_equal(fake_interposed_calls(), 3 * 2);
}

/* --- odd ways of leaving ------------------------------------------------------------------------
 */

static uint64_t unsaid_status;

static void leave_with_an_error(struct fake_exit_answer *answer)
{
    answer->status = unsaid_status;
    answer->leaves = true;
}

static void believes_the_table_more_than_the_status(void **state)
{
    static const uint64_t statuses[] = {FAKE_INVALID_PARAMETER, FAKE_DEVICE_ERROR, 7};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (unsigned int how = 1; how < 4; how++) {
            begin(NULL);
            fake_behaviour.exit = leave_with_an_error;
            fake_behaviour.leaving_cleans_table = (how & 1) != 0;
            fake_behaviour.leaving_clears_services = (how & 2) != 0;
            unsaid_status = statuses[i];
            assert_true(leave());
            assert_final_map();
            assert_true(fake_system_table_is_clean());
            assert_int_equal(plan.journal->outcome, EXIT_OUTCOME_LEFT_UNSAID);
            assert_int_equal(fake_calls_of("ExitBootServices"), 1);
            end(NULL);
            begin(NULL);
        }
    }
}

static void cleans_the_system_table_when_the_firmware_did_not(void **state)
{
    (void)state;
    fake_console();
    fake_behaviour.leaving_cleans_table = false;
    assert_true(leave());
    assert_left(1);
    assert_true(plan.journal->table_cleaned);
}

static void turns_interrupts_off_when_the_firmware_did_not(void **state)
{
    (void)state;
    fake_behaviour.leaving_stops_interrupts = false;
    assert_true(leave());
    assert_left(1);
}

static void machine_without_a_console(void **state)
{
    (void)state;
    assert_null(fake_console_text()[0] == '\0' ? NULL : fake_console_text());
    fake_behaviour.leaving_cleans_table = false;
    assert_true(leave()); /* no ConOut, ConIn, StdErr from the start; boot services are left */
    assert_left(1);
    assert_true(plan.journal->table_cleaned);
}

/* --- priority -----------------------------------------------------------------------------------
 */

static void repairs_the_task_priority(void **state)
{
    (void)state;
    fake_behaviour.tpl = TPL_CALLER;
    assert_true(leave());
    assert_left(1);
    assert_true(plan.journal->tpl_repaired);
    assert_int_equal(plan.journal->tpl_at_start, TPL_CALLER);
}

static void priority_can_be_repaired_at_the_start(void **state)
{
    (void)state;
    fake_behaviour.tpl = TPL_CALLER;
    assert_int_equal(tpl_repair(firmware), TPL_CALLER);
    assert_int_equal(fake_tpl(), 4);
    assert_int_equal(tpl_repair(firmware), 4);
    assert_true(fake_calls_of("RestoreTPL") == 2);
}

static void priority_is_as_it_was_when_baton_returns(void **state)
{
    (void)state;
    fake_behaviour.tpl = TPL_CALLER;
    tpl_restore(firmware, tpl_repair(firmware));
    assert_int_equal(fake_tpl(), TPL_CALLER);
}

static void priority_of_an_application_is_left_alone(void **state)
{
    (void)state;
    tpl_restore(firmware, tpl_repair(firmware));
    assert_int_equal(fake_tpl(), 4);
    assert_int_equal(fake_calls_of("RaiseTPL"), 1);
}

/* --- what the journal says ----------------------------------------------------------------------
 */

static void take_a_page(unsigned int call)
{
    fake_memory_set(FAKE_LOW + call * 0x10000, 2, MEMORY_RUNTIME_SERVICES_DATA);
}

static void journal_tells_what_changed(void **state)
{
    (void)state;
    set_failures(2, FAKE_INVALID_PARAMETER, take_a_page);
    assert_true(leave());
    assert_left(3);
    for (unsigned int i = 1; i < 3; i++) {
        const struct exit_attempt *attempt = &plan.journal->attempts[i];

        assert_int_equal(attempt->change_count, 1);
        assert_int_equal(attempt->changes[0].start, FAKE_LOW + i * 0x10000);
        assert_int_equal(attempt->changes[0].end, FAKE_LOW + i * 0x10000 + 2 * PAGE_SIZE);
        assert_int_equal(attempt->changes[0].old_type, MEMORY_CONVENTIONAL);
        assert_int_equal(attempt->changes[0].new_type, MEMORY_RUNTIME_SERVICES_DATA);
        assert_int_not_equal(attempt->map_checksum, attempt[-1].map_checksum);
        assert_true(attempt->ticks > attempt[-1].ticks);
    }
    assert_int_equal(plan.journal->attempts[0].exit_status, FAKE_INVALID_PARAMETER);
    assert_int_equal(plan.journal->attempts[0].change_count, 0);
}

/* Refusals with nothing changed in between, then a change: compared with the last, not the first.
 */
static void change_at_the_third(unsigned int call)
{
    if (call >= 3)
        take_a_page(call);
}

static void journal_compares_with_the_attempt_before(void **state)
{
    (void)state;
    set_failures(5, FAKE_INVALID_PARAMETER, change_at_the_third);
    assert_true(leave());
    assert_left(6);
    for (unsigned int i = 0; i < 6; i++)
        assert_int_equal(plan.journal->attempts[i].change_count, i >= 3 ? 1 : 0);
    assert_int_equal(plan.journal->attempts[1].map_checksum,
                     plan.journal->attempts[0].map_checksum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(leaves_at_the_first_attempt),
        TEST(capacity_is_twice_what_is_required),
        TEST(capacity_has_128_descriptors_to_spare),
        TEST(large_map_gets_a_larger_reserve),
        TEST(no_memory_is_an_error_and_leaves_nothing_behind),
        TEST(failed_boot_gives_the_reservations_back),
        TEST(survives_failures_with_a_changing_map),
        TEST(survives_failures_with_a_changing_key),
        TEST(survives_failures_with_an_unchanged_map),
        TEST(survives_other_statuses),
        TEST(survives_erratic_firmware),
        TEST(gives_up_after_64_changes),
        TEST(calls_a_firmware_stuck_that_never_changes),
        TEST(alternating_statuses_are_not_stuck),
        TEST(key_that_moves_alone_is_not_stuck),
        TEST(map_that_moves_alone_is_not_stuck),
        TEST(gives_up_after_the_time_limit),
        TEST(options_say_limit_and_priority),
        TEST(slow_first_failure_does_not_end_it),
        TEST(says_nothing_while_it_leaves),
        TEST(services_are_looked_up_for_each_call),
        TEST(believes_the_table_more_than_the_status),
        TEST(cleans_the_system_table_when_the_firmware_did_not),
        TEST(turns_interrupts_off_when_the_firmware_did_not),
        TEST(machine_without_a_console),
        TEST(repairs_the_task_priority),
        TEST(priority_can_be_repaired_at_the_start),
        TEST(priority_is_as_it_was_when_baton_returns),
        TEST(priority_of_an_application_is_left_alone),
        TEST(journal_tells_what_changed),
        TEST(journal_compares_with_the_attempt_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
