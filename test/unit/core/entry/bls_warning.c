/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves that a line which is not as it should be costs no entry that boots what was meant, that it
 * is said, and what becomes of values as people's tools write them: quotes, lists, variables.
 */
#include "core/entry/bls_warning.h"

#include "unit/fixture/bls_fixture.h"

static void warns_of_what_runs_as_it_was_meant(void **state)
{
    static const struct {
        const char *text;
        enum bls_warning_kind kind;
        uint32_t line;
    } cases[] = {
        {"linux /k\n!!! no entry %%%\n", BLS_WARNING_NONSENSE, 2},
        {"linux /k\n\xFF\xFE\x01\n", BLS_WARNING_NONSENSE, 2},
        {"linux= /k2\nlinux /k\n", BLS_WARNING_NONSENSE, 1},
        {"linux /k\nintrd /i\n", BLS_WARNING_UNKNOWN_KEY, 2},
        {"TITLE x\nlinux /k\n", BLS_WARNING_UNKNOWN_KEY, 1},
        {"linux /k\nextra /a.cred\n", BLS_WARNING_NOT_UKI, 2},
        {"devicetree /d\nlinux /k\n", BLS_WARNING_NOT_OBEYED, 1},
        {"devicetree-overlay /d /e\nlinux /k\n", BLS_WARNING_NOT_OBEYED, 1},
        {"linux /k\nuki-url http://h/k\n", BLS_WARNING_NOT_OBEYED, 2},
        {"title\nlinux /k\n", BLS_WARNING_NO_VALUE, 1},
        {"linux /k\nversion \t \n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nsort-key ''\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nmachine-id \" \"\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\noptions\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\noptions \"\"\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\ninitrd\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\ninitrd \"\"\n", BLS_WARNING_NO_VALUE, 2},
        {"linux\nlinux /k\n", BLS_WARNING_NO_VALUE, 1},
        {"linux /k\nefi\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\narchitecture\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nextra\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nbaton-debug\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nbaton-exit\n", BLS_WARNING_NO_VALUE, 2},
        {"linux /k\nbaton-exit-time\n", BLS_WARNING_NO_VALUE, 2},
        {"uki /k\nprofile\n", BLS_WARNING_NO_VALUE, 2},
        {"title a\nlinux /k\ntitle b\n", BLS_WARNING_TWICE, 3},
        {"linux /..\nlinux /k\n", BLS_WARNING_TWICE, 2},
        {"title a\x1B[2J\nlinux /k\n", BLS_WARNING_NOT_TEXT, 1},
        {"version \xFF\nlinux /k\n", BLS_WARNING_NOT_TEXT, 1},
        {"sort-key \xE2\x80\xAE\nlinux /k\n", BLS_WARNING_NOT_TEXT, 1},
        {"linux /k\noptions a\xFF\n", BLS_WARNING_OPTIONS_NOT_TEXT, 2},
        {"linux /k\noptions a\x01\n", BLS_WARNING_OPTIONS_NOT_TEXT, 2},
        {"efi /k\noptions a\x01\n", BLS_WARNING_OPTIONS_NOT_TEXT, 2},
        {"linux /k\noptions a $b\n", BLS_WARNING_OPTIONS_VARIABLE, 2},
        {"linux /k\ninitrd /a /b\n", BLS_WARNING_INITRD_LIST, 2},
        {"linux /k\ninitrd /a $b\n", BLS_WARNING_INITRD_VARIABLE, 2},
        {"linux /k\ninitrd $a\n", BLS_WARNING_INITRD_VARIABLE, 2},
        {"baton-debug maybe\nlinux /k\n", BLS_WARNING_BOOLEAN, 1},
        {"baton-place-high 2\nlinux /k\n", BLS_WARNING_BOOLEAN, 1},
        {"baton-late-map 2\nlinux /k\n", BLS_WARNING_BOOLEAN, 1},
        {"baton-exit-marker x\nlinux /k\n", BLS_WARNING_BOOLEAN, 1},
        {"baton-exit-time 0\nlinux /k\n", BLS_WARNING_EXIT_TIME, 1},
        {"baton-exit-time 601\nlinux /k\n", BLS_WARNING_EXIT_TIME, 1},
        {"baton-exit-time 10s\nlinux /k\n", BLS_WARNING_EXIT_TIME, 1},
        {"baton-exit-time 4294967297\nlinux /k\n", BLS_WARNING_EXIT_TIME, 1},
        {"baton-exit kernel\nlinux /k\n", BLS_WARNING_EXIT, 1},
        {"baton-exit Baton\nlinux /k\n", BLS_WARNING_EXIT, 1},
        {"uki /k\nextra /a.raw\n", BLS_WARNING_EXTRA, 2},
        {"uki /k\nextra /a/b.credit\n", BLS_WARNING_EXTRA, 2},
        {"uki /k\nextra /.cred\n", BLS_WARNING_EXTRA, 2},
        {"uki /k\nextra /\xC3\xA4.cred\n", BLS_WARNING_EXTRA, 2},
        {"uki /k\nextra /../a.cred\n", BLS_WARNING_EXTRA, 2},
        {"linux /k\nprofile 256\n", BLS_WARNING_NOT_UKI, 2},
        {"profile x\nefi /k\n", BLS_WARNING_NOT_UKI, 1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        if (o.error != BLS_ENTRY_OK || o.entry.warning_count != 1 ||
            o.entry.warnings[0].kind != cases[i].kind || o.entry.warnings[0].line != cases[i].line)
            fail_msg("'%s': error %d, %u warnings", cases[i].text, (int)o.error,
                     o.error == BLS_ENTRY_OK ? o.entry.warning_count : 0);
        assert_string_equal(o.entry.kernel, "\\k");
        assert_false(o.entry.debug || o.entry.place_high || o.entry.late_map ||
                     o.entry.exit_marker);
        assert_int_equal(o.entry.exit_seconds, 0);
        assert_int_equal(o.entry.exit, BLS_EXIT_DEFAULT);
        free(o.buffer);
    }
}

static void bad_values_of_batons_keys_leave_what_was_there(void **state)
{
    struct outcome o = parse("linux /k\nbaton-debug yes\nbaton-exit-time 9\nbaton-exit baton\n"
                             "baton-debug 2\nbaton-exit-time x\nbaton-exit x\nbaton-late-map\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_true(o.entry.debug);
    assert_int_equal(o.entry.exit_seconds, 9);
    assert_int_equal(o.entry.exit, BLS_EXIT_BATON);
    assert_int_equal(o.entry.warning_count, 4);
    free(o.buffer);
}

/* Whoever says so: a kernel that is started by the firmware has its own stub read them. */
static void initrds_among_the_options_are_warned_of_where_nobody_reads_them(void **state)
{
    static const char settings[] = "entry x*\nbaton-exit guard\n";
    static const struct {
        const char *settings;
        const char *exit;
        uint32_t warnings;
    } cases[] = {
        {"", "", 1},       {"", "baton-exit guard\n", 0},       {"", "baton-exit firmware\n", 0},
        {settings, "", 0}, {settings, "baton-exit baton\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128];
        struct outcome o;

        snprintf(text, sizeof(text), "linux /k\noptions a initrd=/i\n%s", cases[i].exit);
        given_conf.settings = span_of(cases[i].settings, strlen(cases[i].settings));
        o = parse(text);
        assert_int_equal(o.entry.warning_count, cases[i].warnings);
        if (cases[i].warnings != 0) {
            assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_OPTIONS_INITRD);
            assert_int_equal(o.entry.warnings[0].line, 2);
        }
        free(o.buffer);
    }
    given_conf.settings = (struct span){0};
}

static void shows_strings_as_well_as_possible(void **state)
{
    static const struct {
        const char *value;
        const char *title;
        uint32_t warnings;
    } cases[] = {
        {"a  b", "a  b", 0},
        {"\"a b\"", "a b", 0},
        {"'a b'", "a b", 0},
        {"\"a\" b\"", "a\" b", 0}, /* as systemd-boot has it */
        {"'a\"", "'a\"", 0},
        {"it's", "it's", 0},
        {"\"", "\"", 0},
        {"# x", "# x", 0},
        {"a # b", "a # b", 0},
        {"a\tb", "a b", 0},
        {"B\xFCro", "B?ro", 1},
        {"a\x1B[31mb", "a?[31mb", 1},
        {"a\xE2\x80\xA8"
         "baton: all is well",
         "a?baton: all is well", 1},
        {"\xC3\xA4\xE5\x86\x85\xF0\x9F\x90\xA7", "\xC3\xA4\xE5\x86\x85\xF0\x9F\x90\xA7", 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128];
        struct outcome o;

        sprintf(text, "title \t %s \t\nlinux /k\n", cases[i].value);
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_string_equal(o.entry.title, cases[i].title);
        assert_int_equal(o.entry.warning_count, cases[i].warnings);
        free(o.buffer);
    }
}

/* In the middle, so that more than one byte of the last character is left out. */
static void cuts_strings_between_characters(void **state)
{
    (void)state;
    for (size_t before = BLS_STRING_MAX - 5; before <= BLS_STRING_MAX; before++) {
        char text[BLS_STRING_MAX + 64] = "linux /k\nversion ";
        char *value = text + strlen(text);
        size_t end = before + 4 <= BLS_STRING_MAX ? before + 4 : before;
        struct outcome o;

        memset(value, 'x', before);
        strcpy(value + before, "\xF0\x9F\x90\xA7yyyy");
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        if (before + 4 <= BLS_STRING_MAX)
            end = BLS_STRING_MAX;
        assert_int_equal(strlen(o.entry.version), end);
        assert_int_equal(o.entry.warning_count, 1);
        assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_CUT);
        free(o.buffer);
    }
}

static void cuts_what_has_no_characters_at_all(void **state)
{
    char text[BLS_STRING_MAX + 64] = "linux /k\nsort-key ";
    struct outcome o;

    (void)state;
    memset(text + strlen(text), 0x80, BLS_STRING_MAX + 8);
    o = parse(text);
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(strlen(o.entry.sort_key), BLS_STRING_MAX - 4);
    assert_int_equal(o.entry.warning_count, 2);
    free(o.buffer);
}

static void reads_initrds_as_lists_and_in_quotes(void **state)
{
    static const struct {
        const char *lines;
        const char *initrds;
        uint32_t warnings;
    } cases[] = {
        {"initrd /a\ninitrd b\n", "\\a|\\b", 0},
        {"initrd /a /b", "\\a|\\b", 1},
        {"initrd\t/a\t \t/b \t\r\n", "\\a|\\b", 1},
        {"initrd a b c", "\\a|\\b|\\c", 1},
        {"initrd /a $tuned_initrd", "\\a", 1},
        {"initrd $early /a $tuned_initrd /b", "\\a|\\b", 2},
        {"initrd $tuned_initrd", "", 1},
        {"initrd /a$b", "\\a$b", 0}, /* only words that begin with it */
        {"initrd /a /b\ninitrd /c\ninitrd /d", "\\a|\\b|\\c|\\d", 1},
        {"initrd \"/my initrd.img\"", "\\my initrd.img", 0},
        {"initrd '/my initrd.img'", "\\my initrd.img", 0},
        {"initrd \"/a b\" '/c d' /e", "\\a b|\\c d|\\e", 1},
        {"initrd \"/a\"", "\\a", 0},
        {"initrd \"/a /b\"", "\\a|\\b", 1},
        {"initrd '/a b  \\c d'", "\\a b|\\c d", 1},
        {"initrd \"/a $tuned_initrd\"", "\\a", 1},
        {"initrd \" /a \"", "\\a", 0},
        {"initrd \"$a\"", "", 1},
        {"initrd \"\" /a", "\\a", 0},
        {"initrd '/it's'", "\\it's", 0},
        {"initrd '/a /b", "\\'\\a|\\b", 1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128] = "linux /k\n";
        char joined[128] = "";
        struct outcome o = parse(strcat(text, cases[i].lines));

        assert_int_equal(o.error, BLS_ENTRY_OK);
        for (uint32_t k = 0; k < o.entry.initrd_count; k++)
            strcat(strcat(joined, k == 0 ? "" : "|"), o.entry.initrds[k]);
        assert_string_equal(joined, cases[i].initrds);
        if (o.entry.warning_count != cases[i].warnings)
            fail_msg("'%s': %u warnings", cases[i].lines, o.entry.warning_count);
        free(o.buffer);
    }
}

static void reads_options_with_their_quotes(void **state)
{
    static const char *const cases[][2] = {
        {"options a \"b c\" d", "a \"b c\" d"},
        {"options \"a b\"", "a b"},
        {"options 'a b'", "a b"},
        {"options \"a b\" c=\"d e\"", "\"a b\" c=\"d e\""}, /* these are the kernel's */
        {"options 'a=\"b c\" d'", "a=\"b c\" d"},
        {"options \"a\noptions b\"", "\"a b\""},
        {"options a\noptions \"\"\noptions\noptions 'b'", "a b"},
        {"options #a", "#a"},
        {"options a\xFF\x01 b", "a\xFF\x01 b"}, /* as it is */
        {"options a\tb", "a\tb"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char text[128] = "linux /k\n";
        struct outcome o = parse(strcat(text, cases[i][0]));

        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_string_equal(o.entry.options, cases[i][1]);
        free(o.buffer);
    }
}

static void keeps_eight_warnings_and_counts_the_others(void **state)
{
    struct outcome o = parse("linux /k\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.warning_count, 10);
    for (uint32_t i = 0; i < BLS_WARNINGS_MAX; i++) {
        assert_int_equal(o.entry.warnings[i].line, i + 2);
        assert_int_equal(o.entry.warnings[i].kind, BLS_WARNING_UNKNOWN_KEY);
    }
    free(o.buffer);
}

static void tells_unknown_keys_from_nonsense(void **state)
{
    static const char not_in_keys[] = "@[`{/:!.,=\"'+*\\";

    (void)state;
    for (size_t i = 0; i < sizeof(not_in_keys) - 1; i++) {
        char text[] = "linux /k\nabc x\nazAZ09-_ x\n";
        struct outcome o;

        text[10] = not_in_keys[i];
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.warning_count, 2);
        assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_NONSENSE);
        assert_int_equal(o.entry.warnings[1].kind, BLS_WARNING_UNKNOWN_KEY);
        free(o.buffer);
    }
}

static void warns_of_an_initrd_that_only_the_kernels_stub_would_load(void **state)
{
    static const struct {
        const char *text;
        uint32_t warnings;
    } cases[] = {
        {"linux /k\noptions initrd=/i", 1},
        {"linux /k\noptions a initrd=/i b", 1},
        {"linux /k\noptions ainitrd=/i b", 0},
        {"linux /k\noptions a\tinitrd=/i b", 1},
        {"linux /k\noptions a initrd", 0},
        {"linux /k\noptions a\ninitrd /i", 0},
        {"linux /k\noptions initrd=/i\noptions initrd=/j", 1},
        {"linux /k\noptions initrd=/i\nbaton-exit baton", 1},
        {"linux /k\noptions initrd=/i\nbaton-exit firmware", 0},
        {"options initrd=/i\nefi /k", 0},
        {"options initrd=/i\nuki /k", 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.warning_count, cases[i].warnings);
        if (cases[i].warnings != 0)
            assert_int_equal(o.entry.warnings[0].line, 2);
        free(o.buffer);
    }
}

static void a_key_given_twice_counts_with_its_last_value(void **state)
{
    struct outcome o = parse("title a\nlinux /k\ntitle b\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.title, "b");
    assert_int_equal(o.entry.warning_count, 1);
    assert_int_equal(o.entry.warnings[0].line, 3);
    free(o.buffer);
}

static void a_kernel_given_twice_counts_with_its_last_value(void **state)
{
    struct outcome o = parse("linux \"/a b\"\nlinux '/c d'\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.kernel, "\\c d");
    assert_int_equal(o.entry.warning_count, 1);
    assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_TWICE);
    free(o.buffer);
}

static void extras_are_kept_in_their_order(void **state)
{
    struct outcome o = parse("extra /a.CRED\nuki /k\ninitrd /i\nextra 'x/b c.sysext.raw'\n"
                             "extra /no\nextra /\xC3\xA4/d.confext.raw\n");
    enum bls_extra kind;

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.extra_count, 3);
    assert_string_equal(bls_extra(&o.entry, 0), "\\a.CRED");
    assert_string_equal(bls_extra(&o.entry, 1), "\\x\\b c.sysext.raw");
    assert_string_equal(bls_extra(&o.entry, 2), "\\\xC3\xA4\\d.confext.raw");
    for (uint32_t i = 0; i < BLS_EXTRA_KINDS; i++) {
        assert_true(bls_extra_is(bls_extra(&o.entry, i), &kind));
        assert_int_equal(kind, i);
    }
    assert_int_equal(o.entry.initrd_count, 1);
    assert_string_equal(o.entry.initrds[0], "\\i");
    assert_int_equal(o.entry.warning_count, 1);
    free(o.buffer);
    o = parse("extra /a.cred\nlinux /k\n");
    assert_int_equal(o.entry.extra_count, 0);
    free(o.buffer);
}

/* Both of them have room in one array. */
static void extras_and_initrds_are_64_together(void **state)
{
    char text[2048] = "uki /k\n";
    struct outcome o;

    (void)state;
    for (unsigned int i = 0; i < 32; i++)
        strcat(text, "extra /a.cred\ninitrd /i\n");
    o = parse(text);
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.extra_count, 32);
    assert_string_equal(o.entry.initrds[31], "\\i");
    assert_string_equal(bls_extra(&o.entry, 31), "\\a.cred");
    free(o.buffer);
    strcat(text, "extra /a.cred\n");
    o = parse(text);
    assert_int_equal(o.error, BLS_ENTRY_INITRDS);
    free(o.buffer);
}

static void every_warning_has_a_problem_and_a_remedy_of_its_own(void **state)
{
    const struct explanation none = bls_warning_explain(BLS_WARNING_NONE);

    (void)state;
    for (int i = 1; i < BLS_WARNING_KINDS; i++) {
        assert_ptr_not_equal(explained(bls_warning_explain((enum bls_warning_kind)i)).problem,
                             explained(none).problem);
        assert_ptr_not_equal(explained(bls_warning_explain((enum bls_warning_kind)i)).remedy,
                             explained(none).remedy);
    }
    assert_ptr_equal(explained(bls_warning_explain(BLS_WARNING_KINDS)).problem,
                     explained(none).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warns_of_what_runs_as_it_was_meant),
        cmocka_unit_test(bad_values_of_batons_keys_leave_what_was_there),
        cmocka_unit_test(initrds_among_the_options_are_warned_of_where_nobody_reads_them),
        cmocka_unit_test(shows_strings_as_well_as_possible),
        cmocka_unit_test(cuts_strings_between_characters),
        cmocka_unit_test(cuts_what_has_no_characters_at_all),
        cmocka_unit_test(reads_initrds_as_lists_and_in_quotes),
        cmocka_unit_test(reads_options_with_their_quotes),
        cmocka_unit_test(keeps_eight_warnings_and_counts_the_others),
        cmocka_unit_test(tells_unknown_keys_from_nonsense),
        cmocka_unit_test(warns_of_an_initrd_that_only_the_kernels_stub_would_load),
        cmocka_unit_test(a_key_given_twice_counts_with_its_last_value),
        cmocka_unit_test(a_kernel_given_twice_counts_with_its_last_value),
        cmocka_unit_test(extras_are_kept_in_their_order),
        cmocka_unit_test(extras_and_initrds_are_64_together),
        cmocka_unit_test(every_warning_has_a_problem_and_a_remedy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
