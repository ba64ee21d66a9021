/* SPDX-License-Identifier: BSD-2-Clause */
/* The last ways to a new start: PSCI, called where it is (Arm DEN0022, 5.2), by this processor, by
 * its timer, by another processor. */
#include "arch/arch.h"

#include "fake/arm/board.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define EL3_IS_THERE 0x1000ULL
#define HZ           62500000ULL
#define BY_SMC       (1ULL << 63)
#define BOTH_TIMERS  (1U << 27 | 1U << 28)
#define NUMBER       0x0180020304ULL /* affinities 1, 2, 3, 4; and a bit that is always set */

static struct board board;

static void reset(void *context)
{
    (void)context;
    arch_reset(1000, &board);
}

static int begin(void **state)
{
    (void)state;
    (void)fake_begin();
    board = (struct board){0};
    fake_board = (struct fake_board){.exception_level = 1, .processor = NUMBER};
    return 0;
}

static void assert_reset_by(unsigned int level, uint64_t features, bool by_smc)
{
    fake_board = (struct fake_board){.exception_level = level, .features = features};
    assert_int_equal(fake_run(reset, NULL), FAKE_RESET);
    assert_int_equal(fake_board.psci_function, 0x84000009);
    assert_int_equal(fake_board.psci_by_smc, by_smc);
}

static void a_reset_is_asked_of_what_is_below(void **state)
{
    (void)state;
    assert_reset_by(1, 0, false);           /* a hypervisor, and nothing else */
    assert_reset_by(2, 0, true);            /* QEMU's virtualization=on answers SMC */
    assert_reset_by(1, EL3_IS_THERE, true); /* a secure monitor */
}

static void what_a_table_says_counts_more(void **state)
{
    (void)state;
    board.psci = PSCI_HVC;
    assert_reset_by(2, EL3_IS_THERE, false);
    board.psci = PSCI_SMC;
    assert_reset_by(1, 0, true);
}

static void a_reset_that_is_refused_halts_the_machine(void **state)
{
    (void)state;
    fake_board.psci_refuses = true;
    assert_int_equal(fake_run(reset, NULL), FAKE_HALTED);
}

static void another_processor_waits_in_place_of_this_one(void **state)
{
    (void)state;
    fake_board.other = 0x0100020305; /* the next in the same group */
    board.psci = PSCI_SMC;
    arch_alarm(HZ, 15, &board, NULL);
    assert_int_equal(fake_board.other_begins, 15 * HZ | BY_SMC);
    assert_int_equal(fake_board.asked, 1);
    assert_int_equal(fake_board.reset_after, 0); /* no interrupt controller is known */
    board.psci = PSCI_HVC;
    fake_board.other = 0x0100020004; /* in another one */
    arch_alarm(HZ, 15, &board, NULL);
    assert_int_equal(fake_board.other_begins, 15 * HZ);
    assert_true(fake_board.psci_by_smc == false);
}

static void a_machine_with_one_processor_is_asked_for_so_many_only(void **state)
{
    (void)state;
    arch_alarm(0, 1, &board, NULL);
    assert_int_equal(fake_board.asked, 0xfff);
    assert_int_equal(fake_board.other_begins, 0);
}

static void assert_only_the_timers(const uint32_t *words)
{
    assert_int_equal(words[0x180 / 4], UINT32_MAX); /* all off, then these on */
    assert_int_equal(words[0x100 / 4], BOTH_TIMERS);
    assert_int_equal(words[0x418 / 4], 0);
    assert_int_equal(words[0x41c / 4], 0);
}

static void gic2(void)
{
    board.gic = fake_board.gic =
        (struct gic){.version = 2, .distributor = 0x8000000, .processor = 0x8010000};
}

static void the_timer_interrupts_by_an_old_controller(void **state)
{
    (void)state;
    gic2();
    fake_board.gic_shared[0x418 / 4] = fake_board.gic_shared[0x41c / 4] = 0xa0a0a0a0;
    fake_board.gic_shared[1] = 2; /* 96 interrupts */
    arch_alarm(HZ, 15, &board, NULL);
    assert_int_equal(fake_board.reset_after, 15 * HZ);
    assert_false(fake_board.reset_by_smc);
    assert_only_the_timers(fake_board.gic_shared);
    assert_int_equal(fake_board.gic_shared[0x184 / 4], UINT32_MAX);
    assert_int_equal(fake_board.gic_shared[0x188 / 4], UINT32_MAX);
    assert_int_equal(fake_board.gic_shared[0x18c / 4], 0); /* there is none */
    assert_int_equal(fake_board.gic_shared[0], 3);
    assert_int_equal(fake_board.gic_own[0], 3);
    assert_int_equal(fake_board.gic_own[1], 0xff);
    assert_false(fake_board.gic_is_open);
}

static void gic3(void)
{
    board.gic = fake_board.gic =
        (struct gic){.version = 3, .distributor = 0x8000000, .processor = 0x80a0000};
    fake_board.gic_frames = 4;
    fake_board.gic_own_frame = 2;
    fake_board.gic_waker = 6; /* asleep */
    fake_board.gic_own[0x418 / 4] = fake_board.gic_own[0x41c / 4] = 0xa0a0a0a0;
    fake_board.gic_shared[0] = 0x40;
}

static void the_timer_interrupts_by_the_frame_of_this_processor(void **state)
{
    (void)state;
    gic3();
    board.psci = PSCI_SMC;
    arch_alarm(HZ, 3, &board, NULL);
    assert_int_equal(fake_board.reset_after, 3 * HZ);
    assert_true(fake_board.reset_by_smc);
    assert_only_the_timers(fake_board.gic_own);
    assert_int_equal(fake_board.gic_own[0x80 / 4], UINT32_MAX);
    assert_int_equal(fake_board.gic_waker, 0);
    assert_int_equal(fake_board.gic_shared[0], 0x52);
    assert_true(fake_board.gic_is_open);
}

static void a_frame_that_never_wakes_or_is_not_there_stops_nothing(void **state)
{
    (void)state;
    gic3();
    fake_board.gic_never_wakes = true;
    arch_alarm(HZ, 3, &board, NULL);
    assert_int_equal(fake_board.reset_after, 3 * HZ);
    fake_board.reset_after = 0;
    fake_board.gic_own_frame = 9; /* of four */
    arch_alarm(HZ, 3, &board, NULL);
    assert_int_equal(fake_board.reset_after, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reset_is_asked_of_what_is_below),
        TEST(what_a_table_says_counts_more),
        TEST(a_reset_that_is_refused_halts_the_machine),
        TEST(another_processor_waits_in_place_of_this_one),
        TEST(a_machine_with_one_processor_is_asked_for_so_many_only),
        TEST(the_timer_interrupts_by_an_old_controller),
        TEST(the_timer_interrupts_by_the_frame_of_this_processor),
        TEST(a_frame_that_never_wakes_or_is_not_there_stops_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
