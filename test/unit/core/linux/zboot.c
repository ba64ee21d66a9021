/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/zboot.h"

#include "core/base/store.h"
#include "unit/fixture/exact.h"

static uint8_t head[ZBOOT_HEADER];
static struct zboot zboot;

/* Laid out as zboot-header.S does, for a file of 1000 bytes. */
static int setup(void **state)
{
    (void)state;
    memset(head, 0, sizeof(head));
    memcpy(head, "MZ\0\0zimg", 8);
    store_u32(head + 8, 0x100);
    store_u32(head + 12, 700);
    memcpy(head + 24, "gzip", 4);
    store_u32(head + 56, 0x818223cd);
    return 0;
}

static enum zboot_error parse_part(size_t size)
{
    struct span part = exact_copy(head, size);
    enum zboot_error error = zboot_parse(part, 1000, &zboot);

    exact_free(part);
    return error;
}

static void the_packed_part_is_found(void **state)
{
    (void)state;
    assert_int_equal(parse_part(sizeof(head)), ZBOOT_OK);
    assert_int_equal(zboot.offset, 0x100);
    assert_int_equal(zboot.size, 700);
    store_u32(head + 12, 1000 - 0x100); /* to the file's last byte */
    assert_int_equal(parse_part(sizeof(head)), ZBOOT_OK);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        enum zboot_error error;
    } cases[] = {
        {0, 0, ZBOOT_NO_MAGIC},         {4, 0, ZBOOT_NO_MAGIC},     {12, 0, ZBOOT_CUT},
        {12, 1001 - 0x100, ZBOOT_CUT},  {8, UINT32_MAX, ZBOOT_CUT}, {12, UINT32_MAX, ZBOOT_CUT},
        {24, 0x6474737a, ZBOOT_METHOD}, {28, 0x32, ZBOOT_METHOD}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setup(state);
        store_u32(head + cases[i].at, cases[i].value);
        assert_int_equal(parse_part(sizeof(head)), cases[i].error);
        assert_non_null(explained(zboot_explain(cases[i].error)).remedy);
    }
}

static void a_head_that_ends_early_is_not_read_beyond(void **state)
{
    (void)state;
    for (size_t size = 0; size < 29; size++)
        assert_int_not_equal(parse_part(size), ZBOOT_OK);
    assert_int_equal(parse_part(29), ZBOOT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_packed_part_is_found, setup),
        cmocka_unit_test_setup(what_is_wrong_is_named, setup),
        cmocka_unit_test_setup(a_head_that_ends_early_is_not_read_beyond, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
