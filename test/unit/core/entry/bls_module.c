/* SPDX-License-Identifier: BSD-2-Clause */
/* baton-module: a path, and words that are the module's. */
#include "unit/fixture/bls_fixture.h"

static void assert_module(const struct outcome *o, uint32_t index, const char *path,
                          const char *words)
{
    assert_true(index < o->entry.module_count);
    assert_string_equal(o->entry.modules[index], path);
    assert_string_equal(bls_module_words(o->entry.modules[index]), words);
}

static void modules_have_words_and_keep_their_order(void **state)
{
    struct outcome o = parse("linux /xen.gz\n"
                             "baton-module /vmlinuz   root=/dev/sda2  \"a b\" 'c' \n"
                             "initrd /initrd.img\n"
                             "baton-module \"with blanks\" x\n"
                             "baton-module alone\n"
                             "options console=com1\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.module_count, 3);
    assert_module(&o, 0, "\\vmlinuz", "root=/dev/sda2  \"a b\" 'c'");
    assert_module(&o, 1, "\\with blanks", "x");
    assert_module(&o, 2, "\\alone", "");
    assert_int_equal(o.entry.initrd_count, 1);
    assert_string_equal(o.entry.initrds[0], "\\initrd.img");
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
}

static void a_path_that_cannot_be_used_is_refused(void **state)
{
    static const char *const texts[] = {"/..", "fs0:/x", "\"\" words", "/a*"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        char text[64];
        struct outcome o;

        sprintf(text, "linux /k\nbaton-module %s\n", texts[i]);
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_MODULE_PATH);
        assert_int_equal(o.note.line, 2);
        assert_non_null(o.note.why);
        free(o.buffer);
    }
}

static void words_end_with_no_nul(void **state)
{
    static const char text[] = "linux /k\nbaton-module /m a\0b\n";
    struct outcome o = parse_bytes(text, sizeof(text) - 1, "x.conf");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_NUL);
    assert_int_equal(o.note.line, 2);
    free(o.buffer);
}

static void words_that_are_no_text_are_warned_of(void **state)
{
    struct outcome o = parse("linux /k\nbaton-module /m a\xE4\nbaton-module\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_module(&o, 0, "\\m", "a\xE4");
    assert_int_equal(o.entry.module_count, 1);
    assert_int_equal(o.entry.warning_count, 2);
    assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_OPTIONS_NOT_TEXT);
    assert_int_equal(o.entry.warnings[1].kind, BLS_WARNING_NO_VALUE);
    free(o.buffer);
}

/* Initrds are modules as well. */
static void modules_and_initrds_are_64_together(void **state)
{
    (void)state;
    for (unsigned int last = 0; last < 2; last++) {
        char text[4096] = "linux /k\n";
        struct outcome o;

        for (unsigned int i = 0; i < BLS_INITRDS_MAX; i++)
            strcat(text, i % 2 == 0 ? "baton-module m\n" : "initrd i\n");
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.module_count + o.entry.initrd_count, BLS_INITRDS_MAX);
        free(o.buffer);
        strcat(text, last == 0 ? "baton-module m\n" : "initrd i\n");
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_INITRDS);
        assert_int_equal(o.note.line, 1 + BLS_INITRDS_MAX + 1);
        free(o.buffer);
    }
}

static void a_buffer_that_is_too_small_is_an_error_at_every_size(void **state)
{
    static const char text[] = "linux k\nbaton-module m words of it\n";
    struct bls_entry entry;
    struct line_note note;
    bool fits = false;

    (void)state;
    for (size_t size = 0; !fits; size++) {
        char *buffer = exact_buffer(size);
        enum bls_entry_error error = bls_entry_parse(span_of(text, strlen(text)), "x.conf",
                                                     &given_conf, buffer, size, &entry, &note);

        fits = error == BLS_ENTRY_OK;
        assert_true(fits || error == BLS_ENTRY_BUFFER);
        assert_true(size < 64);
        free(buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_have_words_and_keep_their_order),
        cmocka_unit_test(a_path_that_cannot_be_used_is_refused),
        cmocka_unit_test(words_end_with_no_nul),
        cmocka_unit_test(words_that_are_no_text_are_warned_of),
        cmocka_unit_test(modules_and_initrds_are_64_together),
        cmocka_unit_test(a_buffer_that_is_too_small_is_an_error_at_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
