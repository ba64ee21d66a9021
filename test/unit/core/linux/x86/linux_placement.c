/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/linux_placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MIB  0x100000ULL
#define G4   0x100000000ULL
#define LAST ((1ULL << 46) - 1)

static const struct bzimage debian = {
    .version = 0x20f,
    .xloadflags = 0x7f,
    .relocatable = true,
    .alignment = 2 * MIB,
    .minimum_alignment = 2 * MIB,
    .preferred_address = 16 * MIB,
    .init_size = 0x3378000,
    .initrd_max = 0x7fffffff,
};

static void assert_places(const struct linux_places *places, const struct linux_place *expected,
                          unsigned int count)
{
    assert_int_equal(places->count, count);
    for (unsigned int i = 0; i < count; i++) {
        assert_int_equal(places->place[i].size, expected[i].size);
        assert_int_equal(places->place[i].alignment, expected[i].alignment);
        assert_int_equal(places->place[i].minimum, expected[i].minimum);
        assert_int_equal(places->place[i].maximum, expected[i].maximum);
        assert_int_equal(places->place[i].exact, expected[i].exact);
        assert_int_equal(places->place[i].high, expected[i].high);
        assert_int_equal(places->place[i].lead, expected[i].lead);
    }
}

#define ASSERT_PLACES(places, ...)                                                                 \
    do {                                                                                           \
        const struct linux_place expected[] = {__VA_ARGS__};                                       \
        assert_places(places, expected, sizeof(expected) / sizeof(expected[0]));                   \
    } while (0)

static void a_kernel_goes_to_its_preferred_address_or_above(void **state)
{
    struct linux_places places;

    (void)state;
    linux_kernel_places(&debian, 0, false, &places);
    ASSERT_PLACES(&places, {0x3378000, 2 * MIB, 16 * MIB, LAST, true, false, 0},
                  {0x3378000, 2 * MIB, 16 * MIB, G4 - 1, false, false, 0},
                  {0x3378000, 2 * MIB, G4, LAST, false, false, 0});
}

static void a_kernel_goes_above_4g_first_when_asked(void **state)
{
    struct linux_places places;

    (void)state;
    linux_kernel_places(&debian, 0, true, &places);
    ASSERT_PLACES(&places, {0x3378000, 2 * MIB, G4, LAST, false, false, 0},
                  {0x3378000, 2 * MIB, 16 * MIB, LAST, true, false, 0},
                  {0x3378000, 2 * MIB, 16 * MIB, G4 - 1, false, false, 0});
}

static void a_kernel_that_cannot_stays_below_4g(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    image.xloadflags = 1;
    for (int high = 0; high < 2; high++) {
        linux_kernel_places(&image, 0, high != 0, &places);
        ASSERT_PLACES(&places, {0x3378000, 2 * MIB, 16 * MIB, LAST, true, false, 0},
                      {0x3378000, 2 * MIB, 16 * MIB, G4 - 1, false, false, 0});
    }
    /* Not even when that is where it wants to be. */
    image.preferred_address = G4;
    linux_kernel_places(&image, 0, false, &places);
    assert_int_equal(places.count, 0);
    image.xloadflags = 3;
    linux_kernel_places(&image, 0, false, &places);
    ASSERT_PLACES(&places, {0x3378000, 2 * MIB, G4, LAST, true, false, 0},
                  {0x3378000, 2 * MIB, G4, LAST, false, false, 0});
}

static void the_relaxed_alignment_comes_after_the_proper_one(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    image.alignment = 16 * MIB;
    linux_kernel_places(&image, 0, false, &places);
    ASSERT_PLACES(&places, {0x3378000, 16 * MIB, 16 * MIB, LAST, true, false, 0},
                  {0x3378000, 16 * MIB, 16 * MIB, G4 - 1, false, false, 0},
                  {0x3378000, 2 * MIB, 16 * MIB, G4 - 1, false, false, 0},
                  {0x3378000, 16 * MIB, G4, LAST, false, false, 0});
    linux_kernel_places(&image, 0, true, &places);
    assert_int_equal(places.count, 4);
}

static void what_leads_a_kernel_moves_no_kernel(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    linux_kernel_places(&image, 0x5000, false, &places);
    ASSERT_PLACES(&places, {0x3578000, 2 * MIB, 14 * MIB, LAST, true, false, 2 * MIB},
                  {0x3578000, 2 * MIB, 14 * MIB, G4 - 1, false, false, 2 * MIB},
                  {0x3578000, 2 * MIB, G4 - 2 * MIB, LAST, false, false, 2 * MIB});
    image.minimum_alignment = 0x1000;
    linux_kernel_places(&image, 0x5001, false, &places);
    ASSERT_PLACES(&places, {0x3578000, 2 * MIB, 14 * MIB, LAST, true, false, 2 * MIB},
                  {0x3578000, 2 * MIB, 14 * MIB, G4 - 1, false, false, 2 * MIB},
                  {0x337e000, 0x1000, 16 * MIB - 0x6000, G4 - 1, false, false, 0x6000},
                  {0x3578000, 2 * MIB, G4 - 2 * MIB, LAST, false, false, 2 * MIB});
    linux_kernel_places(&image, UINT64_MAX, false, &places);
    assert_int_equal(places.count, 0);
}

static void what_leads_a_kernel_stays_above_1m_too(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    image.preferred_address = 2 * MIB;
    linux_kernel_places(&image, 0x5000, false, &places);
    ASSERT_PLACES(&places, {0x3578000, 2 * MIB, MIB, G4 - 1, false, false, 2 * MIB},
                  {0x3578000, 2 * MIB, G4 - 2 * MIB, LAST, false, false, 2 * MIB});
    image.relocatable = false;
    linux_kernel_places(&image, 0x5000, false, &places);
    assert_int_equal(places.count, 0);
}

static void a_fixed_address_kernel_has_one_place(void **state)
{
    const struct bzimage memtest = {.xloadflags = 9,
                                    .alignment = 0x1000,
                                    .minimum_alignment = 0x1000,
                                    .preferred_address = MIB,
                                    .init_size = 0x6acf8,
                                    .initrd_max = 0xffffffff};
    struct linux_places places;

    (void)state;
    for (int high = 0; high < 2; high++) {
        linux_kernel_places(&memtest, 0, high != 0, &places);
        ASSERT_PLACES(&places, {0x6acf8, 0x1000, MIB, LAST, true, false, 0});
    }
}

static void a_kernel_without_preference_stays_above_1m(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    image.preferred_address = 0;
    image.alignment = 1;
    image.minimum_alignment = 1;
    linux_kernel_places(&image, 0, false, &places);
    ASSERT_PLACES(&places, {0x3378000, 4096, MIB, G4 - 1, false, false, 0},
                  {0x3378000, 4096, G4, LAST, false, false, 0});
    /* Just above is good enough to be preferred. */
    image.preferred_address = MIB;
    linux_kernel_places(&image, 0, false, &places);
    ASSERT_PLACES(&places, {0x3378000, 4096, MIB, LAST, true, false, 0},
                  {0x3378000, 4096, MIB, G4 - 1, false, false, 0},
                  {0x3378000, 4096, G4, LAST, false, false, 0});
}

static void an_initrd_stays_below_its_maximum(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    linux_initrd_places(&image, 5 * MIB, false, &places);
    ASSERT_PLACES(&places, {5 * MIB, 4096, MIB, 0x7fffffff, false, true, 0},
                  {5 * MIB, 4096, MIB, LAST, false, false, 0});
    linux_initrd_places(&image, 5 * MIB, true, &places);
    ASSERT_PLACES(&places, {5 * MIB, 4096, G4, LAST, false, false, 0},
                  {5 * MIB, 4096, MIB, 0x7fffffff, false, true, 0},
                  {5 * MIB, 4096, MIB, LAST, false, false, 0});
    image.xloadflags = 1;
    for (int high = 0; high < 2; high++) {
        linux_initrd_places(&image, 5 * MIB, high != 0, &places);
        ASSERT_PLACES(&places, {5 * MIB, 4096, MIB, 0x7fffffff, false, true, 0});
    }
}

static void an_initrd_that_cannot_fit_has_no_place(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    image.xloadflags = 1;
    linux_initrd_places(&image, 0x7fffffff - MIB + 2, false, &places);
    assert_int_equal(places.count, 0);
    linux_initrd_places(&image, 0x7fffffff - MIB + 1, false, &places);
    assert_int_equal(places.count, 1);
    linux_initrd_places(&image, UINT64_MAX, false, &places);
    assert_int_equal(places.count, 0);
    linux_initrd_places(&image, 0, false, &places);
    assert_int_equal(places.count, 0);
    image.initrd_max = 0;
    linux_initrd_places(&image, 1, false, &places);
    assert_int_equal(places.count, 0);
    linux_initrd_places(&debian, UINT64_MAX, true, &places);
    assert_int_equal(places.count, 0);
}

static void tables_prefer_what_32_bits_can_reach(void **state)
{
    struct bzimage image = debian;
    struct linux_places places;

    (void)state;
    linux_table_places(&image, 4096, &places);
    ASSERT_PLACES(&places, {4096, 4096, MIB, G4 - 1, false, true, 0},
                  {4096, 4096, G4, LAST, false, false, 0});
    image.xloadflags = 1;
    linux_table_places(&image, 4096, &places);
    assert_int_equal(places.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_goes_to_its_preferred_address_or_above),
        cmocka_unit_test(a_kernel_goes_above_4g_first_when_asked),
        cmocka_unit_test(a_kernel_that_cannot_stays_below_4g),
        cmocka_unit_test(the_relaxed_alignment_comes_after_the_proper_one),
        cmocka_unit_test(what_leads_a_kernel_moves_no_kernel),
        cmocka_unit_test(what_leads_a_kernel_stays_above_1m_too),
        cmocka_unit_test(a_fixed_address_kernel_has_one_place),
        cmocka_unit_test(a_kernel_without_preference_stays_above_1m),
        cmocka_unit_test(an_initrd_stays_below_its_maximum),
        cmocka_unit_test(an_initrd_that_cannot_fit_has_no_place),
        cmocka_unit_test(tables_prefer_what_32_bits_can_reach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
