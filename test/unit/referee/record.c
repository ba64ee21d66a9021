/* SPDX-License-Identifier: BSD-2-Clause */
/* What the referee (test/referee) makes of loaders and firmware that no test has a specimen of. */
#include "unit/fixture/exact.h"

#include "referee/record.c"

#define TOO_SMALL (1ULL << 63 | 5)
#define NOT_READY (1ULL << 63 | 6)

static struct record record;

static struct look good(uint64_t key)
{
    return (struct look){.key = key, .capacity = 4800, .used = 96, .required = 4000, .stride = 48};
}

static int begin(void **state)
{
    static const uint8_t map[96];
    struct look look = good(7);

    (void)state;
    record_reset(&record);
    record_look(&record, &look, map);
    return 0;
}

static void a_key_of_the_last_look_is_fresh(void **state)
{
    (void)state;
    record_attempt(&record, 7, 4, 0);
    record_outcome(&record, 0, 0, false);
    assert_int_equal(record.stale, 0);
    assert_int_equal(record.wrong_tpl, 0);
    assert_true(record.left);
}

static void a_key_from_elsewhere_is_stale(void **state)
{
    (void)state;
    record_attempt(&record, 8, 4, 0);
    assert_int_equal(record.stale, 1);
}

static void a_key_is_stale_when_a_look_has_failed_since(void **state)
{
    struct look failed = {.status = TOO_SMALL, .capacity = 96, .used = 4000};

    (void)state;
    record_look(&record, &failed, NULL);
    record_attempt(&record, 7, 4, 0);
    assert_int_equal(record.stale, 1);
}

static void a_key_without_any_look_is_stale(void **state)
{
    (void)state;
    record_reset(&record);
    record_attempt(&record, 0, 4, 0);
    assert_int_equal(record.stale, 1);
}

static void another_priority_is_noticed(void **state)
{
    (void)state;
    record_attempt(&record, 7, 8, 0);
    assert_int_equal(record.wrong_tpl, 1);
}

static void what_was_asked_for_last_is_remembered(void **state)
{
    struct look probe = {.status = TOO_SMALL, .used = 4000};
    struct look look = good(9);
    static const uint8_t map[96];

    (void)state;
    record_look(&record, &probe, NULL);
    record_look(&record, &look, map);
    assert_int_equal(record.look.told, 4000);
}

static void a_map_larger_than_its_buffer_is_not_read(void **state)
{
    static const uint8_t map[96];
    struct look look = good(8);

    (void)state;
    look.used = look.capacity + 48; /* reading that much is seen by the sanitizer */
    record_look(&record, &look, map);
    assert_int_equal(record.map.size, 0);
    assert_int_equal(record.look.key, 8);
}

static void too_little_room_counts_after_the_first_attempt(void **state)
{
    struct look probe = {.status = TOO_SMALL, .used = 4000};
    struct look failed = {.status = TOO_SMALL, .capacity = 96, .used = 4000};

    (void)state;
    record_look(&record, &failed, NULL);
    assert_int_equal(record.too_small, 0);
    record_attempt(&record, 7, 4, 0);
    record_look(&record, &probe, NULL);
    assert_int_equal(record.too_small, 0);
    record_look(&record, &failed, NULL);
    assert_int_equal(record.too_small, 1);
}

static void a_refusal_of_a_key_that_holds_is_the_firmwares_fault(void **state)
{
    (void)state;
    record_attempt(&record, 7, 4, 0);
    record_outcome(&record, INVALID_PARAMETER, 7, false);
    assert_int_equal(record.unfounded, 1);
    assert_int_equal(record.odd, 0);
    record_attempt(&record, 7, 4, 0);
    record_outcome(&record, INVALID_PARAMETER, 8, false);
    assert_int_equal(record.unfounded, 1);
    record_attempt(&record, 6, 4, 0);
    record_outcome(&record, NOT_READY, 6, false);
    assert_int_equal(record.unfounded, 1);
    assert_int_equal(record.odd, 1);
}

static void calls_count_between_only_when_an_exit_follows(void **state)
{
    static const uint8_t map[96];
    struct look look = good(8);

    (void)state;
    record_call(&record.gap, 3, map, 0);
    record_look(&record, &look, map);
    record_attempt(&record, 8, 4, 0);
    assert_int_equal(record.between.count, 0);
    record_call(&record.gap, 3, map, 0);
    record_call(&record.gap, 3, map, 0);
    record_attempt(&record, 8, 4, 0);
    assert_int_equal(record.between.count, 1);
    assert_int_equal(record.between.calls[0].count, 2);
}

static void without_a_group_before_every_handler_is_an_exit_handler(void **state)
{
    (void)state;
    record_attempt(&record, 7, 4, 0);
    record_call(&record.handlers, 3, &record, 1)->early = true;
    record_outcome(&record, INVALID_PARAMETER, 8, true);
    record_attempt(&record, 8, 4, 0);
    record_call(&record.handlers, 3, &record, 2)->early = true;
    record_outcome(&record, 0, 0, false);
    assert_true(record.handlers.calls[0].early);
    assert_false(record.handlers.calls[1].early);
}

static void a_list_that_is_full_counts_what_it_drops(void **state)
{
    static const char places[RECORD_CALLS_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(places); i++)
        (void)record_call(&record.after, 1, &places[i], 0);
    assert_int_equal(record.after.count, RECORD_CALLS_MAX);
    assert_int_equal(record.after.dropped, 2);
}

static void put(struct memory *memory, uint32_t type, uint64_t start, uint64_t pages)
{
    struct descriptor descriptor = {.type = type, .start = start, .pages = pages};

    memory->stride = 48;
    memcpy(memory->data + memory->size, &descriptor, sizeof(descriptor));
    memory->size += memory->stride;
}

static void maps_that_only_split_or_merge_are_the_same(void **state)
{
    (void)state;
    record_reset(&record);
    put(&record.map, 4, 0x1000, 8);
    put(&record.map, 7, 0x9000, 2);
    put(&record.map, 7, 0xb000, 2);
    put(&record.truth, 7, 0x9000, 4);
    put(&record.truth, 4, 0x5000, 4);
    put(&record.truth, 4, 0x1000, 4);
    record_compare(&record);
    assert_int_equal(record.change_count, 0);
}

static void what_has_changed_is_found_inside_a_range(void **state)
{
    (void)state;
    record_reset(&record);
    put(&record.map, 4, 0x1000, 8);
    put(&record.truth, 4, 0x1000, 2);
    put(&record.truth, 7, 0x3000, 1);
    put(&record.truth, 4, 0x5000, 4);
    record_compare(&record);
    assert_int_equal(record.change_count, 2);
    assert_memory_equal(&record.changes[0], (&(struct change){0x3000, 1, 4, 7}),
                        sizeof(struct change));
    assert_memory_equal(&record.changes[1], (&(struct change){0x4000, 1, 4, UINT32_MAX}),
                        sizeof(struct change));
}

static void a_map_that_says_nothing_is_not_compared(void **state)
{
    (void)state;
    record_reset(&record);
    put(&record.map, 4, 0x1000, 8);
    put(&record.truth, 7, 0x1000, 8);
    record.truth.stride = 0;
    record_compare(&record);
    assert_int_equal(record.change_count, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_of_the_last_look_is_fresh),
        TEST(a_key_from_elsewhere_is_stale),
        TEST(a_key_is_stale_when_a_look_has_failed_since),
        TEST(a_key_without_any_look_is_stale),
        TEST(another_priority_is_noticed),
        TEST(what_was_asked_for_last_is_remembered),
        TEST(a_map_larger_than_its_buffer_is_not_read),
        TEST(too_little_room_counts_after_the_first_attempt),
        TEST(a_refusal_of_a_key_that_holds_is_the_firmwares_fault),
        TEST(calls_count_between_only_when_an_exit_follows),
        TEST(without_a_group_before_every_handler_is_an_exit_handler),
        TEST(a_list_that_is_full_counts_what_it_drops),
        TEST(maps_that_only_split_or_merge_are_the_same),
        TEST(what_has_changed_is_found_inside_a_range),
        TEST(a_map_that_says_nothing_is_not_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
