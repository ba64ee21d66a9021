/* SPDX-License-Identifier: BSD-2-Clause */
/* One GetMemoryMap into a guarded buffer. What leaving makes of it is in exit/. */
#include "efi/map_buffer.h"

#include "unit/fixture/map_buffer_fixture.h"

static struct exit_map_answer answer;

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
    assert_int_equal(map_buffer_judge(&buffer, &answer, &map), EXIT_MAP_GOOD);
    assert_ptr_equal(map.data, buffer.data);
    assert_int_equal(map.size, answer.size);
    assert_int_equal(map.key, answer.key);
    assert_int_equal(map.descriptor_size, answer.descriptor_size);
    assert_int_equal(map.descriptor_version, 1);
    map_buffer_get(firmware, &next, &answer);
    assert_int_equal(map_buffer_judge(&next, &answer, &map), EXIT_MAP_GOOD);
    assert_ptr_equal(map.data, next.data);
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

static uint64_t left_over; /* bytes */
static uint64_t off_page;  /* of each start */

static void rag(struct fake_map_answer *given)
{
    given->size += left_over;
}

static void move_off_pages(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        descriptors[i].physical_start += off_page;
}

/* Were the descriptor size a wrong one, most starts would be no page's. */
static void a_ragged_map_is_cut_or_is_none(void **state)
{
    struct memory_map whole;
    struct memory_map map;

    (void)state;
    fake_behaviour.map = rag;
    fake_behaviour.content = move_off_pages;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(map_buffer_judge(&buffer, &answer, &whole), EXIT_MAP_GOOD);
    left_over = 8;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(map_buffer_judge(&buffer, &answer, &map), EXIT_MAP_RAGGED);
    assert_int_equal(map.size, whole.size);
    off_page = 8;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(map_buffer_judge(&buffer, &answer, &map), EXIT_MAP_MALFORMED);
    /* The firmware's own stride, and nothing behind it: that is believed. */
    left_over = 0;
    map_buffer_get(firmware, &buffer, &answer);
    assert_int_equal(map_buffer_judge(&buffer, &answer, &map), EXIT_MAP_GOOD);
    off_page = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MAP_TEST(buffers_lie_side_by_side_with_a_guard_between),
        MAP_TEST(a_ragged_map_is_cut_or_is_none),
        MAP_TEST(without_a_buffer_only_the_needs_are_told),
        MAP_TEST(the_guard_is_whole_again_after_a_spill),
        MAP_TEST(a_write_over_the_whole_guard_breaks_it_for_good),
        MAP_TEST(each_word_of_the_canaries_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
