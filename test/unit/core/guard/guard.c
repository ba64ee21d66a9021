/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void no_key_is_known_before_one_was_given(void **state)
{
    struct guard_keys keys = {0};

    (void)state;
    assert_false(guard_keys_have(&keys, 0));
    guard_keys_add(&keys, 0);
    assert_true(guard_keys_have(&keys, 0));
    assert_false(guard_keys_have(&keys, 1));
}

static void the_newest_keys_are_known_and_older_ones_forgotten(void **state)
{
    struct guard_keys keys = {0};

    (void)state;
    for (uint64_t key = 1; key <= 3 * GUARD_KEYS; key++) {
        guard_keys_add(&keys, key);
        assert_true(guard_keys_have(&keys, key));
    }
    for (uint64_t key = 1; key <= 3 * GUARD_KEYS; key++)
        assert_int_equal(guard_keys_have(&keys, key), key > 2 * GUARD_KEYS);
}

/* A program that looks at the map a hundred times still has the key before. */
static void the_same_key_again_takes_no_place(void **state)
{
    struct guard_keys keys = {0};

    (void)state;
    guard_keys_add(&keys, 7);
    for (unsigned int i = 0; i < 100; i++)
        guard_keys_add(&keys, 8);
    assert_true(guard_keys_have(&keys, 7));
    assert_int_equal(keys.count, 2);
}

static void only_a_key_that_was_given_asks_the_firmware(void **state)
{
    (void)state;
    assert_int_equal(guard_exit_called(GUARD_LIVE, true), GUARD_ASK);
    assert_int_equal(guard_exit_called(GUARD_LIVE, false), GUARD_REFUSE);
}

static void nobody_is_asked_once_boot_services_are_gone(void **state)
{
    (void)state;
    assert_int_equal(guard_exit_called(GUARD_LEFT, true), GUARD_FINISH);
    assert_int_equal(guard_exit_called(GUARD_GONE, true), GUARD_FINISH);
    assert_int_equal(guard_exit_called(GUARD_GONE, false), GUARD_FINISH);
}

/* It would go on with the map that it has, which is wrong. */
static void who_has_not_looked_again_is_refused(void **state)
{
    (void)state;
    assert_int_equal(guard_exit_called(GUARD_LEFT, false), GUARD_REFUSE);
}

static void the_program_is_told_the_truth_where_its_map_is_good(void **state)
{
    enum guard_state now = GUARD_LIVE;

    (void)state;
    assert_int_equal(guard_left(true, false, &now), STATUS_SUCCESS);
    assert_int_equal(now, GUARD_GONE);
    now = GUARD_LIVE;
    assert_int_equal(guard_left(false, true, &now), STATUS_SUCCESS);
    assert_int_equal(now, GUARD_GONE);
    assert_int_equal(guard_left(false, false, &now), STATUS_INVALID_PARAMETER);
    assert_int_equal(now, GUARD_LEFT);
}

static void size_has_room_for_descriptors_to_come(void **state)
{
    (void)state;
    assert_int_equal(guard_size_to_ask_for(4800, 48), 4800 + 512 * 48);
    assert_int_equal(guard_size_to_ask_for(0, 40), 512 * 40);
}

static void size_survives_what_firmware_says(void **state)
{
    (void)state;
    assert_int_equal(guard_size_to_ask_for(100, 0), 100 + 512 * 80);
    assert_int_equal(guard_size_to_ask_for(100, 39), 100 + 512 * 80);
    assert_int_equal(guard_size_to_ask_for(100, UINT64_MAX), 100 + 512 * 80);
    assert_int_equal(guard_size_to_ask_for(UINT64_MAX - 5, 48), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest guard[] = {
        cmocka_unit_test(no_key_is_known_before_one_was_given),
        cmocka_unit_test(the_newest_keys_are_known_and_older_ones_forgotten),
        cmocka_unit_test(the_same_key_again_takes_no_place),
        cmocka_unit_test(only_a_key_that_was_given_asks_the_firmware),
        cmocka_unit_test(nobody_is_asked_once_boot_services_are_gone),
        cmocka_unit_test(who_has_not_looked_again_is_refused),
        cmocka_unit_test(the_program_is_told_the_truth_where_its_map_is_good),
        cmocka_unit_test(size_has_room_for_descriptors_to_come),
        cmocka_unit_test(size_survives_what_firmware_says),
    };

    return cmocka_run_group_tests(guard, NULL, NULL);
}
