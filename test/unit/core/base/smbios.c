/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/smbios.h"

#include "unit/fixture/exact.h"

/* Two structures with strings, one without, one of each type again, the end. */
static const char table[] = "\x00\x06\x00\x00\x01\x02"
                            "vendor\0version\0\0"
                            "\x04\x08\x01\x00\x11\x22\x33\x44"
                            "\0\0"
                            "\x0b\x05\x02\x00\x03"
                            "first\0second\0\0"
                            "\x04\x08\x03\x00\x55\x66\x77\x88"
                            "other\0\0"
                            "\x7f\x04\x04\x00"
                            "\0\0"
                            "\x09\x04\x05\x00"
                            "behind\0\0";

static void the_first_of_a_type_is_found(void **state)
{
    struct span copy = exact_copy(table, sizeof(table));
    struct smbios_structure found;

    (void)state;
    assert_true(smbios_find(copy, 0, &found));
    assert_int_equal(found.fields.size, 6);
    assert_int_equal(found.strings.size, 15);
    assert_memory_equal(found.strings.data, "vendor\0version", 15);
    assert_true(smbios_find(copy, 4, &found));
    assert_int_equal(found.fields.size, 8);
    assert_memory_equal(found.fields.data + 4, "\x11\x22\x33\x44", 4);
    assert_int_equal(found.strings.size, 0);
    exact_free(copy);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct smbios_structure found = {.fields = {.size = 77}};

    (void)state;
    assert_false(smbios_find(span_of(table, sizeof(table)), 5, &found));
    assert_false(smbios_find(span_of(table, sizeof(table)), 9, &found)); /* behind the end */
    assert_false(smbios_find(span_of(table, sizeof(table)), 127, &found));
    assert_false(smbios_find(span_of(NULL, 0), 0, &found));
    assert_int_equal(found.fields.size, 77);
}

/* Cut off anywhere: what is found is whole. */
static void a_cut_table_is_not_read_beyond(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(table); size++) {
        struct span copy = exact_copy(table, size);
        struct smbios_structure found;

        if (smbios_find(copy, 11, &found))
            assert_true(found.strings.data + found.strings.size <= copy.data + size);
        exact_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_a_type_is_found),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_cut_table_is_not_read_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
