/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void strokes_become_keys(void **state)
{
    static const struct {
        uint16_t scan;
        uint16_t character;
        bool control;
        bool alt;
        uint32_t key;
    } table[] = {
        {0, 0, false, false, KEY_NONE},
        {1, 0, false, false, KEY_UP},
        {0, 'a', false, false, 'a'},
        {0, 'A', false, false, 'A'},
        {0, '\r', false, false, KEY_ENTER},
        {0, '\n', false, false, KEY_ENTER},
        {0, 8, false, false, KEY_BACKSPACE},
        {0, 0x1B, false, false, KEY_ESCAPE},
        {0x17, 0, false, false, KEY_ESCAPE},
        {0, 'a', true, false, KEY_CONTROL | 'a'},
        {0, 'A', true, false, KEY_CONTROL | 'a'},
        {0, 1, false, false, KEY_CONTROL | 'a'}, /* a serial line: no word of the key */
        {0, 1, true, false, KEY_CONTROL | 'a'},
        {0, 26, false, false, KEY_CONTROL | 'z'},
        {0, 0x1F, false, false, KEY_CONTROL | '_'},
        {4, 0, true, false, KEY_CONTROL | KEY_LEFT},
        {0, 'b', false, true, KEY_ALT | 'b'},
        {0, 8, false, true, KEY_ALT | KEY_BACKSPACE},
        {0, '1', true, false, '1'},
        {0, 0xE4, false, false, 0xE4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(key_of(table[i].scan, table[i].character, table[i].control, table[i].alt),
                         table[i].key);
}

/* Bytes of a serial line that the firmware passes on one by one; \x1b is its Escape. */
static void check(const char *bytes, const uint32_t *keys, size_t count)
{
    struct key_filter filter = {0};
    size_t got = 0;
    uint32_t key;

    for (; *bytes != '\0'; bytes++) {
        key = key_filter_take(&filter, key_of(0, (uint16_t)*bytes, false, false));
        if (key != KEY_NONE) {
            assert_true(got < count);
            assert_int_equal(key, keys[got++]);
        }
    }
    key = key_filter_end(&filter);
    if (key != KEY_NONE) {
        assert_true(got < count);
        assert_int_equal(key, keys[got++]);
    }
    assert_int_equal(got, count);
    assert_false(key_filter_waits(&filter));
}

static void sequences_of_terminals_are_one_key(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t keys[4];
        size_t count;
    } table[] = {
        {"a4", {'a', '4'}, 2},
        {"\x1b", {KEY_ESCAPE}, 1},
        {"\x1b\x1b", {KEY_ESCAPE, KEY_ESCAPE}, 2},
        {"\x1b[A\x1b[B\x1b[C\x1b[D", {KEY_UP, KEY_DOWN, KEY_RIGHT, KEY_LEFT}, 4},
        {"\x1b[H\x1b[F\x1bOH\x1bOF", {KEY_HOME, KEY_END, KEY_HOME, KEY_END}, 4},
        {"\x1b[1~\x1b[4~\x1b[7~\x1b[8~", {KEY_HOME, KEY_END, KEY_HOME, KEY_END}, 4},
        {"\x1b[3~\x1b[5~\x1b[6~", {KEY_DELETE, KEY_PAGE_UP, KEY_PAGE_DOWN}, 3},
        {"\x1b[1;5D.", {KEY_LEFT, '.'}, 2},
        {"\x1b[21~O", {KEY_UNKNOWN, 'O'}, 2}, /* F10; the next key is its own */
        {"\x1b[K\x1bOj4", {KEY_UNKNOWN, KEY_UNKNOWN, '4'}, 3},
        {"\x1b[9~\x1b[99999~x", {KEY_UNKNOWN, KEY_UNKNOWN, 'x'}, 3},
        {"\x1b"
         "b\x1b\x08",
         {KEY_ALT | 'b', KEY_ALT | KEY_BACKSPACE},
         2},
        {"\x1b[\x1b[A", {KEY_UP}, 1}, /* cut off */
        {"\x1b[", {KEY_UNKNOWN}, 1},
        {"\x1bO", {KEY_UNKNOWN}, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        check(table[i].bytes, table[i].keys, table[i].count);
}

/* Each ends in a letter that would end the session, or in a digit that would choose an entry. */
static void no_byte_of_a_sequence_is_a_key(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t key;
    } table[] = {
        {"\x1b[[A", KEY_F1}, /* Linux's console */
        {"\x1b[[B", KEY_F2},
        {"\x1b[[E", KEY_F1 + 4},
        {"\x1b[[O", KEY_UNKNOWN},
        {"\x1bOP", KEY_F1}, /* xterm */
        {"\x1bOR", KEY_F3},
        {"\x1bO5Q", KEY_UNKNOWN}, /* with Control */
        {"\x1bO2R", KEY_UNKNOWN},
        {"\x1b[1;5Q", KEY_UNKNOWN},
        {"\x1b[24;80R", KEY_UNKNOWN}, /* where the cursor is, and no F3 */
        {"\x1b[?24;80R", KEY_UNKNOWN},
        {"\x1b[23$Q", KEY_UNKNOWN},
        {"\x1b[ O", KEY_UNKNOWN},
        {"\x1b[<0;10;5M", KEY_UNKNOWN}, /* a mouse */
        {"\x1b[?62;1c", KEY_UNKNOWN},   /* what terminal it is */
        {"\x1b[?1~", KEY_UNKNOWN},
        {"\x1b[=Q", KEY_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        check(table[i].bytes, &table[i].key, 1);
}

static void a_key_in_a_sequence_that_no_byte_is_counts(void **state)
{
    struct key_filter filter = {0};

    (void)state;
    assert_int_equal(key_filter_take(&filter, KEY_ESCAPE), KEY_NONE);
    assert_true(key_filter_waits(&filter));
    assert_int_equal(key_filter_take(&filter, '['), KEY_NONE);
    assert_int_equal(key_filter_take(&filter, KEY_UP), KEY_UP);
    assert_int_equal(key_filter_take(&filter, '4'), '4');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strokes_become_keys),
        cmocka_unit_test(sequences_of_terminals_are_one_key),
        cmocka_unit_test(no_byte_of_a_sequence_is_a_key),
        cmocka_unit_test(a_key_in_a_sequence_that_no_byte_is_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
