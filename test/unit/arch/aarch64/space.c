/* SPDX-License-Identifier: BSD-2-Clause */
/* What the processor says of its page sizes: three fields with two meanings of 0 and 15 (Arm ARM,
 * ID_AA64MMFR0_EL1). */
#include "arch/arch.h"

#include "fake/arm/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void pages_are_those_that_the_processor_says(void **state)
{
    (void)state;
    fake_board = (struct fake_board){.memory_model = 0};
    assert_true(arch_page_size(4096));
    assert_false(arch_page_size(16384));
    assert_true(arch_page_size(65536));
    fake_board.memory_model = 0xff100000;
    assert_false(arch_page_size(4096));
    assert_true(arch_page_size(16384));
    assert_false(arch_page_size(65536));
    /* Of 52 bits of address, too. */
    fake_board.memory_model = 0x10200000;
    assert_true(arch_page_size(4096));
    assert_true(arch_page_size(16384));
    assert_true(arch_page_size(65536));
}

static void nothing_is_encrypted_and_no_hypervisor_is_seen(void **state)
{
    (void)state;
    assert_false(arch_memory_is_encrypted());
    assert_false(arch_is_virtual());
    assert_true(arch_identity_end(0x123000) == 1ULL << 39);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_those_that_the_processor_says),
        cmocka_unit_test(nothing_is_encrypted_and_no_hypervisor_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
