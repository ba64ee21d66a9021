/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the counter runs: ACPI's table (ACPI 6.6, 5.2.37), or nobody knows. */
#include "arch/arch.h"

#include "unit/fixture/acpi_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void acpi_tells_the_rate(void **state)
{
    static uint8_t tables[ACPI_SIZE] __attribute__((aligned(8)));
    struct arch_clock clock;

    (void)state;
    acpi_make(tables, (uintptr_t)tables, 0);
    memset(tables + ACPI_APIC, 0, 56);
    acpi_put(tables + ACPI_APIC, 40, 10000000, 8);
    acpi_header(tables + ACPI_APIC, "RHCT", 56);
    arch_clock_start((uintptr_t)tables, &clock);
    assert_int_equal(arch_clock_hz(&clock), 10000000);
}

static void without_acpi_nobody_knows(void **state)
{
    struct arch_clock clock = {.hz = 77};

    (void)state;
    arch_clock_start(0, &clock);
    assert_int_equal(arch_clock_hz(&clock), 0);
}

static void pages_have_4_kib(void **state)
{
    (void)state;
    assert_true(arch_page_size(4096));
    assert_false(arch_page_size(65536));
    assert_true(arch_identity_end(0) == 1ULL << 38);
    assert_true(arch_memory_last() == (1ULL << 47) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acpi_tells_the_rate),
        cmocka_unit_test(without_acpi_nobody_knows),
        cmocka_unit_test(pages_have_4_kib),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
