/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/graphics.h"

#include "firmware_bench.h"

static struct framebuffer framebuffer;
static uint8_t edid[EDID_BLOCK_SIZE];

static bool find(void)
{
    fake_allow_usual();
    memset(edid, 0xee, sizeof(edid));
    framebuffer = (struct framebuffer){.width = 77};
    return graphics_find(firmware, &framebuffer, edid);
}

static struct fake_display display_of(enum fake_pixels format)
{
    return (struct fake_display){
        .width = 1024, .height = 768, .pixels_per_line = 1056, .format = format};
}

static void assert_channel(struct framebuffer_channel channel, unsigned int size,
                           unsigned int position)
{
    assert_int_equal(channel.size, size);
    assert_int_equal(channel.position, position);
}

static void no_display_is_no_error(void **state)
{
    static const uint8_t zero[EDID_BLOCK_SIZE];

    (void)state;
    assert_false(find());
    assert_int_equal(framebuffer.width, 77);
    assert_memory_equal(edid, zero, sizeof(zero));
}

static void geometry_and_blue_first(void **state)
{
    struct fake_display display = display_of(FAKE_PIXELS_BGR);
    uint64_t base = fake_display(&display);

    (void)state;
    assert_true(find());
    assert_int_equal(framebuffer.address, base);
    assert_int_equal(framebuffer.size, 1056 * 768 * 4);
    assert_int_equal(framebuffer.width, 1024);
    assert_int_equal(framebuffer.height, 768);
    assert_int_equal(framebuffer.pitch, 1056 * 4);
    assert_int_equal(framebuffer.bits_per_pixel, 32);
    assert_channel(framebuffer.red, 8, 16);
    assert_channel(framebuffer.green, 8, 8);
    assert_channel(framebuffer.blue, 8, 0);
    assert_channel(framebuffer.reserved, 8, 24);
}

static void red_first(void **state)
{
    struct fake_display display = display_of(FAKE_PIXELS_RGB);

    (void)state;
    fake_display(&display);
    assert_true(find());
    assert_channel(framebuffer.red, 8, 0);
    assert_channel(framebuffer.blue, 8, 16);
}

static void masks_of_sixteen_bits(void **state)
{
    struct fake_display display = display_of(FAKE_PIXELS_MASK);

    (void)state;
    display.masks[0] = 0xf800;
    display.masks[1] = 0x07e0;
    display.masks[2] = 0x001f;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.bits_per_pixel, 16);
    assert_int_equal(framebuffer.pitch, 1056 * 2);
    assert_channel(framebuffer.red, 5, 11);
    assert_channel(framebuffer.green, 6, 5);
    assert_channel(framebuffer.blue, 5, 0);
    assert_channel(framebuffer.reserved, 0, 0);
}

static void what_has_no_pixels_in_memory_is_no_framebuffer(void **state)
{
    struct fake_display displays[] = {
        display_of(FAKE_PIXELS_BLT_ONLY), display_of(FAKE_PIXELS_MASK),
        display_of(FAKE_PIXELS_BGR),      display_of(FAKE_PIXELS_BGR),
        display_of(FAKE_PIXELS_BGR),      display_of(FAKE_PIXELS_BGR)};

    (void)state;
    displays[2].width = 0;
    displays[3].height = 0;
    displays[4].pixels_per_line = 1023;
    displays[5].base = UINT64_MAX - 4096; /* wraps */
    for (size_t i = 0; i < sizeof(displays) / sizeof(displays[0]); i++) {
        displays[i].size = 1056 * 768 * 4;
        fake_display(&displays[i]);
    }
    assert_false(find());
    assert_int_equal(framebuffer.width, 77);
}

static void display_with_the_console_wins(void **state)
{
    struct fake_display other = display_of(FAKE_PIXELS_RGB);
    struct fake_display console = display_of(FAKE_PIXELS_BGR);
    uint64_t base;

    (void)state;
    console.shows_console = true;
    fake_display(&other);
    base = fake_display(&console);
    fake_display(&other);
    assert_true(find());
    assert_int_equal(framebuffer.address, base);
}

static void first_usable_display_when_none_shows_the_console(void **state)
{
    struct fake_display unusable = display_of(FAKE_PIXELS_BLT_ONLY);
    struct fake_display usable = display_of(FAKE_PIXELS_RGB);
    uint64_t base;

    (void)state;
    unusable.shows_console = true;
    unusable.base = 0x80000000;
    fake_display(&unusable);
    base = fake_display(&usable);
    fake_display(&usable);
    assert_true(find());
    assert_int_equal(framebuffer.address, base);
}

static void edid_of_that_display(void **state)
{
    static uint8_t bytes[256];
    struct fake_display display = display_of(FAKE_PIXELS_RGB);

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    display.edid = bytes;
    display.edid_size = 256;
    fake_display(&display);
    assert_true(find());
    assert_memory_equal(edid, bytes, EDID_BLOCK_SIZE);
}

static void short_edid_is_none(void **state)
{
    static const uint8_t bytes[127];
    static const uint8_t zero[EDID_BLOCK_SIZE];
    struct fake_display display = display_of(FAKE_PIXELS_RGB);

    (void)state;
    display.edid = bytes;
    display.edid_size = sizeof(bytes);
    fake_display(&display);
    assert_true(find());
    assert_memory_equal(edid, zero, EDID_BLOCK_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_display_is_no_error),
        TEST(geometry_and_blue_first),
        TEST(red_first),
        TEST(masks_of_sixteen_bits),
        TEST(what_has_no_pixels_in_memory_is_no_framebuffer),
        TEST(display_with_the_console_wins),
        TEST(first_usable_display_when_none_shows_the_console),
        TEST(edid_of_that_display),
        TEST(short_edid_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
