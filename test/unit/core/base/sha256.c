/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 against digests that Python's hashlib gives. */
#include "core/base/sha256.h"

#include "unit/fixture/exact.h"

#include <stdio.h>

static const char *digest(const void *data, size_t size, size_t step)
{
    static char text[2 * SHA256_SIZE + 1];
    uint8_t bytes[SHA256_SIZE];
    struct sha256 hash;

    sha256_begin(&hash);
    for (size_t at = 0; at < size; at += step)
        sha256_update(&hash, (const uint8_t *)data + at, size - at < step ? size - at : step);
    sha256_end(&hash, bytes);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    for (size_t i = 0; i < sizeof(hash); i++)
        assert_int_equal(((const uint8_t *)&hash)[i], 0);
    return text;
}

static void known_digests(void **state)
{
    (void)state;
    assert_string_equal(digest("", 0, 1),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(digest("abc", 3, 3),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Around the ends of blocks, where the padding changes, in pieces of any size. */
static void every_length_is_padded_right(void **state)
{
    static const struct {
        size_t size;
        const char *begins;
    } cases[] = {
        {3, "cd2eb0837c9b4c96"},   {55, "d5e285683cd4efc0"},  {56, "04c26261370ee754"},
        {63, "75220b47218278e6"},  {64, "7ce100971f64e700"},  {65, "9537c5fdf120482f"},
        {119, "000b48d4edf0fa7b"}, {120, "13f05a0b594787f5"},
    };
    char data[120];

    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        for (size_t step = 1; step <= cases[i].size; step += 31)
            assert_memory_equal(digest(data, cases[i].size, step), cases[i].begins, 16);
    }
}

static void a_long_text(void **state)
{
    char *data = exact_buffer(1000003);

    (void)state;
    memset(data, 'a', 1000003);
    assert_string_equal(digest(data, 1000003, 4099),
                        "cf5f310cac13bb0f1de288d09940e8ee441e8d5d88b0fd4ec6021c405fda8c8c");
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),
        cmocka_unit_test(every_length_is_padded_right),
        cmocka_unit_test(a_long_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
