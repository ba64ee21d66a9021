/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard's two services: what a program gets, what the firmware sees, who else may hook. */
#include "unit/fixture/guard_fixture.h"

#include "efi/exit/exit_record.h"

/* --- on and off --------------------------------------------------------------------------------
 */

static void table_is_hooked_and_sealed_and_then_as_it_was(void **state)
{
    EFI_BOOT_SERVICES before = fake_boot_services;

    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_true(fake_boot_services.GetMemoryMap != before.GetMemoryMap);
    assert_true(fake_boot_services.ExitBootServices != before.ExitBootServices);
    assert_true(table_is_sound());
    guard_check(); /* the program has come back: nothing to say */
    guard_end();
    assert_memory_equal(&fake_boot_services, &before, sizeof(before));
}

static void without_memory_nothing_is_changed(void **state)
{
    EFI_BOOT_SERVICES before = fake_boot_services;

    (void)state;
    for (unsigned int n = 1; n <= 2; n++) {
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        assert_int_equal(guard_begin(firmware, &options), FAKE_OUT_OF_RESOURCES);
        assert_memory_equal(&fake_boot_services, &before, sizeof(before));
    }
    guard_check();
}

static void memory_is_of_the_kind_that_was_asked_for(void **state)
{
    struct memory_map map;
    size_t found = 0;

    (void)state;
    options.exit.type = MEMORY_BOOT_SERVICES_DATA;
    assert_int_equal(guard_begin(firmware, &options), 0);
    map = fake_map();
    for (size_t i = 0; i < memory_map_count(&map); i++) {
        struct memory_descriptor descriptor = memory_map_at(&map, i);

        assert_int_not_equal(descriptor.type, MEMORY_LOADER_DATA);
        found += descriptor.type == MEMORY_BOOT_SERVICES_DATA && descriptor.page_count > 512;
    }
    assert_true(found >= 1);
    guard_end();
}

/* --- a healthy firmware ------------------------------------------------------------------------
 */

static void exit_that_succeeds_is_one_call(void **state)
{
    (void)state;
    options.debug = true;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_same_map(&got);
    assert_int_equal(fake_calls_of("ExitBootServices"), 1);
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "ExitBootServices") == 0) {
            assert_ptr_equal(fake_call_at(i)->a, PROGRAM);
            assert_int_equal(fake_call_at(i)->b, got.key);
            assert_string_equal(fake_call_at(i - 1)->service, "GetMemoryMap");
        }
    assert_non_null(strstr(fake_uart_text(), "baton: left boot services; 1 attempt in "));
}

static void firmware_that_cleans_nothing_is_cleaned_up_after(void **state)
{
    (void)state;
    fake_behaviour.leaving_cleans_table = false;
    fake_behaviour.leaving_clears_services = false;
    fake_behaviour.leaving_stops_interrupts = false;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_string_equal(fake_uart_text(), ""); /* nobody has asked for a word */
}

static void map_is_the_firmwares_whatever_its_descriptors(void **state)
{
    static const uint64_t sizes[] = {40, 48, 56, 64};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        begin(state);
        fake_behaviour.descriptor_size = sizes[i];
        assert_int_equal(guard_begin(firmware, &options), 0);
        assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
        assert_int_equal(got.descriptor_size, sizes[i]);
        assert_int_equal(got.descriptor_version, 1);
        assert_int_equal(got.key, fake_key());
        assert_same_map(&got);
        guard_end();
        end(state);
    }
    begin(state);
}

static void size_that_is_asked_for_has_room(void **state)
{
    UINTN needed;

    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(0), EFI_BUFFER_TOO_SMALL);
    needed = fake_map().size / 40 * 48 + 336;
    assert_int_equal(got_size, needed + GUARD_ROOM * 48);
    assert_int_equal(get_map(48), EFI_BUFFER_TOO_SMALL);
    assert_int_equal(got_size, needed - 336 + GUARD_ROOM * 48);
    assert_int_equal(got.descriptor_size, 48);
    assert_int_equal(got.key, fake_key());
    assert_int_equal(get_map(needed - 336), EFI_SUCCESS);
    assert_int_equal(get_map(needed - 337), EFI_BUFFER_TOO_SMALL);
    guard_end();
}

/* The reference's own words for what is missing: NULL where the specification does not allow it. */
static void callers_may_want_less(void **state)
{
    UINTN size = sizeof(buffer);

    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(
        services()->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)(void *)buffer, NULL, NULL, NULL),
        EFI_SUCCESS);
    assert_int_equal(size, fake_map().size / 40 * 48);
    guard_end();
}

/* --- a firmware that answers oddly -------------------------------------------------------------
 */

static unsigned int odd_answers;

static void too_small(struct fake_map_answer *answer)
{
    if (answer->probe || odd_answers == 0)
        return;
    odd_answers--;
    answer->status = EFI_BUFFER_TOO_SMALL;
    answer->size = answer->capacity + 48;
}

static void firmware_that_asks_for_more_and_more_is_asked_again(void **state)
{
    (void)state;
    odd_answers = 9;
    fake_behaviour.map = too_small;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_same_map(&got);
    assert_int_equal(odd_answers, 0);
    odd_answers = UINT32_MAX;
    assert_int_equal(get_map(sizeof(buffer)), EFI_BUFFER_TOO_SMALL); /* what else */
    guard_end();
}

static uint64_t probe_status;

static void odd_probe(struct fake_map_answer *answer)
{
    if (!answer->probe)
        return;
    if (probe_status == EFI_ABORTED) { /* only the descriptor size is not written */
        answer->descriptor_size = 0;
        return;
    }
    answer->status = probe_status;
    answer->size = probe_status == EFI_BUFFER_TOO_SMALL ? 0 : answer->size;
    answer->key = 0;
    answer->descriptor_size = 0;
}

static void odd_answer_to_a_probe_is_put_right(void **state)
{
    static const uint64_t statuses[] = {EFI_SUCCESS, EFI_INVALID_PARAMETER, EFI_BUFFER_TOO_SMALL,
                                        EFI_ABORTED};

    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    fake_behaviour.map = odd_probe;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        probe_status = statuses[i];
        assert_int_equal(get_map(0), EFI_BUFFER_TOO_SMALL);
        assert_int_equal(got_size, fake_map().size / 40 * 48 + GUARD_ROOM * 48);
        assert_int_equal(got.key, fake_key());
        assert_int_equal(got.descriptor_size, 48);
    }
    guard_end();
}

/* --- refusals ----------------------------------------------------------------------------------
 */

static void refusal_that_changes_nothing_is_never_seen(void **state)
{
    (void)state;
    set_failures(3, FAKE_NOT_READY, NULL);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_same_map(&got);
    assert_int_equal(fake_calls_of("ExitBootServices"), 4);
}

/* Free memory is in other hands: the program may use it all the same. */
static void take_general_memory(unsigned int call)
{
    fake_memory_set(FAKE_LOW + call * 0x2000, 1, MEMORY_BOOT_SERVICES_DATA);
    fake_map_touch();
}

static void refusal_that_changes_nothing_that_counts_is_never_seen(void **state)
{
    (void)state;
    set_failures(2, FAKE_INVALID_PARAMETER, take_general_memory);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_int_equal(fake_calls_of("ExitBootServices"), 3);
    assert_true(memory_map_count(&got) < fake_map().size / 40);
}

static void other_refusals_become_the_one_that_all_programs_know(void **state)
{
    (void)state;
    set_failures(5, FAKE_DEVICE_ERROR, take_memory);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_INVALID_PARAMETER);
    assert_int_equal(fake_calls_of("ExitBootServices"), 6);
    assert_true(fake_has_left());
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_same_map(&got);
    assert_int_equal(got.key, fake_key());
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS); /* as often as it likes */
    assert_same_map(&got);
    assert_int_equal(leave_with(got.key), EFI_SUCCESS);
    assert_gone();
    assert_int_equal(fake_calls_of("ExitBootServices"), 6);
}

/* A program that only repeats the call would go on with a map that is wrong. */
static void who_does_not_look_again_is_not_let_go(void **state)
{
    uint64_t old;

    (void)state;
    leave_unknown();
    old = got.key;
    assert_int_equal(leave_with(old), EFI_INVALID_PARAMETER);
    assert_int_equal(get_map(0), EFI_BUFFER_TOO_SMALL); /* that is not the map, either */
    assert_int_equal(leave_with(got.key), EFI_INVALID_PARAMETER);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_int_equal(leave_with(old), EFI_INVALID_PARAMETER);
    assert_int_equal(leave_with(got.key), EFI_SUCCESS);
    assert_gone();
}

static void loop_keeps_the_rules_of_the_exit(void **state)
{
    (void)state;
    leave_unknown();
    for (size_t i = 0, exits = 0; i < fake_call_count(); i++) {
        const char *service = fake_call_at(i)->service;

        if (exits != 0 && strcmp(service, "ExitBootServices") != 0)
            assert_string_equal(service, "GetMemoryMap");
        exits += strcmp(service, "ExitBootServices") == 0;
        if (exits > 1 && strcmp(service, "ExitBootServices") == 0) {
            assert_string_equal(fake_call_at(i - 1)->service, "GetMemoryMap");
            assert_int_equal(fake_call_at(i - 1)->c, fake_call_at(i)->b);
        }
    }
}

static void leave_unsaid(struct fake_exit_answer *answer)
{
    answer->status = FAKE_DEVICE_ERROR;
}

static void success_that_says_error_is_success(void **state)
{
    (void)state;
    fake_behaviour.exit = leave_unsaid;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_int_equal(fake_calls_of("ExitBootServices"), 1);
}

static void old_key_is_a_mistake_that_is_mended(void **state)
{
    uint64_t old;

    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    old = got.key;
    fake_map_grow(2);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    /* It has the new map, but whether it goes by that nobody knows. */
    assert_int_equal(leave_with(old), EFI_INVALID_PARAMETER);
    assert_true(fake_has_left());
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_same_map(&got);
    assert_gone();
}

static void wrong_key_on_purpose_is_refused_and_nobody_called(void **state)
{
    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave_with(0), EFI_INVALID_PARAMETER);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_int_equal(leave_with(got.key + 1), EFI_INVALID_PARAMETER);
    assert_int_equal(fake_calls_of("ExitBootServices"), 0);
    assert_true(services()->Stall(1) == EFI_SUCCESS); /* the firmware is alive */
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
}

/* The map that was looked at last did not fit: what the program has is another one. */
static void map_that_was_not_handed_out_is_not_the_programs(void **state)
{
    uint64_t key;

    (void)state;
    set_failures(1, FAKE_INVALID_PARAMETER, NULL);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    key = got.key;
    fake_map_grow(2);
    assert_int_equal(get_map(100), EFI_BUFFER_TOO_SMALL);
    assert_int_not_equal(got.key, key);
    assert_int_equal(leave_with(got.key), EFI_INVALID_PARAMETER);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_same_map(&got);
}

static void take_both(unsigned int call)
{
    take_general_memory(call);
    fake_map_add(MEMORY_RESERVED, 0x400000000000ULL + call * 0x1000, 1);
}

static void accepted_map_is_cut_to_the_room_that_the_program_has(void **state)
{
    UINTN whole;

    (void)state;
    set_failures(4, FAKE_INVALID_PARAMETER, take_both);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(leave(), EFI_INVALID_PARAMETER);
    whole = fake_map().size / 40 * 48;
    assert_int_equal(get_map(whole - 48), EFI_SUCCESS);
    assert_int_equal(got.size, whole - 48);
    assert_int_equal(got.key, fake_key());
    assert_int_equal(get_map(whole), EFI_SUCCESS); /* the whole is still there */
    assert_same_map(&got);
    assert_int_equal(get_map(48), EFI_BUFFER_TOO_SMALL); /* that much cannot be merged */
    assert_int_equal(got_size, whole + GUARD_ROOM * 48);
    assert_int_equal(get_map(0), EFI_BUFFER_TOO_SMALL);
    assert_int_equal(leave_with(got.key), EFI_SUCCESS);
    assert_gone();
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void do_leave(void *context)
{
    (void)context;
    (void)leave();
}

static const char *record(void)
{
    uint32_t attributes;
    size_t size;
    const char *text = fake_variable(fake_vendor_baton, "BatonExitRecord", &attributes, &size);

    assert_non_null(text);
    return text;
}

static void firmware_that_never_lets_go_ends_in_a_reset(void **state)
{
    (void)state;
    fake_allow("ResetSystem");
    set_failures(UINT32_MAX, FAKE_INVALID_PARAMETER, NULL);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(fake_run(do_leave, NULL), FAKE_RESET);
    assert_int_equal(fake_calls_of("ExitBootServices"), 64);
    assert_non_null(strstr(fake_uart_text(), "the firmware did not let go"));
    assert_non_null(strstr(record(), "entry: program.conf"));
    assert_non_null(strstr(record(), "64 attempts"));
}

static void do_check(void *context)
{
    (void)context;
    guard_check();
}

static void do_end(void *context)
{
    (void)context;
    guard_end();
}

static void program_that_comes_back_too_late_ends_in_a_reset(void **state)
{
    void (*const ways[])(void *) = {do_check, do_end};

    for (size_t i = 0; i < 4; i++) {
        begin(state);
        fake_allow("ResetSystem");
        leave_unknown();
        if (i >= 2) /* or later still */
            assert_int_equal(leave(), EFI_SUCCESS);
        assert_int_equal(fake_run(ways[i % 2], NULL), FAKE_RESET);
        assert_non_null(strstr(fake_uart_text(), "the program came back"));
        assert_non_null(strstr(record(), "but the program did not go on"));
        end(state);
    }
    begin(state);
}

static void means_can_come_later(void **state)
{
    struct give_up_means later = options.means;

    (void)state;
    later.entry_name = "another";
    fake_allow("ResetSystem");
    leave_unknown();
    guard_means(&later);
    assert_int_equal(fake_run(do_check, NULL), FAKE_RESET);
    assert_non_null(strstr(record(), "entry: another"));
}

int main(void)
{
    const struct CMUnitTest guard[] = {
        TEST(table_is_hooked_and_sealed_and_then_as_it_was),
        TEST(without_memory_nothing_is_changed),
        TEST(memory_is_of_the_kind_that_was_asked_for),
        TEST(exit_that_succeeds_is_one_call),
        TEST(firmware_that_cleans_nothing_is_cleaned_up_after),
        TEST(map_is_the_firmwares_whatever_its_descriptors),
        TEST(size_that_is_asked_for_has_room),
        TEST(callers_may_want_less),
        TEST(firmware_that_asks_for_more_and_more_is_asked_again),
        TEST(odd_answer_to_a_probe_is_put_right),
        TEST(refusal_that_changes_nothing_is_never_seen),
        TEST(refusal_that_changes_nothing_that_counts_is_never_seen),
        TEST(other_refusals_become_the_one_that_all_programs_know),
        TEST(who_does_not_look_again_is_not_let_go),
        TEST(loop_keeps_the_rules_of_the_exit),
        TEST(success_that_says_error_is_success),
        TEST(old_key_is_a_mistake_that_is_mended),
        TEST(wrong_key_on_purpose_is_refused_and_nobody_called),
        TEST(map_that_was_not_handed_out_is_not_the_programs),
        TEST(accepted_map_is_cut_to_the_room_that_the_program_has),
        TEST(firmware_that_never_lets_go_ends_in_a_reset),
        TEST(program_that_comes_back_too_late_ends_in_a_reset),
        TEST(means_can_come_later),
    };

    return cmocka_run_group_tests(guard, NULL, NULL);
}
