/* SPDX-License-Identifier: BSD-2-Clause */
/* What all tests of efi/exit.c share: a boot that leaves, a firmware whose exit fails, the verdict.
 */
#ifndef BATON_TEST_UNIT_EXIT_BENCH_H
#define BATON_TEST_UNIT_EXIT_BENCH_H

#include "efi/exit.h"

#include "core/checked.h"
#include "core/exit_policy.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HZ 1000000000ULL

static struct firmware *firmware;
static struct leases leases;
static struct exit_options options;
static struct exit_plan plan;
static struct memory_map map;

static inline int begin(void **state)
{
    (void)state;
    firmware = fake_begin();
    fake_allow_usual();
    fake_deny("GetVariable"); /* the exit has no use for runtime services */
    fake_deny("SetVariable");
    fake_deny("GetTime");
    leases = (struct leases){0};
    options = (struct exit_options){.tsc_hz = HZ};
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    if (firmware->system_table != NULL)
        lease_release_since(firmware, &leases, 0);
    fake_end();
    return 0;
}

/* Reserves, looks at a first map and leaves, as main does. */
static inline bool leave(void)
{
    assert_int_equal(exit_reserve(firmware, &leases, &options, &plan), 0);
    assert_int_equal(exit_first_map(firmware, &plan, &map), 0);
    return exit_boot_services(firmware, &plan, &map);
}

static inline const struct exit_attempt *last_attempt(void)
{
    assert_in_range(plan.journal->attempt_count, 1, EXIT_JOURNAL_ATTEMPTS);
    return &plan.journal->attempts[plan.journal->attempt_count - 1];
}

/* What the kernel is given is the map as the firmware had it when it left, bit by bit. */
static inline void assert_final_map(void)
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

static inline void assert_left(unsigned int attempts)
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

static inline void assert_gave_up(enum exit_outcome outcome)
{
    assert_false(fake_has_left());
    assert_null(firmware->system_table);
    assert_int_equal(plan.journal->outcome, outcome);
    assert_true(plan.journal->tsc_end > plan.journal->tsc_begin);
    fake_assert_exit_log(plan.primary.capacity, plan.reserve.capacity);
}

static unsigned int failures; /* how many exits fail */
static uint64_t failing_status;
static void (*on_failure)(unsigned int call);

static inline void fail_exits(struct fake_exit_answer *answer)
{
    if (answer->call > failures)
        return;
    answer->status = failing_status;
    answer->leaves = false;
    answer->signals = false;
    if (on_failure != NULL)
        on_failure(answer->call);
}

static inline void set_failures(unsigned int count, uint64_t status,
                                void (*also)(unsigned int call))
{
    failures = count;
    failing_status = status;
    on_failure = also;
    fake_behaviour.exit = fail_exits;
}

static inline void grow_by_one(unsigned int call)
{
    (void)call;
    fake_map_grow(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
