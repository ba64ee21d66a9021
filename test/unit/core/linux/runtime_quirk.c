/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machines are left to Linux's own stub: as libstub/arm64.c has it. */
#include "core/linux/runtime_quirk.h"

#include "unit/fixture/exact.h"
#include "unit/fixture/processor.h"

static bool quirk(uint32_t id, const char *version)
{
    struct span table = processor_table(id, version);
    struct span copy = exact_copy(table.data, table.size);
    bool is = runtime_quirk(copy);

    exact_free(copy);
    return is;
}

static void they_are_known_by_chip_or_by_name(void **state)
{
    (void)state;
    assert_true(quirk(0x0a160001, "something"));
    assert_true(quirk(0x0a16abc1, "something")); /* whatever its revision */
    assert_true(quirk(0x0a160002, "something"));
    assert_true(quirk(0, "Ampere(TM) Altra(TM) Processor"));
    assert_true(quirk(0, "Ampere(TM) Altra(TM) Processor Q80-30"));
    assert_true(quirk(0, "eMAG"));
    assert_true(quirk(0, "eMAG 8180"));
}

static void others_are_not(void **state)
{
    (void)state;
    assert_false(quirk(0x0a160003, "AmpereOne"));
    assert_false(quirk(0x0a150001, "Ampere(TM) Altra"));
    assert_false(quirk(0, "an eMAG"));
    assert_false(runtime_quirk(span_of(NULL, 0)));
}

static void damage_anywhere_is_survived(void **state)
{
    struct span table = processor_table(0, "eMAG");

    (void)state;
    for (size_t size = 0; size < table.size; size++) {
        struct span copy = exact_copy(table.data, size);

        (void)runtime_quirk(copy);
        exact_free(copy);
    }
    for (size_t i = 0; i < table.size; i++)
        for (unsigned int value = 0; value < 256; value++) {
            struct span copy = exact_copy(table.data, table.size);

            ((uint8_t *)(uintptr_t)copy.data)[i] = (uint8_t)value;
            (void)runtime_quirk(copy);
            exact_free(copy);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_known_by_chip_or_by_name),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(damage_anywhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
