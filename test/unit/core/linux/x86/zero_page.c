/* SPDX-License-Identifier: BSD-2-Clause */
/* Positions are written here as Linux's boot protocol and zero page documents give them; each test
 * compares the whole page, so that a byte too many is found as surely as one too few. */
#include "core/linux/x86/zero_page.h"

#include "core/base/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A kernel's head in which every byte is something, so that what is copied can be told. */
static uint8_t head[4096];
static uint8_t edid[128];
static struct bzimage image = {.header_end = 0x26c};

static struct zero_page_input input_with_everything(void)
{
    for (unsigned int i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)(i % 250 + 3);
    for (unsigned int i = 0; i < sizeof(edid); i++)
        edid[i] = (uint8_t)(0x80 + i);
    return (struct zero_page_input){
        .head = span_of(head, sizeof(head)),
        .image = &image,
        .load_address = 0x12345000,
        .initrd_address = 0x1122334455667788,
        .initrd_size = 0x99aabbccddeeff01,
        .command_line = 0x0203040506070809,
        .acpi_rsdp = 0xa1a2a3a4a5a6a7a8,
        .system_table = 0xb1b2b3b4b5b6b7b8,
        .edid = edid,
        .secure_boot = 3,
    };
}

/* What the page must be, without display. */
static void expect(uint8_t *page)
{
    memset(page, 0, 4096);
    memcpy(page + 0x1f1, head + 0x1f1, 0x26c - 0x1f1);
    store_u64(page + 0x070, 0xa1a2a3a4a5a6a7a8);
    store_u32(page + 0x0c0, 0x11223344); /* ext_ramdisk_image */
    store_u32(page + 0x0c4, 0x99aabbcc); /* ext_ramdisk_size */
    store_u32(page + 0x0c8, 0x02030405); /* ext_cmd_line_ptr */
    memcpy(page + 0x140, edid, 128);
    memcpy(page + 0x1c0, "EL64", 4);
    store_u32(page + 0x1c4, 0xb5b6b7b8); /* efi_systab */
    store_u32(page + 0x1d8, 0xb1b2b3b4); /* efi_systab_hi */
    store_u32(page + 0x1e0, 32768);      /* alt_mem_k */
    page[0x1ec] = 3;                     /* secure_boot */
    store_u16(page + 0x1fa, 0xffff);     /* vid_mode: normal */
    page[0x210] = 0xff;                  /* type_of_loader */
    page[0x211] = 1;                     /* loadflags */
    store_u32(page + 0x214, 0x12345000); /* code32_start */
    store_u32(page + 0x218, 0x55667788); /* ramdisk_image */
    store_u32(page + 0x21c, 0xddeeff01); /* ramdisk_size */
    store_u16(page + 0x226, 0);          /* ext_loader_ver, ext_loader_type */
    store_u32(page + 0x228, 0x06070809); /* cmd_line_ptr */
    store_u64(page + 0x250, 0);          /* setup_data */
}

static void assert_page(const uint8_t *page, const uint8_t *expected)
{
    for (unsigned int i = 0; i < 4096; i++)
        if (page[i] != expected[i])
            print_error("offset %x: %x, not %x\n", i, page[i], expected[i]);
    assert_memory_equal(page, expected, 4096);
}

/* In memory of exactly a page, full of garbage before. */
static uint8_t *build(const struct zero_page_input *input)
{
    uint8_t *page = malloc(4096);

    assert_non_null(page);
    memset(page, 0x5a, 4096);
    zero_page_build(input, page);
    return page;
}

static void every_byte_is_where_the_documents_say(void **state)
{
    struct zero_page_input input = input_with_everything();
    uint8_t *page = build(&input);
    uint8_t expected[4096];

    (void)state;
    expect(expected);
    assert_page(page, expected);
    /* Else the kernel would wipe half of it (sanitize_boot_params). */
    assert_int_equal(page[0x1ef], 0);
    free(page);
}

static void an_empty_input_leaves_what_must_not_be_zero(void **state)
{
    struct bzimage empty = {.header_end = 0x264};
    struct zero_page_input input = {.image = &empty};
    uint8_t *page = build(&input);
    uint8_t expected[4096] = {0};

    (void)state;
    memcpy(expected + 0x1c0, "EL64", 4);
    store_u32(expected + 0x1e0, 32768);
    store_u16(expected + 0x1fa, 0xffff);
    expected[0x210] = 0xff;
    expected[0x211] = 1;
    assert_page(page, expected);
    free(page);
}

static void the_header_is_copied_to_its_end_and_no_further(void **state)
{
    static const uint32_t ends[] = {0x264, 0x268, 0x26c, 0x290};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct zero_page_input input = input_with_everything();
        struct bzimage kernel = {.header_end = ends[i]};
        uint8_t *page;

        input.image = &kernel;
        page = build(&input);
        assert_int_equal(page[0x1f0], 0);
        assert_int_equal(page[0x1f1], head[0x1f1]);
        assert_int_equal(page[ends[i] - 1], head[ends[i] - 1]);
        for (uint32_t at = ends[i]; at < 4096; at++)
            assert_int_equal(page[at], 0);
        free(page);
    }
}

static void an_address_above_4g_is_not_cut_into_code32_start(void **state)
{
    struct zero_page_input input = input_with_everything();
    uint8_t *page;

    (void)state;
    input.load_address = 0x100000000;
    page = build(&input);
    assert_memory_equal(page + 0x214, head + 0x214, 4);
    free(page);
}

static void the_alignment_given_replaces_the_file_s(void **state)
{
    struct zero_page_input input = input_with_everything();
    uint8_t expected[4096];
    uint8_t *page;

    (void)state;
    expect(expected);
    input.alignment = 0x200000;
    page = build(&input);
    store_u32(expected + 0x230, 0x200000);
    assert_page(page, expected);
    free(page);
}

static const struct framebuffer bgr = {
    .address = 0x80000000,
    .size = 0x1000000,
    .width = 1280,
    .height = 800,
    .pitch = 5376,
    .bits_per_pixel = 32,
    .red = {8, 16},
    .green = {8, 8},
    .blue = {8, 0},
    .reserved = {8, 24},
};

static void the_display_is_described_as_the_stub_does(void **state)
{
    struct zero_page_input input = input_with_everything();
    struct framebuffer high = bgr;
    uint8_t expected[4096];
    uint8_t *page;

    (void)state;
    expect(expected);
    input.framebuffer = &bgr;
    page = build(&input);
    expected[0x0f] = 0x70;                  /* orig_video_isVGA: VIDEO_TYPE_EFI */
    store_u16(expected + 0x12, 1280);       /* lfb_width */
    store_u16(expected + 0x14, 800);        /* lfb_height */
    store_u16(expected + 0x16, 32);         /* lfb_depth */
    store_u32(expected + 0x18, 0x80000000); /* lfb_base */
    store_u32(expected + 0x1c, 5376 * 800); /* lfb_size, bytes */
    store_u16(expected + 0x24, 5376);       /* lfb_linelength */
    memcpy(expected + 0x26, "\x08\x10\x08\x08\x08\x00\x08\x18", 8);
    store_u16(expected + 0x32, 1); /* pages */
    store_u32(expected + 0x36, 1); /* capabilities: skip quirks */
    assert_page(page, expected);
    free(page);

    high.address = 0x4000000000;
    input.framebuffer = &high;
    page = build(&input);
    store_u32(expected + 0x18, 0);
    store_u32(expected + 0x36, 3);    /* and 64-bit base */
    store_u32(expected + 0x3a, 0x40); /* ext_lfb_base */
    assert_page(page, expected);
    free(page);

    high.address = 0x100000000;
    page = build(&input);
    store_u32(expected + 0x3a, 1);
    assert_page(page, expected);
    free(page);
}

static void the_pixels_are_described_in_every_format(void **state)
{
    static const struct {
        uint8_t bits_per_pixel;
        struct framebuffer_channel channels[4]; /* red, green, blue, reserved */
        uint8_t expected[8];                    /* size, position; of each */
    } formats[] = {
        {32, {{8, 0}, {8, 8}, {8, 16}, {8, 24}}, {8, 0, 8, 8, 8, 16, 8, 24}},
        {32, {{8, 16}, {8, 8}, {8, 0}, {8, 24}}, {8, 16, 8, 8, 8, 0, 8, 24}},
        {32, {{10, 20}, {10, 10}, {10, 0}, {2, 30}}, {10, 20, 10, 10, 10, 0, 2, 30}},
        {24, {{8, 0}, {8, 8}, {8, 16}, {0, 0}}, {8, 0, 8, 8, 8, 16, 0, 0}},
        {16, {{5, 11}, {6, 5}, {5, 0}, {0, 0}}, {5, 11, 6, 5, 5, 0, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct zero_page_input input = input_with_everything();
        struct framebuffer screen = bgr;
        uint8_t *page;

        screen.bits_per_pixel = formats[i].bits_per_pixel;
        screen.red = formats[i].channels[0];
        screen.green = formats[i].channels[1];
        screen.blue = formats[i].channels[2];
        screen.reserved = formats[i].channels[3];
        input.framebuffer = &screen;
        page = build(&input);
        assert_int_equal(page[0x16], formats[i].bits_per_pixel);
        assert_memory_equal(page + 0x26, formats[i].expected, 8);
        free(page);
    }
}

static void a_display_that_does_not_fit_its_fields_is_left_out(void **state)
{
    uint8_t expected[4096];

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct zero_page_input input = input_with_everything();
        struct framebuffer screen = bgr;
        uint8_t *page;

        expect(expected);
        if (i == 0)
            screen.width = 65536;
        else if (i == 1)
            screen.height = 65536;
        else if (i == 2)
            screen.pitch = 65536;
        else if (i == 3)
            screen.address = 0;
        else
            screen.pitch = UINT32_MAX;
        input.framebuffer = &screen;
        page = build(&input);
        assert_page(page, expected);
        free(page);
    }
}

static void the_largest_display_does_not_wrap(void **state)
{
    struct zero_page_input input = input_with_everything();
    struct framebuffer screen = bgr;
    uint8_t size[4];
    uint8_t *page;

    (void)state;
    screen.width = 65535;
    screen.height = 65535;
    screen.pitch = 65535;
    input.framebuffer = &screen;
    page = build(&input);
    store_u32(size, 65535U * 65535U);
    assert_memory_equal(page + 0x1c, size, 4);
    free(page);
}

static void setup_data_nodes_form_a_list(void **state)
{
    struct zero_page_input input = input_with_everything();
    uint8_t *page = build(&input);
    uint8_t first[16];
    uint8_t second[16];
    uint8_t expected[4096];
    uint8_t node[16] = {0};

    (void)state;
    expect(expected);
    zero_page_add_setup_data(page, first, 0x1000200030004000, 9, 32);
    store_u32(node + 8, 9);
    store_u32(node + 12, 32);
    assert_memory_equal(first, node, 16);
    store_u64(expected + 0x250, 0x1000200030004000);
    assert_page(page, expected);

    zero_page_add_setup_data(page, second, 0x5000600070008000, 1, 20);
    store_u64(node, 0x1000200030004000);
    store_u32(node + 8, 1);
    store_u32(node + 12, 20);
    assert_memory_equal(second, node, 16);
    store_u64(expected + 0x250, 0x5000600070008000);
    assert_page(page, expected);

    zero_page_set_setup_data(page, 0x1122334455667788);
    store_u64(expected + 0x250, 0x1122334455667788);
    assert_page(page, expected);
    zero_page_set_setup_data(page, 0);
    store_u64(expected + 0x250, 0);
    assert_page(page, expected);
    free(page);
}

static void the_maps_are_entered_after_the_exit(void **state)
{
    struct zero_page_input input = input_with_everything();
    uint8_t *page = build(&input);
    uint8_t expected[4096];
    struct memory_map map = {
        .data = page, .size = 48 * 130, .descriptor_size = 48, .descriptor_version = 1};

    (void)state;
    expect(expected);
    zero_page_set_efi_map(page, &map);
    zero_page_set_e820_count(page, 128);
    store_u32(expected + 0x1c8, 48);
    store_u32(expected + 0x1cc, 1);
    store_u32(expected + 0x1d0, (uint32_t)(uintptr_t)page);
    store_u32(expected + 0x1d4, 48 * 130);
    store_u32(expected + 0x1dc, (uint32_t)((uintptr_t)page >> 32));
    expected[0x1e8] = 128;
    assert_page(page, expected);
    /* The table has no more. */
    zero_page_set_e820_count(page, 300);
    assert_int_equal(page[0x1e8], 128);
    assert_ptr_equal(zero_page_e820(page), page + 0x2d0);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_where_the_documents_say),
        cmocka_unit_test(an_empty_input_leaves_what_must_not_be_zero),
        cmocka_unit_test(the_header_is_copied_to_its_end_and_no_further),
        cmocka_unit_test(an_address_above_4g_is_not_cut_into_code32_start),
        cmocka_unit_test(the_alignment_given_replaces_the_file_s),
        cmocka_unit_test(the_display_is_described_as_the_stub_does),
        cmocka_unit_test(the_pixels_are_described_in_every_format),
        cmocka_unit_test(a_display_that_does_not_fit_its_fields_is_left_out),
        cmocka_unit_test(the_largest_display_does_not_wrap),
        cmocka_unit_test(setup_data_nodes_form_a_list),
        cmocka_unit_test(the_maps_are_entered_after_the_exit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
