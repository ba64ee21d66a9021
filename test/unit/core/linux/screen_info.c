/* SPDX-License-Identifier: BSD-2-Clause */
/* struct screen_info by the offsets of include/uapi/linux/screen_info.h; the zero page's tests have
 * the rest. */
#include "core/linux/screen_info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct framebuffer ramfb = {.address = 0x7f110000,
                                         .width = 800,
                                         .height = 600,
                                         .pitch = 3200,
                                         .bits_per_pixel = 32,
                                         .red = {8, 16},
                                         .green = {8, 8},
                                         .blue = {8, 0},
                                         .reserved = {8, 24}};
static uint8_t info[SCREEN_INFO_SIZE];

static void a_framebuffer_is_described(void **state)
{
    struct framebuffer high = ramfb;

    (void)state;
    memset(info, 0, sizeof(info));
    assert_true(screen_info_put(&ramfb, info));
    assert_int_equal(info[0x0f], 0x70);
    assert_memory_equal(info + 0x12, "\x20\x03\x58\x02\x20\0\0\0\x11\x7f\0\x4c\x1d\0", 14);
    assert_memory_equal(info + 0x24, "\x80\x0c\x08\x10\x08\x08\x08\x00\x08\x18", 10);
    assert_memory_equal(info + 0x36, "\1\0\0\0\0\0\0\0", 8);
    high.address = 0x123456789000;
    assert_true(screen_info_put(&high, info));
    assert_memory_equal(info + 0x18, "\x00\x90\x78\x56", 4);
    assert_memory_equal(info + 0x36, "\3\0\0\0\x34\x12\0\0", 8);
}

static void what_cannot_be_described_is_not(void **state)
{
    static const uint8_t zeros[SCREEN_INFO_SIZE];
    struct framebuffer wide = ramfb;

    (void)state;
    memset(info, 0, sizeof(info));
    assert_false(screen_info_put(&(struct framebuffer){.width = 800}, info));
    wide.pitch = 65536;
    assert_false(screen_info_put(&wide, info));
    assert_memory_equal(info, zeros, sizeof(info));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_framebuffer_is_described),
        cmocka_unit_test(what_cannot_be_described_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
