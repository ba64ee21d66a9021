/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/keyboard.h"

#include "unit/fixture/firmware_fixture.h"

#define CONTROL_HELD 0x80000008U /* EFI_SHIFT_STATE_VALID, EFI_LEFT_CONTROL_PRESSED */
#define ALT_HELD     0x80000010U

static struct keyboard keyboard;

static void plug_in(struct fake_terminal terminal)
{
    terminal.columns = 80;
    terminal.rows = 25;
    fake_allow_usual();
    fake_terminal(&terminal);
    keyboard = keyboard_open(firmware);
}

#define STROKES(...)                                                                               \
    .strokes = (const struct fake_stroke[]){__VA_ARGS__},                                          \
    .stroke_count = sizeof((const struct fake_stroke[]){__VA_ARGS__}) / sizeof(struct fake_stroke)

static void keys_come_from_the_extended_protocol(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true,
                                   .has_extended = true,
                                   STROKES({.character = 'a'}, {.at = 500, .scan = 1},
                                           {.at = 600, .character = 'b', .held = CONTROL_HELD},
                                           {.at = 700, .character = 'b', .held = ALT_HELD},
                                           {.at = 800, .character = 'b', .held = 8})});
    assert_true(keyboard_is_there(&keyboard));
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'a');
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_UP);
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_CONTROL | 'b');
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_ALT | 'b');
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'b'); /* not valid, says the firmware */
    assert_int_equal(fake_calls_of("ReadKeyStroke"), 0);   /* they would come twice */
    keyboard_close(&keyboard);
}

static void conin_is_used_where_there_is_nothing_else(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true, STROKES({.at = 5, .character = 'x'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'x');
    keyboard_close(&keyboard);
}

static void a_protocol_without_an_event_is_not_there(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true,
                                   .has_extended = true,
                                   .check_status = FAKE_INVALID_PARAMETER,
                                   .is_stuck = true});
    assert_int_equal(keyboard_wait(&keyboard, 2), KEY_NONE);
    assert_int_equal(fake_calls_of("ReadKeyStroke"), 2);
    assert_int_equal(fake_calls_of("ReadKeyStrokeEx"), 0);
    keyboard_close(&keyboard);
}

/* Some firmware has each key there once more, in a queue of its own. */
static void another_device_that_has_a_key_takes_the_place_of_the_console(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true,
                                   .has_extended = true,
                                   .has_other = true,
                                   STROKES({.character = 'a'}, {.character = 'b', .on_other = true},
                                           {.character = 'c', .on_other = true},
                                           {.at = 100, .character = 'c'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'a');
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'b');
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'c');
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_NONE);
    assert_true(keyboard_is_there(&keyboard));
    keyboard_close(&keyboard);
}

static void an_event_that_is_always_signalled_hides_neither_keys_nor_the_time(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true, .is_stuck = true});
    assert_int_equal(keyboard_wait(&keyboard, 100), KEY_NONE);
    assert_int_equal(fake_terminal_ms(), 100);
    keyboard_close(&keyboard);

    (void)begin(NULL);
    plug_in((struct fake_terminal){.has_plain = true,
                                   .has_extended = true,
                                   .has_other = true,
                                   .is_stuck = true,
                                   STROKES({.at = 80, .character = 'a'})});
    assert_int_equal(keyboard_wait(&keyboard, 100), 'a');
    keyboard_close(&keyboard);

    /* Nor what may follow an Escape. */
    (void)begin(NULL);
    plug_in((struct fake_terminal){.has_plain = true,
                                   .has_extended = true,
                                   .has_other = true,
                                   .is_stuck = true,
                                   STROKES({.at = 80, .character = 0x1b})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_ESCAPE);
    assert_true(fake_terminal_ms() < 200);
    keyboard_close(&keyboard);
}

static void waiting_ends(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true, .has_extended = true});
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_NONE);
    assert_int_equal(fake_terminal_ms(), 1000);
    keyboard_close(&keyboard);
}

static void strokes_that_are_no_key_do_not_end_it(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_extended = true,
                                   .has_plain = true,
                                   STROKES({.at = 100, .held = CONTROL_HELD},
                                           {.at = 200, .held = CONTROL_HELD},
                                           {.at = 300, .character = 'y'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'y');
    assert_int_equal(fake_terminal_ms(), 300);
    keyboard_close(&keyboard);
}

static void a_sequence_is_one_key_and_a_lone_escape_comes_soon(void **state)
{
    (void)state;
    plug_in(
        (struct fake_terminal){.has_extended = true,
                               .has_plain = true,
                               STROKES({.at = 100, .scan = 0x17}, {.at = 101, .character = '['},
                                       {.at = 102, .character = '4'}, {.at = 103, .character = '~'},
                                       {.at = 500, .scan = 0x17}, {.at = 900, .character = '4'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_END);
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_ESCAPE);
    assert_true(fake_terminal_ms() < 600);
    assert_int_equal(keyboard_wait(&keyboard, 1000), '4');
    keyboard_close(&keyboard);
}

static void a_sequence_that_means_nothing_is_a_key_too(void **state)
{
    (void)state;
    plug_in(
        (struct fake_terminal){.has_plain = true,
                               STROKES({.at = 100, .scan = 0x17}, {.at = 101, .character = '['},
                                       {.at = 102, .character = '1'}, {.at = 102, .character = '5'},
                                       {.at = 103, .character = '~'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_UNKNOWN);
    assert_int_equal(keyboard_wait(&keyboard, 1000), KEY_NONE);
    assert_int_equal(fake_terminal_ms(), 1103);
    keyboard_close(&keyboard);
}

static void a_look_takes_a_sequence_as_a_whole(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_plain = true,
                                   STROKES({.scan = 0x17}, {.character = 'O'}, {.character = 'H'},
                                           {.scan = 0x17}, {.character = '['},
                                           {.at = 9, .character = '4'}, {.at = 9, .character = '~'},
                                           {.character = 'a'})});
    assert_int_equal(keyboard_look(&keyboard), KEY_HOME);
    assert_int_equal(keyboard_look(&keyboard), KEY_END);
    assert_int_equal(keyboard_look(&keyboard), 'a');
    assert_int_equal(keyboard_look(&keyboard), KEY_NONE);
}

static void a_look_does_not_wait(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){
        .has_extended = true,
        .has_plain = true,
        STROKES({.character = 'a'}, {.scan = 0x17}, {.at = 100, .character = 'b'})});
    assert_int_equal(keyboard_look(&keyboard), 'a');
    assert_int_equal(keyboard_look(&keyboard), KEY_ESCAPE);
    assert_int_equal(keyboard_look(&keyboard), KEY_NONE);
    assert_int_equal(fake_calls_of("WaitForEvent"), 0);
    assert_int_equal(fake_calls_of("CreateEvent"), 0);
}

static void a_machine_without_keys(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){.has_other = true});
    assert_false(keyboard_is_there(&keyboard));
    assert_int_equal(keyboard_look(&keyboard), KEY_NONE);
    assert_int_equal(keyboard_wait(&keyboard, 250), KEY_NONE);
    assert_int_equal(fake_terminal_ms(), 250);
    keyboard_close(&keyboard);
}

static void what_fails_is_not_asked_again(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        (void)begin(NULL);
        plug_in((struct fake_terminal){.has_plain = true,
                                       .has_extended = plain == 0,
                                       .read_status = FAKE_DEVICE_ERROR,
                                       STROKES({.at = 1, .character = 'a'})});
        assert_int_equal(keyboard_wait(&keyboard, 100), KEY_NONE);
        assert_false(keyboard_is_there(&keyboard));
        assert_int_equal(fake_terminal_ms(), 100);
        keyboard_close(&keyboard);
    }
}

static void keys_come_where_nothing_can_be_waited_for(void **state)
{
    (void)state;
    plug_in((struct fake_terminal){
        .has_plain = true, .wait_status = FAKE_UNSUPPORTED, STROKES({.at = 75, .character = 'a'})});
    assert_int_equal(keyboard_wait(&keyboard, 1000), 'a');
    assert_int_equal(fake_terminal_ms(), 80);
    assert_int_equal(keyboard_wait(&keyboard, 100), KEY_NONE);
    assert_int_equal(fake_terminal_ms(), 180);
    keyboard_close(&keyboard);

    (void)begin(NULL);
    plug_in(
        (struct fake_terminal){.has_plain = true,
                               .no_timer = true,
                               STROKES({.at = 75, .scan = 0x17}, {.at = 76, .character = 'b'})});
    assert_int_equal(keyboard_wait(&keyboard, 150000), KEY_ALT | 'b');
    assert_true(fake_terminal_ms() <= 90);
    assert_int_equal(keyboard_wait(&keyboard, 100), KEY_NONE);
    keyboard_close(&keyboard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_come_from_the_extended_protocol),
        TEST(conin_is_used_where_there_is_nothing_else),
        TEST(a_protocol_without_an_event_is_not_there),
        TEST(another_device_that_has_a_key_takes_the_place_of_the_console),
        TEST(an_event_that_is_always_signalled_hides_neither_keys_nor_the_time),
        TEST(waiting_ends),
        TEST(strokes_that_are_no_key_do_not_end_it),
        TEST(a_sequence_is_one_key_and_a_lone_escape_comes_soon),
        TEST(a_sequence_that_means_nothing_is_a_key_too),
        TEST(a_look_takes_a_sequence_as_a_whole),
        TEST(a_look_does_not_wait),
        TEST(a_machine_without_keys),
        TEST(what_fails_is_not_asked_again),
        TEST(keys_come_where_nothing_can_be_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
