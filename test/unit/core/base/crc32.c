/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void gives_the_check_value_of_the_standard(void **state)
{
    (void)state;
    /* The value that every catalogue gives for CRC-32/ISO-HDLC. */
    assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32_update(0, "", 0), 0);
    assert_int_equal(crc32_update(0, "\0", 1), 0xd202ef8d);
    assert_int_equal(crc32_update(0, "\xff\xff\xff\xff", 4), 0xffffffff);
}

static void agrees_with_the_definition_bit_by_bit(void **state)
{
    (void)state;
    for (unsigned int byte = 0; byte < 256; byte++) {
        uint8_t data = (uint8_t)byte;
        uint32_t crc = ~0U ^ byte;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320U : crc >> 1;
        assert_int_equal(crc32_update(0, &data, 1), ~crc);
    }
}

static void can_be_continued_anywhere(void **state)
{
    static const char text[] = "hand over the machine";
    uint32_t whole = crc32_update(0, text, sizeof(text));

    (void)state;
    for (size_t cut = 0; cut <= sizeof(text); cut++)
        assert_int_equal(crc32_update(crc32_update(0, text, cut), text + cut, sizeof(text) - cut),
                         whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_check_value_of_the_standard),
        cmocka_unit_test(agrees_with_the_definition_bit_by_bit),
        cmocka_unit_test(can_be_continued_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
