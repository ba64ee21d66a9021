/* SPDX-License-Identifier: BSD-2-Clause */
/* The last way to a new start: PSCI, called where it is (Arm DEN0022, 5.2). */
#include "arch/arch.h"

#include "fake/arm/board.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define EL3_IS_THERE 0x1000ULL

static void reset(void *context)
{
    (void)context;
    arch_reset(1000);
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
    (void)fake_begin();
    assert_reset_by(1, 0, false);           /* a hypervisor, and nothing else */
    assert_reset_by(2, 0, true);            /* QEMU's virtualization=on answers SMC */
    assert_reset_by(1, EL3_IS_THERE, true); /* a secure monitor */
}

static void a_reset_that_is_refused_halts_the_machine(void **state)
{
    (void)state;
    (void)fake_begin();
    fake_board = (struct fake_board){.exception_level = 1, .psci_refuses = true};
    assert_int_equal(fake_run(reset, NULL), FAKE_HALTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_is_asked_of_what_is_below),
        cmocka_unit_test(a_reset_that_is_refused_halts_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
