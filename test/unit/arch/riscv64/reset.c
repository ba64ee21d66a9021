/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words and the last way to a new start: SBI's (RISC-V SBI 2.0, 10 and 12). */
#include "arch/arch.h"

#include "fake/fake.h"
#include "fake/riscv/hart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void reset(void *context)
{
    (void)context;
    arch_reset(1000);
}

static void a_reset_is_asked_of_what_is_below(void **state)
{
    (void)state;
    (void)fake_begin();
    fake_sbi = (struct fake_sbi){.reset_type = UINT64_MAX};
    assert_int_equal(fake_run(reset, NULL), FAKE_RESET);
    assert_int_equal(fake_sbi.reset_type, 1); /* cold */
    fake_sbi = (struct fake_sbi){.reset_is_refused = true};
    assert_int_equal(fake_run(reset, NULL), FAKE_HALTED);
}

static void text_goes_to_its_console(void **state)
{
    (void)state;
    fake_sbi = (struct fake_sbi){0};
    arch_uart_write(arch_uart_find(), "one\ntwo\n");
    assert_string_equal(fake_sbi.text, "one\r\ntwo\r\n");
    fake_sbi = (struct fake_sbi){.has_no_console = true};
    arch_uart_write(arch_uart_find(), "text");
    assert_int_equal(fake_sbi.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_is_asked_of_what_is_below),
        cmocka_unit_test(text_goes_to_its_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
