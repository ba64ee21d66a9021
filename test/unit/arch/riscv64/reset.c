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
    arch_reset(1000, NULL);
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

static void the_timer_resets_when_it_interrupts(void **state)
{
    uint64_t now;

    (void)state;
    (void)fake_begin();
    fake_sbi = (struct fake_sbi){0};
    now = arch_ticks();
    arch_alarm(10000000, 15, NULL, NULL);
    assert_in_range(fake_sbi.timer, now + 150000000, now + 150001000);
    assert_true(fake_sbi.resets_by_timer);
    fake_sbi = (struct fake_sbi){.has_no_timer = true};
    arch_alarm(0, 15, NULL, NULL);
    assert_false(fake_sbi.resets_by_timer);
    assert_true(fake_sbi.timer >= 15 * TICKS_HZ_FASTEST);
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
        cmocka_unit_test(the_timer_resets_when_it_interrupts),
        cmocka_unit_test(text_goes_to_its_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
