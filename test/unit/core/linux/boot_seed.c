/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed and the file's next contents, against what Python's hashlib makes of the same parts. */
#include "core/linux/boot_seed.h"

#include "unit/fixture/exact.h"

#include <stdio.h>

static struct boot_seed_parts parts;

static void check(const char *file, const char *seed)
{
    uint8_t bytes[2][BOOT_SEED_SIZE];
    char text[2][2 * BOOT_SEED_SIZE + 1];

    boot_seed_derive(&parts, bytes[0], bytes[1]);
    for (size_t i = 0; i < BOOT_SEED_SIZE; i++) {
        sprintf(text[0] + 2 * i, "%02x", bytes[0][i]);
        sprintf(text[1] + 2 * i, "%02x", bytes[1][i]);
    }
    assert_string_equal(text[0], file);
    assert_string_equal(text[1], seed);
}

static void every_part_counts_with_its_length(void **state)
{
    static const uint8_t count[8] = {7};
    uint8_t bytes[4][100];

    (void)state;
    parts = (struct boot_seed_parts){0};
    check("09c1eeaac96cc612ed26535ac873524541e3aeb4fd4bc23d9f29a8ab654e2720",
          "95239084574ce4e91bc74ea29b3c2e8d2a7e5784871840e65195d04103c79e79");
    for (size_t i = 0; i < 4; i++)
        memset(bytes[i], "gtfT"[i], 100);
    parts = (struct boot_seed_parts){.earlier = span_of("earlier", 7),
                                     .generated = span_of(bytes[0], 32),
                                     .token = span_of(bytes[1], 33),
                                     .file = span_of(bytes[2], 100),
                                     .count = span_of(count, 8),
                                     .time = span_of(bytes[3], 16)};
    check("121105ac146c294c6a3067c67ce81f411f0433dad6a7221a5e50e22472c2b832",
          "d1a72f9140ab46301dee7dc1b8beb86521d8ae6d0f551abb0860b5c24faa34cd");
}

/* What systemd-boot 262 was measured to do, but that Baton makes no file. */
static void something_has_to_be_secret(void **state)
{
    static const uint8_t bytes[64] = {1};
    static const struct {
        size_t earlier;
        size_t generated;
        size_t token;
        size_t file;
        bool secure_boot;
        bool worth_it;
    } cases[] = {
        {0, 0, 0, 32, false, false},  {0, 0, 32, 32, false, true}, {0, 0, 31, 32, false, false},
        {0, 0, 32, 31, false, false}, {0, 0, 32, 0, false, false}, {0, 0, 32, 32, true, false},
        {32, 0, 0, 0, false, true},   {0, 32, 0, 0, false, true},  {32, 0, 0, 32, true, true},
        {0, 32, 0, 32, true, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        parts = (struct boot_seed_parts){.earlier = span_of(bytes, cases[i].earlier),
                                         .generated = span_of(bytes, cases[i].generated),
                                         .token = span_of(bytes, cases[i].token),
                                         .file = span_of(bytes, cases[i].file)};
        if (boot_seed_is_worth_it(&parts, cases[i].secure_boot) != cases[i].worth_it)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_counts_with_its_length),
        cmocka_unit_test(something_has_to_be_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
