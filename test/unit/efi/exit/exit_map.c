/* SPDX-License-Identifier: BSD-2-Clause */
/* One GetMemoryMap, judged and journalled. What leaving makes of the answers is in exit_maps.c. */
#include "efi/exit/exit_map.h"

#include "efi/lease.h"
#include "efi/pages.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CAPACITY 0x4000ULL

static struct firmware *firmware;
static struct exit_attempt attempt;
static struct memory_map map;
static struct map_buffer buffer;
static uint64_t address;

static int begin(void **state)
{
    const struct page_request request = {.count = 2 * (CAPACITY / PAGE_SIZE + 1),
                                         .type = MEMORY_LOADER_DATA};

    (void)state;
    firmware = fake_begin();
    fake_allow_usual();
    firmware->leases = (struct leases){0};
    attempt = (struct exit_attempt){0};
    assert_int_equal(pages_allocate(firmware, &request, &address), 0);
    buffer = map_buffer_take(&address, CAPACITY);
    return 0;
}

static int end(void **state)
{
    (void)state;
    lease_release_since(firmware, 0);
    fake_end();
    return 0;
}

static uint64_t spilled;

static void spill(struct fake_map_answer *answer)
{
    answer->overrun = spilled;
}

static void the_numbers_are_in_the_journal(void **state)
{
    (void)state;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_numbers_are_in_the_journal),
        TEST(the_guard_is_whole_again_after_a_spill),
        TEST(a_write_over_the_whole_guard_is_an_overrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
