/* SPDX-License-Identifier: BSD-2-Clause */
/* One GetMemoryMap, judged and journalled. What leaving makes of the answers is in exit_maps.c. */
#include "efi/exit/exit_map.h"

#include "unit/fixture/map_buffer_fixture.h"

static struct exit_attempt attempt;
static struct memory_map map;

static void the_numbers_are_in_the_journal(void **state)
{
    (void)state;
    attempt = (struct exit_attempt){0};
    assert_int_equal(exit_map_take(firmware, &buffer, &attempt, &map), EXIT_MAP_GOOD);
    assert_ptr_equal(map.data, buffer.data);
    assert_int_equal(exit_map_take(firmware, &buffer, &attempt, &map), EXIT_MAP_GOOD);
    assert_int_equal(attempt.map_calls, 2);
    assert_int_equal(attempt.map_status, 0);
    assert_int_equal(attempt.key, fake_key());
    assert_int_equal(attempt.map_size, map.size);
    assert_int_equal(attempt.descriptor_size, map.descriptor_size);
    assert_false(attempt.ragged);
}

static void the_guard_is_whole_again_after_a_spill(void **state)
{
    (void)state;
    fake_behaviour.map = spill;
    spilled = 8;
    assert_int_equal(exit_map_take(firmware, &buffer, &attempt, &map), EXIT_MAP_SPILLED);
    spilled = 0;
    assert_int_equal(exit_map_take(firmware, &buffer, &attempt, &map), EXIT_MAP_GOOD);
}

static void a_write_over_the_whole_guard_is_an_overrun(void **state)
{
    (void)state;
    fake_behaviour.map = spill;
    spilled = MAP_BUFFER_GUARD;
    assert_int_equal(exit_map_take(firmware, &buffer, &attempt, &map), EXIT_MAP_OVERRUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MAP_TEST(the_numbers_are_in_the_journal),
        MAP_TEST(the_guard_is_whole_again_after_a_spill),
        MAP_TEST(a_write_over_the_whole_guard_is_an_overrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
