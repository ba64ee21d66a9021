/* SPDX-License-Identifier: BSD-2-Clause */
/* The second look at the map, from inside an exit whose handlers change it after the key check. */
#include "unit/fixture/exit_fixture.h"

#define TPL_OF_CALLBACKS 8
#define TPL_OF_NOTIFIES  16
#define TAKEN            0x500000000000ULL /* where handlers allocate */

static void *put_off[2];

static void allocate(void)
{
    fake_map_add(MEMORY_RUNTIME_SERVICES_DATA, TAKEN, 2);
}

static void put_it_off_twice(void)
{
    fake_signal(put_off[0]);
}

static void put_it_off_again(void)
{
    fake_signal(put_off[1]);
}

static bool leave_with_late_map(void)
{
    options.late_map = true;
    return leave();
}

static const struct exit_attempt *late(void)
{
    return &plan.journal->late_map;
}

static void assert_saw_the_allocation(void)
{
    assert_true(plan.journal->late_map_wanted);
    assert_true(plan.journal->late_map_used);
    assert_int_equal(late()->map_calls, 1);
    assert_int_equal(late()->key, map.key);
    assert_int_equal(late()->change_count, 1);
    assert_int_equal(late()->changes[0].start, TAKEN);
    assert_int_equal(late()->changes[0].end, TAKEN + 0x2000);
    assert_int_equal(late()->changes[0].old_type, EXIT_CHANGE_ABSENT);
    assert_int_equal(late()->changes[0].new_type, MEMORY_RUNTIME_SERVICES_DATA);
}

/* The premise: without it the map is stale, and nobody can know. */
static void without_it_what_a_handler_allocates_is_in_no_map(void **state)
{
    (void)state;
    fake_handler_add(TPL_OF_CALLBACKS, allocate);
    assert_true(leave());
    assert_int_equal(fake_calls_of("CreateEvent"), 0);
    assert_int_not_equal(map.key, fake_key());
    assert_false(plan.journal->late_map_wanted);
    assert_int_equal(late()->map_calls, 0);
}

static void nothing_differs_when_no_handler_allocates(void **state)
{
    (void)state;
    assert_true(leave_with_late_map());
    assert_left(1);
    assert_true(plan.journal->late_map_used);
    assert_int_equal(late()->change_count, 0);
    assert_true(late()->ticks > last_attempt()->ticks);
}

static void a_handler_of_each_priority_is_seen(void **state)
{
    static const uint64_t levels[] = {TPL_OF_CALLBACKS, TPL_OF_NOTIFIES};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(NULL);
        fake_handler_add(levels[i], allocate);
        assert_true(leave_with_late_map());
        assert_left(1);
        assert_saw_the_allocation();
        end(NULL);
        begin(NULL);
    }
}

/* OVMF's IoMmuDxe puts its work off through a second event, and others might after it. */
static void what_is_put_off_twice_is_seen(void **state)
{
    (void)state;
    put_off[0] = fake_event_add(TPL_OF_CALLBACKS, put_it_off_again);
    put_off[1] = fake_event_add(TPL_OF_CALLBACKS, allocate);
    fake_handler_add(TPL_OF_CALLBACKS, put_it_off_twice);
    assert_true(leave_with_late_map());
    assert_left(1);
    assert_saw_the_allocation();
}

/* U-Boot drops the signal of an event whose notification runs, so that one which signals itself is
 * notified once and never again. */
static void u_boot_drops_what_an_event_signals_of_itself(void **state)
{
    (void)state;
    fake_behaviour.drops_own_signal = true;
    put_off[0] = fake_event_add(TPL_OF_CALLBACKS, put_it_off_again);
    put_off[1] = fake_event_add(TPL_OF_CALLBACKS, allocate);
    fake_handler_add(TPL_OF_CALLBACKS, put_it_off_twice);
    assert_true(leave_with_late_map());
    assert_left(1);
    assert_saw_the_allocation();
}

/* The old map in one buffer, the new one in another: nothing of ours is overwritten. */
static void the_map_of_the_attempt_stays_as_it_was(void **state)
{
    (void)state;
    fake_handler_add(TPL_OF_CALLBACKS, allocate);
    assert_true(leave_with_late_map());
    assert_ptr_equal(map.data, plan.late.buffer.data);
    assert_ptr_not_equal(map.data, plan.primary.data);
    assert_true(map.size / map.descriptor_size <= plan.descriptors_max);
    assert_int_equal(last_attempt()->map_size + 48, map.size);
}

/* --- exits that fail ----------------------------------------------------------------------------
 */

static void signal_events_and_refuse_once(struct fake_exit_answer *answer)
{
    if (answer->call == 1) {
        answer->signals = true;
        answer->status = FAKE_INVALID_PARAMETER;
        answer->leaves = false;
    } else {
        answer->signals = false;
    }
}

/* AMI's order: the events, once and for all, then the key. The handlers' work is in the next map.
 */
static void a_look_during_an_exit_that_failed_does_not_count(void **state)
{
    (void)state;
    fake_handler_add(TPL_OF_CALLBACKS, allocate);
    fake_behaviour.exit = signal_events_and_refuse_once;
    assert_true(leave_with_late_map());
    assert_left(2);
    assert_false(plan.journal->late_map_used);
    assert_int_equal(late()->map_calls, 0);
    assert_ptr_equal(map.data, plan.primary.data);
}

static void failures_before_it_do_not_matter(void **state)
{
    (void)state;
    set_failures(5, FAKE_INVALID_PARAMETER, grow_by_one);
    fake_handler_add(TPL_OF_CALLBACKS, allocate);
    assert_true(leave_with_late_map());
    assert_left(6);
    assert_saw_the_allocation();
}

static void signal_and_refuse(struct fake_exit_answer *answer)
{
    answer->signals = true;
    if (answer->call < 4) {
        answer->status = FAKE_INVALID_PARAMETER;
        answer->leaves = false;
    }
}

static void events_signalled_at_each_attempt_count_at_the_last(void **state)
{
    (void)state;
    fake_behaviour.exit = signal_and_refuse;
    assert_true(leave_with_late_map());
    assert_left(4);
    assert_true(plan.journal->late_map_used);
    assert_int_equal(late()->map_calls, 1);
    assert_true(late()->ticks > last_attempt()->ticks);
}

static void an_exit_that_never_succeeds_is_given_up_all_the_same(void **state)
{
    (void)state;
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, NULL);
    assert_false(leave_with_late_map());
    assert_gave_up(EXIT_OUTCOME_STUCK);
    assert_false(plan.journal->late_map_used);
}

/* --- what can be wrong with it ------------------------------------------------------------------
 */

static void firmware_without_events_is_left_without_it(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 3; nth++) {
        begin(NULL);
        fake_behaviour.event_that_fails = nth;
        assert_true(leave_with_late_map());
        assert_left(1);
        assert_true(plan.journal->late_map_wanted);
        assert_false(plan.journal->late_map_used);
        end(NULL);
        begin(NULL);
    }
}

static bool is_late(const struct fake_map_answer *answer)
{
    return fake_calls_of("ExitBootServices") > 0 && !answer->probe;
}

static void refuse_late(struct fake_map_answer *answer)
{
    if (is_late(answer))
        answer->status = FAKE_NOT_READY;
}

static void too_long_late(struct fake_map_answer *answer)
{
    if (is_late(answer))
        answer->size = answer->capacity + 48;
}

static void spill_late(struct fake_map_answer *answer)
{
    if (is_late(answer))
        answer->overrun = 16;
}

/* The map that the exit was tried with is good still. */
static void a_map_that_is_none_is_not_used(void **state)
{
    static void (*const faults[])(struct fake_map_answer * answer) = {refuse_late, too_long_late,
                                                                      spill_late};

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        begin(NULL);
        fake_behaviour.map = faults[i];
        assert_true(leave_with_late_map());
        assert_left(1);
        assert_false(plan.journal->late_map_used);
        assert_int_equal(late()->map_calls, 1);
        assert_ptr_equal(map.data, plan.primary.data);
        end(NULL);
        begin(NULL);
    }
}

static void overrun_late(struct fake_map_answer *answer)
{
    if (is_late(answer))
        answer->overrun = PAGE_SIZE;
}

/* What lies behind the guard is damaged then, whatever it was. */
static void a_map_that_damages_memory_is_the_end(void **state)
{
    (void)state;
    fake_behaviour.map = overrun_late;
    assert_false(leave_with_late_map());
    assert_int_equal(plan.journal->outcome, EXIT_OUTCOME_OVERRUN);
    assert_false(plan.journal->late_map_used);
}

static void leave_unsaid(struct fake_exit_answer *answer)
{
    answer->status = FAKE_DEVICE_ERROR;
}

static void it_counts_when_the_firmware_leaves_with_an_error(void **state)
{
    (void)state;
    fake_behaviour.exit = leave_unsaid;
    fake_handler_add(TPL_OF_CALLBACKS, allocate);
    assert_true(leave_with_late_map());
    assert_final_map();
    assert_int_equal(plan.journal->outcome, EXIT_OUTCOME_LEFT_UNSAID);
    assert_saw_the_allocation();
}

static void all_of_it_is_given_back_when_the_boot_fails(void **state)
{
    (void)state;
    options.late_map = true;
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
    assert_int_equal(fake_calls_of("CreateEvent"), 0); /* nothing to close */
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_it_what_a_handler_allocates_is_in_no_map),
        TEST(nothing_differs_when_no_handler_allocates),
        TEST(a_handler_of_each_priority_is_seen),
        TEST(what_is_put_off_twice_is_seen),
        TEST(u_boot_drops_what_an_event_signals_of_itself),
        TEST(the_map_of_the_attempt_stays_as_it_was),
        TEST(a_look_during_an_exit_that_failed_does_not_count),
        TEST(failures_before_it_do_not_matter),
        TEST(events_signalled_at_each_attempt_count_at_the_last),
        TEST(an_exit_that_never_succeeds_is_given_up_all_the_same),
        TEST(firmware_without_events_is_left_without_it),
        TEST(a_map_that_is_none_is_not_used),
        TEST(a_map_that_damages_memory_is_the_end),
        TEST(it_counts_when_the_firmware_leaves_with_an_error),
        TEST(all_of_it_is_given_back_when_the_boot_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
