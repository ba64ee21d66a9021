/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving boot services (efi/exit/exit.c) when it is GetMemoryMap or the map that misbehaves. */
#include "unit/fixture/exit_fixture.h"

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
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    fake_map_grow(1000);
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
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
        assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
        assert_true(exit_look(firmware, &plan, &map) >> 63);
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
    assert_true(plan.primary.capacity >= plan.journal->map_required + 128 * 48);
}

static unsigned int full_map_movements;

static void unset_and_moving(struct fake_map_answer *answer)
{
    unset_when_too_small(answer);
    if (answer->status == FAKE_SUCCESS && full_map_movements > 0) {
        full_map_movements--;
        fake_map_touch();
        answer->key = fake_key();
    }
}

/* A probe without a key tells nothing: then whole maps are compared. */
static void whole_maps_tell_when_the_probe_does_not(void **state)
{
    (void)state;
    fake_behaviour.map = unset_and_moving;
    full_map_movements = 5;
    assert_true(leave());
    assert_left(1);
    assert_true(plan.journal->settled);
    assert_int_equal(plan.journal->settle_calls, 5);
    assert_int_equal(fake_calls_of("Stall"), 3);
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
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    fake_behaviour.content = odd_descriptors;
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
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
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    fake_behaviour.content = reverse;
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
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
    assert_int_equal(exit_reserve(firmware, &options, &plan), 0);
    assert_int_equal(exit_look(firmware, &plan, &map), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        TEST(whole_maps_tell_when_the_probe_does_not),
        TEST(survives_odd_descriptors_and_hands_them_over_untouched),
        TEST(survives_unsorted_descriptors),
        TEST(waits_while_the_key_moves),
        TEST(goes_on_when_the_key_never_rests),
        TEST(one_movement_costs_no_time),
        TEST(survives_a_probe_that_answers_otherwise),
        TEST(survives_a_probe_that_asks_for_the_moon),
        TEST(the_probes_key_is_never_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
