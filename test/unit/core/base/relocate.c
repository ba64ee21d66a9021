/* SPDX-License-Identifier: BSD-2-Clause */
/* An image's relocations, as the linker lays them down. */
#include "core/base/relocate.h"

#include "core/base/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t image[4];

static void begin(void)
{
    for (size_t i = 0; i < 4; i++)
        image[i] = 0x1111 * (i + 1);
}

static void addresses_move_with_the_image(void **state)
{
    const struct relocation relocations[] = {
        {0, TARGET_ELF_RELATIVE, 0x1000},
        {16, TARGET_ELF_RELATIVE, 0},
        /* The symbol in the high half says nothing for this kind. */
        {24, 7ULL << 32 | TARGET_ELF_RELATIVE, 0x123456789},
    };

    (void)state;
    begin();
    relocate((uint8_t *)image, relocations, relocations + 3);
    assert_true(image[0] == (uintptr_t)image + 0x1000);
    assert_int_equal(image[1], 0x2222);
    assert_true(image[2] == (uintptr_t)image);
    assert_true(image[3] == (uintptr_t)image + 0x123456789);
}

static void other_kinds_and_what_is_behind_the_end_change_nothing(void **state)
{
    const struct relocation relocations[] = {
        {0, 0, 0x1000},
        {8, TARGET_ELF_RELATIVE + 1, 0x1000},
        {16, TARGET_ELF_RELATIVE, 0x1000},
    };

    (void)state;
    begin();
    relocate((uint8_t *)image, relocations, relocations + 2);
    relocate((uint8_t *)image, relocations + 2, relocations + 2);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(image[i], 0x1111 * (i + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_move_with_the_image),
        cmocka_unit_test(other_kinds_and_what_is_behind_the_end_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
