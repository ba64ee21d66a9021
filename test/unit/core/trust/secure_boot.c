/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/trust/secure_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FOUND(value)                                                                               \
    {                                                                                              \
        SECURE_BOOT_FOUND, value, 6                                                                \
    }
#define FOUND_WITH(value, flags)                                                                   \
    {                                                                                              \
        SECURE_BOOT_FOUND, value, flags                                                            \
    }
#define ABSENT                                                                                     \
    {                                                                                              \
        SECURE_BOOT_NOT_FOUND, 0, 0                                                                \
    }
#define FAILED                                                                                     \
    {                                                                                              \
        SECURE_BOOT_FAILED, 0, 0                                                                   \
    }

static void tells_what_the_stub_would_and_enforces_what_the_firmware_says(void **state)
{
    static const struct {
        struct secure_boot_variables variables;
        enum secure_boot_mode expected;
        bool enforced;
    } cases[] = {
        /* SecureBoot, SetupMode, MokSBStateRT; what the kernel is told, what Baton enforces */
        {{ABSENT, ABSENT, ABSENT}, SECURE_BOOT_DISABLED, false},
        {{ABSENT, FAILED, FOUND(1)}, SECURE_BOOT_DISABLED, false},
        {{FAILED, FOUND(0), ABSENT}, SECURE_BOOT_UNKNOWN, true},
        {{FOUND(1), ABSENT, ABSENT}, SECURE_BOOT_UNKNOWN, true},
        {{FOUND(0), FAILED, ABSENT}, SECURE_BOOT_UNKNOWN, true},
        {{FOUND(0), FOUND(0), ABSENT}, SECURE_BOOT_DISABLED, false},
        {{FOUND(0), FOUND(1), ABSENT}, SECURE_BOOT_DISABLED, false},
        {{FOUND(1), FOUND(1), ABSENT}, SECURE_BOOT_DISABLED, false},
        {{FOUND(1), FOUND(0), ABSENT}, SECURE_BOOT_ENABLED, true},
        {{FOUND(1), FOUND(0), FAILED}, SECURE_BOOT_ENABLED, true},
        {{FOUND(1), FOUND(0), FOUND(0)}, SECURE_BOOT_ENABLED, true},
        /* Only a volatile variable can have come from shim in this boot. */
        {{FOUND(1), FOUND(0), FOUND_WITH(1, 6)}, SECURE_BOOT_DISABLED, true},
        {{FOUND(1), FOUND(0), FOUND_WITH(1, 7)}, SECURE_BOOT_ENABLED, true},
        {{FOUND(1), FOUND(0), FOUND_WITH(2, 6)}, SECURE_BOOT_ENABLED, true},
        {{FOUND(1), FOUND(0), {SECURE_BOOT_FAILED, 1, 6}}, SECURE_BOOT_ENABLED, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(secure_boot_judge(&cases[i].variables), cases[i].expected);
        assert_int_equal(secure_boot_enforced(&cases[i].variables), cases[i].enforced);
    }
}

static void speaks_the_encoding_of_the_zero_page(void **state)
{
    (void)state;
    assert_int_equal(SECURE_BOOT_UNKNOWN, 1);
    assert_int_equal(SECURE_BOOT_DISABLED, 2);
    assert_int_equal(SECURE_BOOT_ENABLED, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_the_stub_would_and_enforces_what_the_firmware_says),
        cmocka_unit_test(speaks_the_encoding_of_the_zero_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
