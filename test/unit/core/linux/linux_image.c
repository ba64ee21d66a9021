/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/linux_image.h"

#include "core/base/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint8_t head[LINUX_IMAGE_HEADER];
static struct linux_image image;

/* Debian 12's arm64 kernel. */
static int setup(void **state)
{
    (void)state;
    memset(head, 0, sizeof(head));
    memcpy(head, "MZ", 2);
    store_u64(head + 16, 0x1aa0000);
    store_u64(head + 24, 0xa);
    memcpy(head + 56, "ARM\x64", 4);
    return 0;
}

static enum linux_image_error parse(void)
{
    return linux_image_parse(LINUX_IMAGE_MAGIC_ARM64, span_of(head, sizeof(head)), 27200000,
                             &image);
}

static void a_kernel_of_today_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse(), LINUX_IMAGE_OK);
    assert_int_equal(image.text_offset, 0);
    assert_int_equal(image.size, 0x1aa0000);
    assert_int_equal(image.pages, LINUX_IMAGE_PAGES_4K);
    store_u64(head + 8, 0x80000);
    store_u64(head + 24, 0xe);
    assert_int_equal(parse(), LINUX_IMAGE_OK);
    assert_int_equal(image.text_offset, 0x80000);
    assert_int_equal(image.pages, LINUX_IMAGE_PAGES_64K);
}

static void each_machine_has_its_magic(void **state)
{
    (void)state;
    assert_int_equal(
        linux_image_parse(LINUX_IMAGE_MAGIC_RISCV, span_of(head, sizeof(head)), 27200000, &image),
        LINUX_IMAGE_NO_MAGIC);
    memcpy(head + 56, "RSC\x05", 4);
    assert_int_equal(parse(), LINUX_IMAGE_NO_MAGIC);
    store_u64(head + 24, 0); /* it has no flag that it may lie anywhere */
    assert_int_equal(
        linux_image_parse(LINUX_IMAGE_MAGIC_RISCV, span_of(head, sizeof(head)), 27200000, &image),
        LINUX_IMAGE_OK);
}

static void what_cannot_be_placed_is_named(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        enum linux_image_error error;
    } cases[] = {
        {24, 0xb, LINUX_IMAGE_BIG_ENDIAN},     {24, 0x2, LINUX_IMAGE_TOO_OLD},
        {16, 0, LINUX_IMAGE_TOO_OLD},          {16, 0x80000001, LINUX_IMAGE_SIZE},
        {16, UINT64_MAX, LINUX_IMAGE_SIZE},    {8, 0x80000001, LINUX_IMAGE_SIZE},
        {8, UINT64_MAX - 5, LINUX_IMAGE_SIZE}, {16, 0x80000000, LINUX_IMAGE_OK},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setup(state);
        store_u64(head + cases[i].at, cases[i].value);
        assert_int_equal(parse(), cases[i].error);
    }
    for (int error = LINUX_IMAGE_OK; error <= LINUX_IMAGE_SIZE; error++)
        assert_true(explained(linux_image_explain((enum linux_image_error)error)).remedy[0] !=
                    '\0');
}

static void a_file_that_ends_early_is_none(void **state)
{
    (void)state;
    for (size_t size = 0; size < 60; size++)
        assert_int_equal(
            linux_image_parse(LINUX_IMAGE_MAGIC_ARM64, span_of(head, size), size, &image),
            LINUX_IMAGE_NO_MAGIC);
    assert_int_equal(linux_image_parse(LINUX_IMAGE_MAGIC_ARM64, span_of(head, 60), 60, &image),
                     LINUX_IMAGE_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_kernel_of_today_is_read, setup),
        cmocka_unit_test_setup(each_machine_has_its_magic, setup),
        cmocka_unit_test_setup(what_cannot_be_placed_is_named, setup),
        cmocka_unit_test_setup(a_file_that_ends_early_is_none, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
