/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/text_screen.h"

#include "efi/console.h"
#include "unit/fixture/firmware_fixture.h"

static struct text_screen screen;

static bool open_on(struct fake_terminal terminal, uint32_t mode, bool graphics, uint32_t width)
{
    fake_allow_usual();
    terminal.columns = 80;
    terminal.rows = 25;
    fake_terminal(&terminal);
    if (graphics)
        (void)fake_display(&(struct fake_display){.width = width,
                                                  .height = width / 16 * 9,
                                                  .pixels_per_line = width,
                                                  .format = FAKE_PIXELS_BLT_ONLY});
    console_open(firmware);
    if (!text_screen_open(firmware, &screen))
        return false;
    text_screen_set_mode(&screen, mode);
    return true;
}

static void it_is_as_large_as_the_firmware_says(void **state)
{
    static const struct {
        uint32_t mode;
        uint32_t width;
        uint32_t columns;
        uint32_t rows;
    } table[] = {
        {TEXT_SCREEN_KEEP, 1920, 80, 25},
        {0, 1920, 80, 25},
        {1, 1920, 100, 35},
        {2, 1920, 120, 45},
        {TEXT_SCREEN_MAX, 1920, 120, 45},
        {7, 1920, 120, 45}, /* there is no such mode: the last one */
        {TEXT_SCREEN_AUTO, 1920, 80, 25},
        {TEXT_SCREEN_AUTO, 3840, 120, 45},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        (void)begin(NULL);
        assert_true(open_on((struct fake_terminal){0}, table[i].mode, true, table[i].width));
        assert_int_equal(screen.columns, table[i].columns);
        assert_int_equal(screen.rows, table[i].rows);
        assert_false(fake_terminal_cursor_is_visible());
        console_close();
    }
}

static void a_terminal_without_a_screen_is_taken_for_a_small_one(void **state)
{
    (void)state;
    assert_true(open_on((struct fake_terminal){0}, 1, false, 0));
    assert_int_equal(screen.columns, 100);
    assert_int_equal(screen.rows, 24);
    console_close();
}

static void a_console_that_refuses_is_used_as_it_is(void **state)
{
    (void)state;
    assert_true(open_on((struct fake_terminal){.query_status = FAKE_DEVICE_ERROR, .no_mode = true},
                        TEXT_SCREEN_MAX, true, 1920));
    assert_int_equal(screen.columns, 80);
    assert_int_equal(screen.rows, 25);
    console_close();

    (void)begin(NULL);
    assert_true(open_on((struct fake_terminal){.set_mode_status = FAKE_DEVICE_ERROR},
                        TEXT_SCREEN_AUTO, true, 3840));
    assert_int_equal(screen.columns, 80);
    console_close();
}

/* Of those that are refused the next lower one is taken; mode 0 of a console that refuses all. */
static void a_mode_that_is_refused(void **state)
{
    static const struct {
        uint32_t mode;
        uint32_t width;
        struct fake_terminal terminal;
        uint32_t columns;
        unsigned int resets;
    } table[] = {
        {TEXT_SCREEN_MAX, 1920, {.broken_mode = 2}, 100, 0},
        {2, 1920, {.broken_mode = 2}, 100, 0},
        {1, 1920, {.broken_mode = 1}, 80, 0},
        {TEXT_SCREEN_AUTO, 3840, {.broken_mode = 2}, 100, 0},
        {TEXT_SCREEN_MAX, 1920, {.set_mode_status = FAKE_DEVICE_ERROR}, 80, 1},
        {0, 1920, {.set_mode_status = FAKE_DEVICE_ERROR}, 80, 1},
        {TEXT_SCREEN_KEEP, 1920, {.set_mode_status = FAKE_DEVICE_ERROR}, 80, 0},
        {TEXT_SCREEN_MAX, 1920, {.no_mode = true}, 80, 0},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        (void)begin(state);
        assert_true(open_on(table[i].terminal, table[i].mode, true, table[i].width));
        assert_int_equal(screen.columns, table[i].columns);
        assert_int_equal(fake_calls_of("Reset"), table[i].resets);
        if (table[i].resets != 0) /* and in mode 0, whichever it was in before */
            assert_int_equal(fake_calls_of("SetMode"), (table[i].mode == 0 ? 1 : 3) + 1);
        console_close();
        (void)end(state);
    }
    (void)begin(state);
}

static void the_next_mode_that_works(void **state)
{
    (void)state;
    assert_true(open_on((struct fake_terminal){.broken_mode = 1}, TEXT_SCREEN_KEEP, true, 1920));
    assert_int_equal(text_screen_next_mode(&screen), 2);
    assert_int_equal(screen.columns, 120);
    assert_int_equal(text_screen_next_mode(&screen), 0);
    assert_int_equal(screen.columns, 80);
    console_close();
}

static void rows_have_their_colours(void **state)
{
    (void)state;
    assert_true(open_on((struct fake_terminal){0}, TEXT_SCREEN_KEEP, true, 1920));
    text_screen_put(&screen, 3, 0x70, "chosen");
    text_screen_put(&screen, 4, 0x07, "\xC3\xBC");
    text_screen_put(&screen, 5, 0x07, "plain");
    assert_string_equal(fake_terminal_row(3), "chosen");
    assert_string_equal(fake_terminal_row(4), "#");
    assert_int_equal(fake_terminal_attribute(3), 0x70);
    assert_int_equal(fake_terminal_attribute(5), 0x07);
    assert_int_equal(fake_calls_of("SetAttribute"), 3); /* none that is set already */
    text_screen_show_cursor(&screen, 2, 4);
    assert_true(fake_terminal_cursor_is_visible());
    text_screen_hide_cursor(&screen);
    text_screen_close(&screen);
    assert_true(fake_terminal_cursor_is_visible());
    assert_string_equal(fake_terminal_row(3), "");
    console_close();
}

static void no_console(void **state)
{
    (void)state;
    assert_false(text_screen_open(firmware, &screen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_as_large_as_the_firmware_says),
        TEST(a_terminal_without_a_screen_is_taken_for_a_small_one),
        TEST(a_console_that_refuses_is_used_as_it_is),
        TEST(a_mode_that_is_refused),
        TEST(the_next_mode_that_works),
        TEST(rows_have_their_colours),
        TEST(no_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
