/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/line_editor.h"

#include "core/menu/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Exactly as large as it may be used. */

static struct line_editor fresh(const char *text, size_t extra)
{
    size_t capacity = strlen(text) + 1 + extra;
    char *memory = malloc(capacity);
    uint8_t *undo = malloc(LINE_EDITOR_UNDO);

    assert_non_null(memory);
    assert_non_null(undo);
    memcpy(memory, text, strlen(text) + 1);
    return line_editor_of(memory, capacity, undo);
}

static void done(struct line_editor *editor)
{
    free(editor->text);
    free(editor->undo);
}

static void press(struct line_editor *editor, const uint32_t *keys)
{
    for (; *keys != 0; keys++)
        assert_true(line_editor_key(editor, *keys));
}

static void assert_is(const struct line_editor *editor, const char *before, const char *behind)
{
    assert_int_equal(editor->length, strlen(editor->text));
    assert_int_equal(editor->length, strlen(before) + strlen(behind));
    assert_memory_equal(editor->text, before, strlen(before));
    assert_string_equal(editor->text + strlen(before), behind);
    assert_int_equal(editor->cursor, strlen(before));
}

#define C(letter) (KEY_CONTROL | (letter))

static void keys_do_what_they_do_in_a_shell(void **state)
{
    static const struct {
        uint32_t keys[12];
        const char *before;
        const char *behind;
    } table[] = {
        {{'x'}, "root=a quietx", ""}, /* who types at once types behind */
        {{KEY_LEFT, 'x'}, "root=a quiex", "t"},
        {{C('b'), C('b'), C('f')}, "root=a quie", "t"},
        {{KEY_HOME, 'x'}, "x", "root=a quiet"},
        {{C('a'), C('e'), 'x'}, "root=a quietx", ""},
        {{KEY_UP}, "root=a ", "quiet"},
        {{KEY_ALT | 'b', KEY_UP}, "", "root=a quiet"},
        {{C('a'), KEY_DOWN}, "root=a", " quiet"},
        {{C('a'), KEY_ALT | 'f', KEY_CONTROL | KEY_RIGHT}, "root=a quiet", ""},
        {{KEY_CONTROL | KEY_LEFT}, "root=a ", "quiet"},
        {{KEY_BACKSPACE}, "root=a quie", ""},
        {{KEY_HOME, KEY_BACKSPACE, KEY_DELETE}, "", "oot=a quiet"},
        {{C('d')}, "root=a quiet", ""},
        {{KEY_DELETE, KEY_DELETE}, "root=a qui", ""}, /* a terminal's Backspace comes as that */
        {{KEY_UP, C('k')}, "root=a ", ""},
        {{KEY_UP, C('u')}, "", "quiet"},
        {{C('w')}, "root=a ", ""},
        {{KEY_ALT | KEY_BACKSPACE, C('w')}, "", ""},
        {{KEY_HOME, KEY_ALT | 'd'}, "", " quiet"},
        {{KEY_HOME, KEY_CONTROL | KEY_DELETE, KEY_ALT | 'd'}, "", ""},
        {{KEY_LEFT, KEY_LEFT, KEY_RIGHT}, "root=a quie", "t"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct line_editor editor = fresh("root=a quiet", 4);

        press(&editor, table[i].keys);
        assert_is(&editor, table[i].before, table[i].behind);
        while (line_editor_undo(&editor))
            ;
        assert_string_equal(editor.text, "root=a quiet");
        done(&editor);
    }
}

static void other_keys_mean_nothing(void **state)
{
    static const uint32_t keys[] = {KEY_ENTER, KEY_ESCAPE,    KEY_F2, C('g'),
                                    0x7F,      KEY_ALT | 'x', '\t',   KEY_CONTROL | KEY_UP};
    struct line_editor editor = fresh("a", 4);

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_false(line_editor_key(&editor, keys[i]));
    press(&editor, (const uint32_t[]){0xD800, 0}); /* no character */
    assert_is(&editor, "a", "");
    done(&editor);
}

static void characters_are_whole_and_bytes_that_are_none_count_each(void **state)
{
    struct line_editor editor = fresh("\xC3\xA4\xFF\x80\xE2\x82\xAC", 8);

    (void)state;
    press(&editor, (const uint32_t[]){KEY_LEFT, 0});
    assert_is(&editor, "\xC3\xA4\xFF\x80", "\xE2\x82\xAC");
    press(&editor, (const uint32_t[]){KEY_BACKSPACE, KEY_LEFT, KEY_LEFT, KEY_DELETE, 0xFC, 0});
    assert_is(&editor, "\xC3\xBC", "\xFF\xE2\x82\xAC");
    done(&editor);
}

static void what_does_not_fit_is_left_out(void **state)
{
    struct line_editor editor = fresh("ab", 2);

    (void)state;
    press(&editor, (const uint32_t[]){'c', 0x20AC, 'd', 'e', 0});
    assert_is(&editor, "abcd", "");
    done(&editor);
}

static void undo_takes_back_step_by_step(void **state)
{
    struct line_editor editor = fresh("quiet", 64);

    (void)state;
    press(&editor, (const uint32_t[]){' ', 'd', 'e', ' ', 'b', KEY_HOME, C('k'), 'x', 0});
    assert_is(&editor, "x", "");
    assert_true(line_editor_key(&editor, C('z')));
    assert_is(&editor, "", "");
    assert_true(line_editor_key(&editor, C('_')));
    assert_is(&editor, "quiet de b", "");
    assert_true(line_editor_undo(&editor));
    assert_is(&editor, "quiet de", ""); /* a word with the blank before it */
    assert_true(line_editor_undo(&editor));
    assert_is(&editor, "quiet", "");
    assert_false(line_editor_undo(&editor));
    line_editor_set(&editor, "other");
    assert_is(&editor, "other", "");
    assert_true(line_editor_undo(&editor));
    assert_true(line_editor_undo(&editor));
    assert_is(&editor, "quiet", "");
    done(&editor);
}

/* The oldest changes are forgotten, the newest never. */
static void undo_has_an_end(void **state)
{
    char text[3001];
    struct line_editor editor;

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    editor = fresh(text, 8);
    for (unsigned int i = 0; i < 80; i++) {
        line_editor_set(&editor, i % 2 == 0 ? "" : text);
        assert_true(editor.undo_used <= LINE_EDITOR_UNDO);
    }
    assert_string_equal(editor.text, text);
    assert_true(line_editor_undo(&editor));
    assert_string_equal(editor.text, "");
    assert_true(line_editor_undo(&editor));
    assert_string_equal(editor.text, text);
    for (unsigned int i = 0; line_editor_undo(&editor); i++)
        assert_true(i < 80);
    assert_true(editor.length == 0 || strcmp(editor.text, text) == 0);
    done(&editor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_do_what_they_do_in_a_shell),
        cmocka_unit_test(other_keys_mean_nothing),
        cmocka_unit_test(characters_are_whole_and_bytes_that_are_none_count_each),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(undo_takes_back_step_by_step),
        cmocka_unit_test(undo_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
