/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/screen/screen_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAPER 0x00000000U
#define INK   0x00ffffffU
#define DIRTY 0x11223344U

/* A screen whose memory is exactly as large as it says: ASan sees the first byte too far. */
struct screen {
    struct framebuffer framebuffer;
    uint32_t *pixels;
};

static struct screen screen_new(uint32_t width, uint32_t height, uint32_t pitch_pixels,
                                uint64_t size)
{
    struct screen screen = {
        .framebuffer = {.size = size,
                        .width = width,
                        .height = height,
                        .pitch = pitch_pixels * 4,
                        .bits_per_pixel = 32,
                        .red = {8, 16},
                        .green = {8, 8},
                        .blue = {8, 0},
                        .reserved = {8, 24}},
        .pixels = malloc(size),
    };

    assert_non_null(screen.pixels);
    for (uint64_t i = 0; i < size / 4; i++)
        screen.pixels[i] = DIRTY;
    screen.framebuffer.address = (uintptr_t)screen.pixels;
    return screen;
}

static struct screen screen_of(uint32_t width, uint32_t height)
{
    return screen_new(width, height, width, (uint64_t)width * height * 4);
}

static uint32_t pixel(const struct screen *screen, uint32_t x, uint32_t y)
{
    return screen->pixels[y * (screen->framebuffer.pitch / 4) + x];
}

/* `picture`: rows of '#' and '.', from the top left corner at (x, y), dots of scale pixels. */
static void assert_picture(const struct screen *screen, uint32_t x, uint32_t y, uint32_t scale,
                           const char *const *picture, uint32_t rows)
{
    for (uint32_t row = 0; row < rows * scale; row++) {
        const char *line = picture[row / scale];

        for (uint32_t column = 0; column < strlen(line) * scale; column++)
            assert_int_equal(pixel(screen, x + column, y + row),
                             line[column / scale] == '#' ? INK : PAPER);
    }
}

static const char *const picture_of_baton[SCREEN_TEXT_CELL_HEIGHT] = {
    "####...###..#####..###..#...#.", "#...#.#...#...#...#...#.#...#.",
    "#...#.#...#...#...#...#.##..#.", "####..#...#...#...#...#.#.#.#.",
    "#...#.#####...#...#...#.#..##.", "#...#.#...#...#...#...#.#...#.",
    "####..#...#...#....###..#...#.", "..............................",
    "..............................",
};

static void draws_the_word_dot_by_dot(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    assert_int_equal(text.scale, 1);
    screen_text_line(&text, "BATON");
    assert_picture(&screen, 0, 0, 1, picture_of_baton, SCREEN_TEXT_CELL_HEIGHT);
    for (uint32_t x = 30; x < 320; x++)
        assert_int_equal(pixel(&screen, x, 3), PAPER); /* the rest of the row is cleared */
    assert_int_equal(pixel(&screen, 0, SCREEN_TEXT_CELL_HEIGHT), DIRTY); /* the next is not */
    free(screen.pixels);
}

static void second_line_goes_below_the_first(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    screen_text_line(&text, "x");
    screen_text_line(&text, "BATON");
    assert_picture(&screen, 0, SCREEN_TEXT_CELL_HEIGHT, 1, picture_of_baton,
                   SCREEN_TEXT_CELL_HEIGHT);
    free(screen.pixels);
}

static void newline_ends_a_row(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    screen_text_line(&text, "\nBATON\nx\n");
    assert_picture(&screen, 0, SCREEN_TEXT_CELL_HEIGHT, 1, picture_of_baton,
                   SCREEN_TEXT_CELL_HEIGHT);
    assert_int_equal(text.row, 3);
    free(screen.pixels);
}

static void large_screen_gets_large_letters(void **state)
{
    static const struct {
        uint32_t width;
        uint32_t height;
        uint32_t scale;
    } cases[] = {{640, 480, 1}, {800, 600, 1}, {1024, 768, 2}, {1920, 1080, 4}, {3840, 2160, 8}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct screen screen = screen_of(cases[i].width, cases[i].height);
        struct screen_text text;

        assert_true(screen_text_begin(&screen.framebuffer, &text));
        assert_int_equal(text.scale, cases[i].scale);
        assert_true(text.columns >= 80);
        assert_true(text.rows >= 25);
        screen_text_line(&text, "BATON");
        assert_picture(&screen, 0, 0, cases[i].scale, picture_of_baton, SCREEN_TEXT_CELL_HEIGHT);
        free(screen.pixels);
    }
}

static void pitch_may_be_wider_than_the_picture(void **state)
{
    struct screen screen = screen_new(320, 40, 352, 352 * 40 * 4);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    screen_text_line(&text, "BATON");
    assert_picture(&screen, 0, 0, 1, picture_of_baton, SCREEN_TEXT_CELL_HEIGHT);
    assert_int_equal(pixel(&screen, 320, 0), DIRTY);
    free(screen.pixels);
}

static void long_line_goes_on_in_the_next_row(void **state)
{
    struct screen screen = screen_of(60, 40); /* ten characters */
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    assert_int_equal(text.columns, 10);
    screen_text_line(&text, "0123456789BATON");
    assert_int_equal(text.row, 2);
    assert_picture(&screen, 0, SCREEN_TEXT_CELL_HEIGHT, 1, picture_of_baton,
                   SCREEN_TEXT_CELL_HEIGHT);
    free(screen.pixels);
}

static void nothing_is_drawn_below_the_screen(void **state)
{
    struct screen screen = screen_of(320, 20); /* two rows and a bit */
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    for (unsigned int i = 0; i < 10; i++)
        screen_text_line(&text, "Baton\nBaton");
    assert_int_equal(pixel(&screen, 0, 18), DIRTY);
    assert_int_equal(pixel(&screen, 0, 19), DIRTY);
    free(screen.pixels);
}

/* The firmware says 40 rows but gives memory for 17 and a half: the size wins. */
static void memory_smaller_than_the_geometry(void **state)
{
    struct screen screen = screen_new(320, 40, 320, 320 * 4 * 17 + 640);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    assert_int_equal(text.rows, 1);
    for (unsigned int i = 0; i < 5; i++)
        screen_text_line(&text, "BATON BATON BATON");
    free(screen.pixels);
}

static void channels_anywhere_in_the_pixel(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    screen.framebuffer.red = (struct framebuffer_channel){10, 22};
    screen.framebuffer.green = (struct framebuffer_channel){10, 12};
    screen.framebuffer.blue = (struct framebuffer_channel){10, 2};
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    screen_text_line(&text, "B");
    assert_int_equal(pixel(&screen, 0, 0), 0xfffffffc);
    free(screen.pixels);
}

static void refuses_what_it_cannot_draw_into(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct framebuffer broken[10];
    struct screen_text text = {.row = 77};

    (void)state;
    for (unsigned int i = 0; i < 10; i++)
        broken[i] = screen.framebuffer;
    broken[0].address = 0;
    broken[1].bits_per_pixel = 24;
    broken[2].bits_per_pixel = 16;
    broken[3].pitch = 319 * 4;
    broken[4].width = 6;
    broken[5].height = 8;
    broken[6].size = 320 * 4 * 8;
    broken[7].address |= 2;
    broken[8].red = broken[8].green = broken[8].blue = (struct framebuffer_channel){0, 0};
    broken[9].pitch = 0;
    for (unsigned int i = 0; i < 10; i++)
        assert_false(screen_text_begin(&broken[i], &text));
    assert_int_equal(text.row, 77);
    free(screen.pixels);
}

static void channel_past_the_pixel_is_left_out(void **state)
{
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    screen.framebuffer.red = (struct framebuffer_channel){8, 28};
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    assert_int_equal(text.ink, 0x0000ffff);
    free(screen.pixels);
}

/* No two characters look the same, and none is empty but the space. */
static void glyphs_are_distinct(void **state)
{
    (void)state;
    for (char a = ' '; a <= '~'; a++) {
        bool empty = true;

        for (unsigned int y = 0; y < 7; y++)
            empty = empty && screen_text_glyph_row(a, y) == 0;
        assert_int_equal(empty, a == ' ');
        for (char b = ' '; b < a; b++) {
            bool same = true;

            for (unsigned int y = 0; y < 7; y++)
                same = same && screen_text_glyph_row(a, y) == screen_text_glyph_row(b, y);
            assert_false(same);
        }
    }
}

static void unknown_characters_are_boxes(void **state)
{
    static const uint8_t box[8] = {0x1f, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1f, 0};
    static const char unknown[] = {'\x01', '\x7f', '\x80', '\xff'};

    (void)state;
    for (size_t i = 0; i < sizeof(unknown); i++)
        for (unsigned int y = 0; y < 8; y++)
            assert_int_equal(screen_text_glyph_row(unknown[i], y), box[y]);
}

static void small_letters_are_small(void **state)
{
    static const char *const picture[SCREEN_TEXT_CELL_HEIGHT] = {
        "......#...........", "......#......####.", ".###..#.##..#...#.",
        "....#.##..#.#...#.", ".####.#...#..####.", "#...#.#...#.....#.",
        ".####.####...###..", "..................", "..................",
    };
    struct screen screen = screen_of(320, 40);
    struct screen_text text;

    (void)state;
    assert_true(screen_text_begin(&screen.framebuffer, &text));
    screen_text_line(&text, "abg");
    assert_picture(&screen, 0, 0, 1, picture, SCREEN_TEXT_CELL_HEIGHT);
    free(screen.pixels);
}

/* A screen of ten characters. */
static void a_row_ends_with_a_word(void **state)
{
    static const struct {
        const char *line;
        uint32_t rows;
        uint32_t second; /* the first character of the second row, where there is one */
    } table[] = {
        {"BBBBBBBBBB", 1, 0},     {"BBBBB BBBBB", 2, 'B'},    {"BBBBBBBBBBB", 2, 'B'},
        {"BBBBBBBBBB B", 2, 'B'}, {"BBBB BBBB BBBB", 2, 'B'},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct screen screen = screen_of(10 * SCREEN_TEXT_CELL_WIDTH, 40);
        struct screen_text text;

        assert_true(screen_text_begin(&screen.framebuffer, &text));
        assert_int_equal(text.columns, 10);
        screen_text_line(&text, table[i].line);
        assert_int_equal(text.row, table[i].rows);
        if (table[i].second != 0)
            assert_int_equal(pixel(&screen, 0, SCREEN_TEXT_CELL_HEIGHT + 2), INK);
        free(screen.pixels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_the_word_dot_by_dot),
        cmocka_unit_test(second_line_goes_below_the_first),
        cmocka_unit_test(newline_ends_a_row),
        cmocka_unit_test(large_screen_gets_large_letters),
        cmocka_unit_test(pitch_may_be_wider_than_the_picture),
        cmocka_unit_test(long_line_goes_on_in_the_next_row),
        cmocka_unit_test(nothing_is_drawn_below_the_screen),
        cmocka_unit_test(memory_smaller_than_the_geometry),
        cmocka_unit_test(channels_anywhere_in_the_pixel),
        cmocka_unit_test(refuses_what_it_cannot_draw_into),
        cmocka_unit_test(channel_past_the_pixel_is_left_out),
        cmocka_unit_test(glyphs_are_distinct),
        cmocka_unit_test(small_letters_are_small),
        cmocka_unit_test(a_row_ends_with_a_word),
        cmocka_unit_test(unknown_characters_are_boxes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
