/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/watchdog.h"

#include "unit/fixture/firmware_fixture.h"

static void armed_and_disarmed(void **state)
{
    const struct fake_call *call;

    (void)state;
    fake_allow("SetWatchdogTimer");
    watchdog_arm(firmware, 120);
    call = fake_call_at(0);
    assert_string_equal(call->service, "SetWatchdogTimer");
    assert_int_equal(call->a, 120);
    assert_true(call->b >= 0x10000); /* UEFI 2.10, 7.5.1: lower codes are the firmware's */
    assert_true(fake_watchdog_is_armed());
    watchdog_disarm(firmware);
    assert_int_equal(fake_call_at(1)->a, 0);
    assert_true(fake_call_at(1)->b >= 0x10000);
    assert_false(fake_watchdog_is_armed());
    assert_int_equal(fake_call_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(armed_and_disarmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
