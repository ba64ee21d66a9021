/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/graphics.h"

#include "unit/fixture/firmware_fixture.h"

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

static struct fake_display display_of_masks(uint32_t red, uint32_t green, uint32_t blue,
                                            uint32_t reserved)
{
    struct fake_display display = display_of(FAKE_PIXELS_MASK);

    display.masks[0] = red;
    display.masks[1] = green;
    display.masks[2] = blue;
    display.masks[3] = reserved;
    return display;
}

static void masks_of_sixteen_bits(void **state)
{
    struct fake_display display = display_of_masks(0xf800, 0x07e0, 0x001f, 0);

    (void)state;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.bits_per_pixel, 16);
    assert_int_equal(framebuffer.pitch, 1056 * 2);
    assert_channel(framebuffer.red, 5, 11);
    assert_channel(framebuffer.green, 6, 5);
    assert_channel(framebuffer.blue, 5, 0);
    assert_channel(framebuffer.reserved, 0, 0);
}

/* UEFI: a pixel has whole bytes, as many as its highest bit needs. Linux's stub adds up the bits
 * and comes to 15 here, and so to a wrong pitch. */
static void masks_of_fifteen_bits_make_pixels_of_two_bytes(void **state)
{
    struct fake_display display = display_of_masks(0x7c00, 0x03e0, 0x001f, 0);

    (void)state;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.bits_per_pixel, 16);
    assert_int_equal(framebuffer.pitch, 1056 * 2);
    assert_channel(framebuffer.red, 5, 10);
}

static void masks_of_three_bytes(void **state)
{
    struct fake_display display = display_of_masks(0x0000ff, 0x00ff00, 0xff0000, 0);

    (void)state;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.bits_per_pixel, 24);
    assert_int_equal(framebuffer.pitch, 1056 * 3);
    assert_channel(framebuffer.blue, 8, 16);
}

static void masks_of_ten_bits(void **state)
{
    struct fake_display display = display_of_masks(0x3ff00000, 0x000ffc00, 0x000003ff, 0xc0000000);

    (void)state;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.bits_per_pixel, 32);
    assert_int_equal(framebuffer.pitch, 1056 * 4);
    assert_channel(framebuffer.red, 10, 20);
    assert_channel(framebuffer.green, 10, 10);
    assert_channel(framebuffer.blue, 10, 0);
    assert_channel(framebuffer.reserved, 2, 30);
}

static void framebuffer_above_4_gib(void **state)
{
    struct fake_display display = display_of(FAKE_PIXELS_BGR);

    (void)state;
    display.base = 0x3ffe0000000;
    fake_display(&display);
    assert_true(find());
    assert_int_equal(framebuffer.address, 0x3ffe0000000);
}

static void display_that_lacks_something_is_passed_over(void **state)
{
    struct fake_display displays[4];
    uint64_t base = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        displays[i] = display_of(FAKE_PIXELS_BGR);
    displays[0].lacks_mode = true;
    displays[1].lacks_info = true;
    displays[2].lacks_base = true;
    for (size_t i = 0; i < 4; i++)
        base = fake_display(&displays[i]);
    assert_true(find());
    assert_int_equal(framebuffer.address, base);
}

static void what_has_no_pixels_in_memory_is_no_framebuffer(void **state)
{
    struct fake_display displays[] = {
        display_of(FAKE_PIXELS_BLT_ONLY), display_of(FAKE_PIXELS_MASK),
        display_of(FAKE_PIXELS_BGR),      display_of(FAKE_PIXELS_BGR),
        display_of(FAKE_PIXELS_BGR),      display_of(FAKE_PIXELS_BGR)};

    (void)state;
    displays[0].masks[0] = 0xff; /* which mean nothing */
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

static uint8_t active[EDID_BLOCK_SIZE];
static uint8_t discovered[EDID_BLOCK_SIZE];

static struct fake_display display_with_both_edids(void)
{
    struct fake_display display = display_of(FAKE_PIXELS_RGB);

    memset(active, 'a', sizeof(active));
    memset(discovered, 'd', sizeof(discovered));
    display.edid = active;
    display.edid_size = sizeof(active);
    display.edid_discovered = discovered;
    display.edid_discovered_size = sizeof(discovered);
    return display;
}

static void assert_edid(const struct fake_display *display, int byte)
{
    uint8_t expected[EDID_BLOCK_SIZE];

    memset(expected, byte, sizeof(expected));
    fake_display(display);
    assert_true(find());
    assert_memory_equal(edid, expected, EDID_BLOCK_SIZE);
}

/* It may be the firmware's replacement for one that is known to be wrong. */
static void active_edid_is_preferred(void **state)
{
    struct fake_display display = display_with_both_edids();

    (void)state;
    assert_edid(&display, 'a');
}

static void discovered_edid_when_there_is_no_active_one(void **state)
{
    struct fake_display display = display_with_both_edids();

    (void)state;
    display.edid = NULL;
    assert_edid(&display, 'd');
}

static void discovered_edid_when_the_active_one_is_cut(void **state)
{
    struct fake_display display = display_with_both_edids();

    (void)state;
    display.edid_size = EDID_BLOCK_SIZE - 1;
    assert_edid(&display, 'd');
}

static void edids_that_are_cut_are_none(void **state)
{
    struct fake_display display = display_with_both_edids();

    (void)state;
    display.edid_size = EDID_BLOCK_SIZE - 1;
    display.edid_discovered_size = 0;
    assert_edid(&display, 0);
}

static void edids_without_data_are_none(void **state)
{
    struct fake_display display = display_with_both_edids();

    (void)state;
    display.lacks_edid_data = true;
    assert_edid(&display, 0);
}

static void edid_of_another_display_is_not_taken(void **state)
{
    struct fake_display other = display_with_both_edids();
    struct fake_display console = display_of(FAKE_PIXELS_BGR);

    (void)state;
    console.shows_console = true;
    fake_display(&other);
    assert_edid(&console, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_display_is_no_error),
        TEST(geometry_and_blue_first),
        TEST(red_first),
        TEST(masks_of_sixteen_bits),
        TEST(masks_of_fifteen_bits_make_pixels_of_two_bytes),
        TEST(masks_of_three_bytes),
        TEST(masks_of_ten_bits),
        TEST(framebuffer_above_4_gib),
        TEST(display_that_lacks_something_is_passed_over),
        TEST(what_has_no_pixels_in_memory_is_no_framebuffer),
        TEST(display_with_the_console_wins),
        TEST(first_usable_display_when_none_shows_the_console),
        TEST(edid_of_that_display),
        TEST(active_edid_is_preferred),
        TEST(discovered_edid_when_there_is_no_active_one),
        TEST(discovered_edid_when_the_active_one_is_cut),
        TEST(edids_that_are_cut_are_none),
        TEST(edids_without_data_are_none),
        TEST(edid_of_another_display_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
