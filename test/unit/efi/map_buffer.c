/* SPDX-License-Identifier: BSD-2-Clause */
/* One GetMemoryMap into a guarded buffer. What leaving makes of it is in exit/. */
#include "efi/map_buffer.h"

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
static struct exit_map_answer answer;
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

static void spill(struct fake_map_answer *given)
{
    given->overrun = spilled;
}

static void buffers_lie_side_by_side_with_a_guard_between(void **state)
{
    const struct map_buffer next = map_buffer_take(&address, CAPACITY);
    struct memory_map map;

    (void)state;
    assert_ptr_equal(next.data, buffer.data + CAPACITY + MAP_BUFFER_GUARD);
    assert_int_equal(buffer.capacity, CAPACITY);
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.capacity, CAPACITY);
    assert_int_equal(answer.key, fake_key());
    assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
    map = map_buffer_map(&buffer, &answer);
    assert_ptr_equal(map.data, buffer.data);
    assert_int_equal(map.size, answer.size);
    assert_int_equal(map.key, answer.key);
    assert_int_equal(map.descriptor_size, answer.descriptor_size);
    assert_int_equal(map.descriptor_version, 1);
    map_buffer_get(firmware, &next, &answer);
    assert_ptr_equal(map_buffer_map(&next, &answer).data, next.data);
}

static void without_a_buffer_only_the_needs_are_told(void **state)
{
    (void)state;
    map_buffer_get(firmware, &MAP_BUFFER_NONE, &answer);
    assert_int_equal(answer.status, FAKE_ERROR(5)); /* EFI_BUFFER_TOO_SMALL */
    assert_int_equal(answer.capacity, 0);
    assert_true(answer.size > 0);
    assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
}

static void the_guard_is_whole_again_after_a_spill(void **state)
{
    (void)state;
    fake_behaviour.map = spill;
    spilled = 8;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_SPILLED);
    spilled = 0;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
}

static void a_write_over_the_whole_guard_breaks_it_for_good(void **state)
{
    (void)state;
    fake_behaviour.map = spill;
    spilled = MAP_BUFFER_GUARD;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_BROKEN);
    spilled = 0;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_BROKEN);
}

static uint64_t broken_at; /* offset in the guard */

static void write_one_byte(struct fake_map_answer *given)
{
    (void)given;
    buffer.data[CAPACITY + broken_at] ^= 1;
}

/* Eight words at each end are looked at, each of them; what lies between is not. */
static void each_word_of_the_canaries_counts(void **state)
{
    (void)state;
    fake_behaviour.map = write_one_byte;
    for (uint64_t word = 0; word < 8; word++) {
        broken_at = word * 8 + 3;
        map_buffer_get(firmware, &buffer, &answer);
        assert_int_equal(answer.guard, EXIT_GUARD_SPILLED);
        broken_at = MAP_BUFFER_GUARD - 64 + word * 8 + 5;
        map_buffer_get(firmware, &buffer, &answer);
        assert_int_equal(answer.guard, EXIT_GUARD_BROKEN);
        map_buffer_get(firmware, &buffer, &answer); /* the same byte once more: it is right again */
        assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
    }
    broken_at = 64;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
    broken_at = MAP_BUFFER_GUARD - 65;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(answer.guard, EXIT_GUARD_WHOLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(buffers_lie_side_by_side_with_a_guard_between),
        TEST(without_a_buffer_only_the_needs_are_told),
        TEST(the_guard_is_whole_again_after_a_spill),
        TEST(a_write_over_the_whole_guard_breaks_it_for_good),
        TEST(each_word_of_the_canaries_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
