/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that the strings of the first structure of type 11 are found, and no byte behind the end.
 */
#include "core/entry/oem_strings.h"

#include "unit/fixture/exact.h"

/* BIOS information with two strings, a processor without any, OEM strings twice, the end. */
static const char table[] = "\x00\x06\x00\x00\x01\x02"
                            "vendor\0version\0\0"
                            "\x04\x08\x01\x00\x00\x00\x00\x00"
                            "\0\0"
                            "\x0b\x05\x02\x00\x03"
                            "first\0a=1\0b=2\0a=3\0\0"
                            "\x0b\x05\x03\x00\x01"
                            "a=4\0\0"
                            "\x7f\x04\x04\x00"
                            "\0";

static void finds_the_first_ones(void **state)
{
    struct span copy = exact_copy(table, sizeof(table));
    struct span strings = oem_strings_find(copy);
    struct span rest;

    (void)state;
    assert_int_equal(strings.size, 6 + 4 + 4 + 4);
    assert_memory_equal(strings.data, "first\0a=1\0b=2\0a=3", 18);
    assert_true(oem_strings_next(&strings, "a=", &rest));
    assert_int_equal(rest.size, 1);
    assert_int_equal(rest.data[0], '1');
    assert_true(oem_strings_next(&strings, "a=", &rest));
    assert_int_equal(rest.data[0], '3');
    assert_false(oem_strings_next(&strings, "a=", &rest));
    assert_int_equal(strings.size, 0);
    exact_free(copy);
}

static void finds_none_where_none_are(void **state)
{
    (void)state;
    assert_int_equal(oem_strings_find(span_of(NULL, 0)).size, 0);
    assert_int_equal(oem_strings_find(span_of("\x7f\x04\0\0\0\0\x0b\x04\0\0x\0\0", 13)).size, 0);
    assert_int_equal(oem_strings_find(span_of("\x0b\x04\0\0\0\0", 6)).size, 0);
    assert_int_equal(oem_strings_find(span_of("\x0b\x03\0\0x\0\0", 7)).size, 0); /* no header */
}

/* Cut off anywhere, and every byte made anything. */
static void damage_anywhere_is_survived(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof(table); size++) {
        struct span copy = exact_copy(table, size);
        struct span strings = oem_strings_find(copy);
        struct span rest;

        while (oem_strings_next(&strings, "a", &rest))
            assert_true(rest.data >= copy.data && rest.data + rest.size <= copy.data + size);
        exact_free(copy);
    }
    for (size_t at = 0; at < sizeof(table); at++) {
        for (unsigned int value = 0; value < 256; value++) {
            char bytes[sizeof(table)];
            struct span copy;
            struct span strings;
            struct span rest;

            memcpy(bytes, table, sizeof(table));
            bytes[at] = (char)value;
            copy = exact_copy(bytes, sizeof(bytes));
            strings = oem_strings_find(copy);
            while (oem_strings_next(&strings, "", &rest))
                ;
            exact_free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_ones),
        cmocka_unit_test(finds_none_where_none_are),
        cmocka_unit_test(damage_anywhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
