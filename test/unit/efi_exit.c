/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving boot services, against a firmware that does everything a firmware has been seen to do. */
#include "efi/exit.h"

#include "core/checked.h"
#include "core/exit_policy.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HZ         1000000000ULL
#define TPL_CALLER 16 /* TPL_NOTIFY */

static struct firmware *firmware;
static struct leases leases;
static struct exit_plan plan;
static struct memory_map map;

static int begin(void **state)
{
    (void)state;
    firmware = fake_begin();
    fake_allow_usual();
    fake_deny("GetVariable"); /* the exit has no use for runtime services */
    fake_deny("SetVariable");
    fake_deny("GetTime");
    leases = (struct leases){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (firmware->system_table != NULL)
        lease_release_since(firmware, &leases, 0);
    fake_end();
    return 0;
}

/* Reserves, looks at a first map and leaves, as main does. */
static bool leave(void)
{
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    return exit_boot_services(firmware, &plan, &map);
}

static const struct exit_attempt *last_attempt(void)
{
    assert_in_range(plan.journal->attempt_count, 1, EXIT_JOURNAL_ATTEMPTS);
    return &plan.journal->attempts[plan.journal->attempt_count - 1];
}

/* What the kernel is given is the map as the firmware had it when it left, bit by bit. */
static void assert_final_map(void)
{
    struct memory_map truth = fake_map();

    assert_true(fake_has_left());
    assert_int_equal(map.key, truth.key);
    assert_int_equal(memory_map_count(&map), memory_map_count(&truth));
    for (size_t i = 0; i < memory_map_count(&map); i++) {
        struct memory_descriptor ours = memory_map_at(&map, i);
        struct memory_descriptor theirs = memory_map_at(&truth, i);

        assert_memory_equal(&ours, &theirs, sizeof(ours));
    }
}

static void assert_left(unsigned int attempts)
{
    assert_final_map();
    assert_null(firmware->system_table);
    assert_true(fake_system_table_is_clean());
    assert_true(fake_system_table_crc_is_right());
    assert_false(fake_interrupts_are_on());
    assert_false(fake_watchdog_is_armed());
    assert_int_equal(fake_tpl(), 4);
    assert_int_equal(plan.journal->outcome, EXIT_OUTCOME_LEFT);
    assert_int_equal(plan.journal->attempt_count, attempts);
    assert_int_equal(fake_calls_of("ExitBootServices"), attempts);
    fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
}

static void assert_gave_up(enum exit_outcome outcome)
{
    assert_false(fake_has_left());
    assert_null(firmware->system_table);
    assert_int_equal(plan.journal->outcome, outcome);
    assert_true(plan.journal->tsc_end > plan.journal->tsc_begin);
    fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
}

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
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(leases.count, 0);
}

static void failed_boot_gives_the_reservations_back(void **state)
{
    (void)state;
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    lease_release_since(firmware, &leases, 0);
    assert_int_equal(fake_memory_held(), 0);
}

/* --- exits that fail ----------------------------------------------------------------------------
 */

static unsigned int failures; /* how many exits fail */
static uint64_t failing_status;
static void (*on_failure)(unsigned int call);

static void fail_exits(struct fake_exit_answer *answer)
{
    if (answer->call > failures)
        return;
    answer->status = failing_status;
    answer->leaves = false;
    if (on_failure != NULL)
        on_failure(answer->call);
}

static void set_failures(unsigned int count, uint64_t status, void (*also)(unsigned int call))
{
    failures = count;
    failing_status = status;
    on_failure = also;
    fake_behaviour.exit = fail_exits;
}

static void grow_by_one(unsigned int call)
{
    (void)call;
    fake_map_grow(1);
}

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

/* What does not depend on the map may depend on time: a device that comes to rest after a second.
 */
static uint64_t ready_at;

static void ready_later(struct fake_exit_answer *answer)
{
    if (machine_tsc() >= ready_at)
        return;
    answer->status = FAKE_NOT_READY;
    answer->leaves = false;
}

static void waits_for_a_firmware_that_needs_time(void **state)
{
    (void)state;
    fake_behaviour.exit = ready_later;
    ready_at = machine_tsc() + HZ;
    assert_true(leave());
    assert_final_map();
    fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
}

/* --- time ---------------------------------------------------------------------------------------
 */

static void take_two_seconds(unsigned int call)
{
    (void)call;
    fake_tsc_advance(2 * HZ);
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
    fake_tsc_advance(call == 1 ? 6 * HZ : 0);
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

static void unknown_clock_gets_a_generous_limit(void **state)
{
    (void)state;
    assert_int_equal(exit_reserve(firmware, &leases, 0, &plan), 0);
    assert_true(plan.time_limit >= 5 * 5000000000ULL);
}

/* --- growth -------------------------------------------------------------------------------------
 */

static size_t growth;

static void grow(unsigned int call)
{
    (void)call;
    fake_map_grow(growth);
}

static void survives_growth(void **state)
{
    static const size_t steps[] = {1, 4, 9, 16, 17, 33, 64, 100, 129, 256, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        begin(NULL);
        growth = steps[i];
        set_failures(8, FAKE_INVALID_PARAMETER, grow);
        assert_true(leave());
        assert_left(9);
        end(NULL);
        begin(NULL);
    }
}

static void growth_past_the_first_buffer_goes_to_the_reserve(void **state)
{
    (void)state;
    growth = 1000;
    set_failures(1, FAKE_INVALID_PARAMETER, grow);
    assert_true(leave());
    assert_left(2);
    assert_ptr_equal(map.data, plan.reserve.data);
    assert_true(last_attempt()->used_reserve);
    assert_int_equal(last_attempt()->map_calls, 2);
}

static void growth_past_the_reserve_gives_up(void **state)
{
    (void)state;
    growth = 50000; /* 2.4 MB of descriptors */
    set_failures(1, FAKE_INVALID_PARAMETER, grow);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_MAP);
    assert_int_equal(last_attempt()->map_calls, EXIT_MAP_CALLS_MAX);
}

/* The first map is already in the reserve, and so is the last. */
static void map_that_outgrew_the_buffer_before_the_exit(void **state)
{
    (void)state;
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    fake_map_grow(1000);
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    assert_ptr_equal(map.data, plan.reserve.data);
    assert_true(exit_boot_services(firmware, &plan, &map));
    assert_left(1);
}

/* --- GetMemoryMap that misbehaves ---------------------------------------------------------------
 */

static unsigned int map_faults; /* how many full GetMemoryMap calls misbehave... */
static unsigned int map_calls_seen;
static bool only_after_exit; /* ...from the first refused exit on */
static void (*map_fault)(struct fake_map_answer *answer);

static void faulty_map(struct fake_map_answer *answer)
{
    if (answer->probe || (only_after_exit && fake_calls_of("ExitBootServices") == 0))
        return;
    if (map_calls_seen++ < map_faults)
        map_fault(answer);
}

static void set_map_fault(unsigned int count, void (*fault)(struct fake_map_answer *answer))
{
    map_faults = count;
    map_calls_seen = 0;
    map_fault = fault;
    only_after_exit = true;
    fake_behaviour.map = faulty_map;
    set_failures(1, FAKE_INVALID_PARAMETER, grow_by_one);
}

/* With the right key, that ExitBootServices would accept: the map behind it would be the old one.
 */
static void too_small(struct fake_map_answer *answer)
{
    answer->status = FAKE_BUFFER_TOO_SMALL;
    answer->size = answer->capacity + 48;
}

static void refused(struct fake_map_answer *answer)
{
    answer->status = FAKE_DEVICE_ERROR;
}

static void size_beyond_capacity(struct fake_map_answer *answer)
{
    answer->size = answer->capacity + 48;
}

static void stride_39(struct fake_map_answer *answer)
{
    answer->descriptor_size = 39;
    answer->size = 39;
}

static void stride_0(struct fake_map_answer *answer)
{
    answer->descriptor_size = 0;
}

static void stride_beyond_size(struct fake_map_answer *answer)
{
    answer->descriptor_size = answer->size + 48;
}

static void no_descriptors(struct fake_map_answer *answer)
{
    answer->size = 0;
}

static void spill(struct fake_map_answer *answer)
{
    answer->overrun = 48;
}

static void warning(struct fake_map_answer *answer)
{
    answer->status = 5; /* EFI_WARN_STALE_DATA: not a success */
}

static void (*const repeated_faults[])(struct fake_map_answer *answer) = {
    too_small,      refused, size_beyond_capacity, stride_39, stride_0, warning, stride_beyond_size,
    no_descriptors, spill,
};
#define REPEATED_FAULTS (sizeof(repeated_faults) / sizeof(repeated_faults[0]))

static void survives_maps_that_fail_now_and_then(void **state)
{
    static const unsigned int counts[] = {1, 3, 6, 20, EXIT_MAP_CALLS_MAX - 1};

    (void)state;
    for (size_t i = 0; i < REPEATED_FAULTS * 5; i++) {
        begin(NULL);
        set_map_fault(counts[i % 5], repeated_faults[i / 5]);
        assert_true(leave());
        assert_left(2);
        assert_int_equal(last_attempt()->map_calls, counts[i % 5] + 1);
        end(NULL);
        begin(NULL);
    }
}

static void gives_up_on_maps_that_always_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPEATED_FAULTS; i++) {
        begin(NULL);
        set_map_fault(UINT32_MAX, repeated_faults[i]);
        assert_false(leave());
        assert_gave_up(repeated_faults[i] == spill ? EXIT_OUTCOME_OVERRUN : EXIT_OUTCOME_MAP);
        assert_int_equal(last_attempt()->map_calls, EXIT_MAP_CALLS_MAX);
        assert_int_equal(fake_calls_of("ExitBootServices"), 1);
        end(NULL);
        begin(NULL);
    }
}

/* Before the point of no return all of this is an error that can be shown. */
static void first_map_fails_with_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPEATED_FAULTS; i++) {
        begin(NULL);
        set_map_fault(UINT32_MAX, repeated_faults[i]);
        only_after_exit = false;
        assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
        assert_true(exit_first_map(firmware, &plan, &map) >> 63);
        assert_int_equal(fake_calls_of("ExitBootServices"), 0);
        end(NULL);
        begin(NULL);
    }
}

static void overrun_past_the_guard(struct fake_map_answer *answer)
{
    answer->overrun = PAGE_SIZE;
}

static void overrun_past_the_guard_gives_up_at_once(void **state)
{
    (void)state;
    set_map_fault(1, overrun_past_the_guard);
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_OVERRUN);
    assert_int_equal(last_attempt()->map_calls, 1);
}

static void bytes_left_over(struct fake_map_answer *answer)
{
    answer->size += 20;
}

/* As long as the descriptors are sound, 20 bytes behind the last are no reason not to boot. */
static void ragged_map_is_cut(void **state)
{
    (void)state;
    set_map_fault(UINT32_MAX, bytes_left_over);
    assert_true(leave());
    assert_left(2);
    assert_int_equal(last_attempt()->map_calls, EXIT_RAGGED_MAX);
    assert_true(last_attempt()->ragged);
    assert_int_equal(map.size % 48, 0);
}

static void wrong_stride(struct fake_map_answer *answer)
{
    answer->descriptor_size = 40; /* said; the map has 48 */
}

static void lay_out_at_48(struct memory_descriptor *descriptors, size_t *count)
{
    /* What 48 byte descriptors look like to one who reads 40: starts that are no pages. */
    descriptors[1].physical_start |= 0xccc;
    (void)count;
}

static void ragged_and_wrong(struct fake_map_answer *answer)
{
    wrong_stride(answer);
    answer->size = answer->size / 40 * 40 + 8;
}

static void ragged_map_of_nonsense_is_refused(void **state)
{
    (void)state;
    set_map_fault(UINT32_MAX, ragged_and_wrong);
    fake_behaviour.content = lay_out_at_48;
    assert_false(leave());
    assert_gave_up(EXIT_OUTCOME_MAP);
}

static void survives_all_legal_strides(void **state)
{
    static const uint64_t strides[] = {40, 44, 48, 56, 64, 128};

    (void)state;
    for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
        begin(NULL);
        fake_behaviour.descriptor_size = strides[i];
        set_failures(2, FAKE_INVALID_PARAMETER, grow_by_one);
        assert_true(leave());
        assert_left(3);
        assert_int_equal(map.descriptor_size, strides[i]);
        end(NULL);
        begin(NULL);
    }
}

static void change_stride(unsigned int call)
{
    static const uint64_t strides[] = {56, 40, 64, 48};

    fake_behaviour.descriptor_size = strides[call % 4];
}

static void survives_a_stride_that_changes(void **state)
{
    (void)state;
    set_failures(7, FAKE_INVALID_PARAMETER, change_stride);
    assert_true(leave());
    assert_left(8);
    assert_int_equal(map.descriptor_size, 48);
}

/* Old U-Boot writes the descriptor size only when the buffer is large enough. */
static void unset_when_too_small(struct fake_map_answer *answer)
{
    if (answer->status == FAKE_BUFFER_TOO_SMALL) {
        answer->descriptor_size = 0;
        answer->key = 0;
    }
}

static void survives_a_probe_that_sets_nothing_but_the_size(void **state)
{
    (void)state;
    fake_behaviour.map = unset_when_too_small;
    set_failures(2, FAKE_INVALID_PARAMETER, grow_by_one);
    assert_true(leave());
    assert_left(3);
    assert_true(plan.journal->settled);
}

/* --- what is in the map -------------------------------------------------------------------------
 */

static void odd_descriptors(struct memory_descriptor *descriptors, size_t *count)
{
    size_t n = *count;

    descriptors[n++] = (struct memory_descriptor){.type = 7};
    descriptors[n++] =
        (struct memory_descriptor){.type = 7, .physical_start = ~0xfffULL, .page_count = 16};
    descriptors[n++] =
        (struct memory_descriptor){.type = 7, .physical_start = 0x1000, .page_count = ~0ULL};
    descriptors[n++] = descriptors[2];
    descriptors[n++] =
        (struct memory_descriptor){.type = 6, .physical_start = FAKE_LOW + 0x3000, .page_count = 5};
    for (uint32_t type = 14; type < 20; type++)
        descriptors[n++] = (struct memory_descriptor){
            .type = type, .physical_start = 0x400000000000, .page_count = 1};
    descriptors[n++] = (struct memory_descriptor){
        .type = 0x70000001, .physical_start = 0x400000002000, .page_count = 1};
    descriptors[n++] = (struct memory_descriptor){
        .type = 0xffffffff, .physical_start = 0x400000001000, .page_count = 1};
    descriptors[0].physical_start += 1;
    *count = n;
}

static void survives_odd_descriptors_and_hands_them_over_untouched(void **state)
{
    (void)state;
    set_failures(3, FAKE_INVALID_PARAMETER, grow_by_one);
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    fake_behaviour.content = odd_descriptors;
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    assert_true(exit_boot_services(firmware, &plan, &map));
    assert_left(4);
}

static void reverse(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count / 2; i++) {
        struct memory_descriptor kept = descriptors[i];

        descriptors[i] = descriptors[*count - 1 - i];
        descriptors[*count - 1 - i] = kept;
    }
}

static void survives_unsorted_descriptors(void **state)
{
    (void)state;
    set_failures(3, FAKE_INVALID_PARAMETER, grow_by_one);
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    fake_behaviour.content = reverse;
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    assert_true(exit_boot_services(firmware, &plan, &map));
    assert_left(4);
}

/* --- settling -----------------------------------------------------------------------------------
 */

static unsigned int movements;

/* Something allocates while nobody looks: each probe finds another key. */
static void moving_key(struct fake_map_answer *answer)
{
    if (answer->probe && movements > 0) {
        movements--;
        fake_map_touch();
        answer->key = fake_key();
    }
}

static void waits_while_the_key_moves(void **state)
{
    (void)state;
    fake_behaviour.map = moving_key;
    movements = 6; /* one is exit_reserve()'s */
    assert_true(leave());
    assert_left(1);
    assert_true(plan.journal->settled);
    assert_int_equal(plan.journal->settle_calls, 6);
    assert_int_equal(fake_calls_of("Stall"), 4);
}

static void goes_on_when_the_key_never_rests(void **state)
{
    (void)state;
    fake_behaviour.map = moving_key;
    movements = UINT32_MAX;
    assert_true(leave());
    assert_left(1);
    assert_false(plan.journal->settled);
    assert_in_range(plan.journal->settle_calls, 2, 32);
}

/* Our own last line on the console moves the key: that is no reason to wait. */
static void one_movement_costs_no_time(void **state)
{
    (void)state;
    assert_int_equal(exit_reserve(firmware, &leases, HZ, &plan), 0);
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    fake_map_touch();
    assert_true(exit_boot_services(firmware, &plan, &map));
    assert_left(1);
    assert_int_equal(fake_calls_of("Stall"), 0);
}

static uint64_t probe_status;

static void probe_says_otherwise(struct fake_map_answer *answer)
{
    if (answer->probe) {
        answer->status = probe_status;
        answer->size = 0;
    }
}

static void survives_a_probe_that_answers_otherwise(void **state)
{
    static const uint64_t statuses[] = {FAKE_SUCCESS, FAKE_INVALID_PARAMETER, FAKE_UNSUPPORTED, 3};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        begin(NULL);
        probe_status = statuses[i];
        fake_behaviour.map = probe_says_otherwise;
        assert_true(leave());
        assert_left(1);
        assert_true(plan.journal->settled);
        end(NULL);
        begin(NULL);
    }
}

static void probe_size_of_2_60(struct fake_map_answer *answer)
{
    if (answer->probe)
        answer->size = 1ULL << 60;
}

static void survives_a_probe_that_asks_for_the_moon(void **state)
{
    (void)state;
    fake_behaviour.map = probe_size_of_2_60;
    assert_true(leave());
    assert_left(1);
}

/* The probe's key is a lie: the key that counts comes with a map. */
static void probe_key_lies(struct fake_map_answer *answer)
{
    if (answer->probe)
        answer->key = 0x666;
}

static void the_probes_key_is_never_used(void **state)
{
    (void)state;
    fake_behaviour.map = probe_key_lies;
    assert_true(leave());
    assert_left(1);
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
        assert_true(attempt->tsc > attempt[-1].tsc);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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
        TEST(waits_for_a_firmware_that_needs_time),
        TEST(gives_up_after_the_time_limit),
        TEST(slow_first_failure_does_not_end_it),
        TEST(unknown_clock_gets_a_generous_limit),
        TEST(survives_growth),
        TEST(growth_past_the_first_buffer_goes_to_the_reserve),
        TEST(growth_past_the_reserve_gives_up),
        TEST(map_that_outgrew_the_buffer_before_the_exit),
        TEST(survives_maps_that_fail_now_and_then),
        TEST(gives_up_on_maps_that_always_fail),
        TEST(first_map_fails_with_an_error),
        TEST(overrun_past_the_guard_gives_up_at_once),
        TEST(ragged_map_is_cut),
        TEST(ragged_map_of_nonsense_is_refused),
        TEST(survives_all_legal_strides),
        TEST(survives_a_stride_that_changes),
        TEST(survives_a_probe_that_sets_nothing_but_the_size),
        TEST(survives_odd_descriptors_and_hands_them_over_untouched),
        TEST(survives_unsorted_descriptors),
        TEST(waits_while_the_key_moves),
        TEST(goes_on_when_the_key_never_rests),
        TEST(one_movement_costs_no_time),
        TEST(survives_a_probe_that_answers_otherwise),
        TEST(survives_a_probe_that_asks_for_the_moon),
        TEST(the_probes_key_is_never_used),
        TEST(believes_the_table_more_than_the_status),
        TEST(cleans_the_system_table_when_the_firmware_did_not),
        TEST(turns_interrupts_off_when_the_firmware_did_not),
        TEST(machine_without_a_console),
        TEST(repairs_the_task_priority),
        TEST(priority_can_be_repaired_at_the_start),
        TEST(journal_tells_what_changed),
        TEST(journal_compares_with_the_attempt_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
