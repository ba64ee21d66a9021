/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves that entries as distributions write them are read whole, and that what would make
 * something else run than what was meant is refused with its own error and line. What is only
 * warned of is in bls_warning.c.
 */
#include "unit/fixture/bls_fixture.h"

static void reads_every_key_of_an_entry(void **state)
{
    static const char text[] = "# written by kernel-install\n"
                               "title      Debian GNU/Linux 12 (bookworm)\n"
                               "version    6.1.0-28-amd64\n"
                               "machine-id 6a9857a393724b7a981ebb5b8495b9ea\n"
                               "sort-key   debian\n"
                               "options    root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 ro\n"
                               "architecture X64\n"
                               "linux      /6a98/6.1.0-28-amd64/linux\n"
                               "initrd     /ucode.img\n"
                               "options    quiet  splash\n"
                               "initrd     6a98//6.1.0-28-amd64/initrd.img\n"
                               "baton-debug yes\n"
                               "baton-place-high on\n"
                               "baton-late-map yes\n"
                               "baton-exit-marker yes\n"
                               "baton-exit-time 10\n"
                               "baton-exit baton\n"
                               "options    console=ttyS0";
    struct outcome o = parse_bytes(text, strlen(text), "6a98-6.1.0-28-amd64+2-1.conf");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.id, "6a98-6.1.0-28-amd64.conf");
    assert_true(o.entry.counter.counted);
    assert_int_equal(o.entry.counter.left, 2);
    assert_int_equal(o.entry.counter.done, 1);
    assert_string_equal(o.entry.title, "Debian GNU/Linux 12 (bookworm)");
    assert_string_equal(o.entry.version, "6.1.0-28-amd64");
    assert_string_equal(o.entry.machine_id, "6a9857a393724b7a981ebb5b8495b9ea");
    assert_string_equal(o.entry.sort_key, "debian");
    assert_int_equal(o.entry.kind, BLS_LINUX);
    assert_string_equal(o.entry.kernel, "\\6a98\\6.1.0-28-amd64\\linux");
    assert_int_equal(o.entry.initrd_count, 2);
    assert_string_equal(o.entry.initrds[0], "\\ucode.img");
    assert_string_equal(o.entry.initrds[1], "\\6a98\\6.1.0-28-amd64\\initrd.img");
    assert_string_equal(o.entry.options, "root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 ro "
                                         "quiet  splash console=ttyS0");
    assert_true(o.entry.debug);
    assert_true(o.entry.place_high);
    assert_true(o.entry.late_map);
    assert_true(o.entry.exit_marker);
    assert_int_equal(o.entry.exit_seconds, 10);
    assert_int_equal(o.entry.exit, BLS_EXIT_BATON);
    assert_int_equal(o.entry.profile, 0);
    assert_false(o.entry.is_image);
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
}

static void leaves_what_is_not_given_empty(void **state)
{
    struct outcome o = parse("linux vmlinuz");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.id, "x.conf");
    assert_false(o.entry.counter.counted);
    assert_string_equal(o.entry.title, "");
    assert_string_equal(o.entry.version, "");
    assert_string_equal(o.entry.machine_id, "");
    assert_string_equal(o.entry.sort_key, "");
    assert_string_equal(o.entry.options, "");
    assert_int_equal(o.entry.initrd_count, 0);
    assert_false(o.entry.debug);
    assert_false(o.entry.place_high);
    assert_false(o.entry.late_map);
    assert_false(o.entry.exit_marker);
    assert_int_equal(o.entry.exit_seconds, 0);
    assert_int_equal(o.entry.exit, BLS_EXIT_DEFAULT);
    assert_int_equal(o.entry.profile, 0);
    free(o.buffer);
}

static void takes_the_files_of_other_systems(void **state)
{
    static const char *const texts[] = {
        "\xEF\xBB\xBFtitle x\r\nlinux\t\t/k \t\r\noptions a\r\noptions b\r\n",
        "title x\nlinux /k\noptions a\noptions\tb\n\n\n# end",
        "id fedora\ntitle x\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class k\n"
        "profile 0\ngrub_hotkey x\nlinux /k\noptions a b",
        "title\tx\rlinux\t /k\roptions a\t\r\n\r\noptions \t b \r",
        "  title \"x\"\n linux '/k'\noptions \"a\"\noptions 'b'\n",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        struct outcome o = parse(texts[i]);

        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.warning_count, 0);
        assert_string_equal(o.entry.title, "x");
        assert_string_equal(o.entry.kernel, "\\k");
        assert_string_equal(o.entry.options, "a b");
        free(o.buffer);
    }
}

static void knows_the_three_kinds_of_kernel(void **state)
{
    static const struct {
        const char *text;
        enum bls_kind kind;
    } cases[] = {{"linux /k", BLS_LINUX}, {"efi /k", BLS_EFI}, {"uki /k", BLS_UKI}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.kind, cases[i].kind);
        assert_string_equal(o.entry.kernel, "\\k");
        free(o.buffer);
    }
}

static void refuses_what_would_run_something_else(void **state)
{
    static const struct {
        const char *text;
        enum bls_entry_error error;
        uint32_t line;
        bool why; /* the note says more */
    } cases[] = {
        {"", BLS_ENTRY_NO_KERNEL, 0, false},
        {"title x\noptions y\n", BLS_ENTRY_NO_KERNEL, 0, false},
        {"linux\n", BLS_ENTRY_NO_KERNEL, 0, false},
        {"efi  \t \n", BLS_ENTRY_NO_KERNEL, 0, false},
        {"uki \"\"\n", BLS_ENTRY_NO_KERNEL, 0, false},
        {"LINUX /k\n", BLS_ENTRY_NO_KERNEL, 0, false},
        {"title x\nuki-url http://h/k\n", BLS_ENTRY_NO_KERNEL, 2, true},
        {"linux /k\nefi /e\n", BLS_ENTRY_TWO_KERNELS, 2, false},
        {"uki /k\n\nefi /e\n", BLS_ENTRY_TWO_KERNELS, 3, false},
        {"linux /k\nuki /e\nlinux /k\n", BLS_ENTRY_TWO_KERNELS, 2, false},
        {"linux /k\narchitecture aa64\n", BLS_ENTRY_ARCHITECTURE, 0, false},
        {"architecture ia32\nlinux /../k\n", BLS_ENTRY_ARCHITECTURE, 0, false},
        {"linux /../k\narchitecture x6\n", BLS_ENTRY_ARCHITECTURE, 0, false},
        {"linux /k\narchitecture \xFF\n", BLS_ENTRY_ARCHITECTURE, 0, false},
        {"linux /../k\n", BLS_ENTRY_KERNEL_PATH, 1, true},
        {"efi /\n", BLS_ENTRY_KERNEL_PATH, 1, true},
        {"uki fs0:/k\n", BLS_ENTRY_KERNEL_PATH, 1, true},
        {"title x\nlinux /\xFF\n", BLS_ENTRY_KERNEL_PATH, 2, true},
        {"linux /k\x01\n", BLS_ENTRY_KERNEL_PATH, 1, true},
        {"linux /k\nlinux /..\n", BLS_ENTRY_KERNEL_PATH, 2, true}, /* the last one counts */
        {"linux \"/k\n", BLS_ENTRY_KERNEL_PATH, 1, true},
        {"linux /k\ninitrd /a*\n", BLS_ENTRY_INITRD_PATH, 2, true},
        {"linux /k\ninitrd /a /..\n", BLS_ENTRY_INITRD_PATH, 2, true},
        {"linux /k\ninitrd $a /b|\n", BLS_ENTRY_INITRD_PATH, 2, true},
        {"linux /k\ninitrd \"/a\"/b\n", BLS_ENTRY_INITRD_PATH, 2, true},
        {"linux /k\ninitrd /\xE4\n", BLS_ENTRY_INITRD_PATH, 2, true},
        {"efi /k\noptions a\noptions \xFF\n", BLS_ENTRY_ENCODING, 3, false},
        {"options \xFF\noptions \xFE\nuki /k\n", BLS_ENTRY_ENCODING, 1, false},
        {"options \xFF\nlinux /k\nbaton-exit firmware\n", BLS_ENTRY_ENCODING, 1, false},
        {"options \xFF\nlinux /k\nbaton-exit guard\n", BLS_ENTRY_ENCODING, 1, false},
        {"uki /k\nprofile 256\n", BLS_ENTRY_PROFILE, 2, false},
        {"profile -1\nuki /k\n", BLS_ENTRY_PROFILE, 1, false},
        {"uki /k\nprofile 1\nprofile debug\n", BLS_ENTRY_PROFILE, 3, false},
        {"linux /k\ninitrd /..\nefi /k\n", BLS_ENTRY_INITRD_PATH, 2, true}, /* the first */
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse(cases[i].text);

        if (o.error != cases[i].error || o.note.line != cases[i].line ||
            (o.note.why != NULL) != cases[i].why)
            fail_msg("'%s': error %d in line %u", cases[i].text, (int)o.error, o.note.line);
        free(o.buffer);
    }
}

/* A NUL is a bad character of its line: whether that costs the entry depends on the key. */
static void a_nul_costs_no_more_than_any_other_character(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        enum bls_entry_error error;
        uint32_t line;
    } cases[] = {
        {"title a\0b\nlinux /k\n", 19, BLS_ENTRY_OK, 0},
        {"ti\0le a\nlinux /k\n", 18, BLS_ENTRY_OK, 0},
        {"title a\nlinux /\0k\n", 19, BLS_ENTRY_KERNEL_PATH, 2},
        {"linux /k\ninitrd /\0i\n", 20, BLS_ENTRY_INITRD_PATH, 2},
        {"linux /k\noptions a\0b", 20, BLS_ENTRY_NUL, 2},
        {"linux /k\noptions a\0\0", 20, BLS_ENTRY_OK, 0}, /* behind the text */
        {"linux /k\0\0\0", 11, BLS_ENTRY_OK, 0},
        {"\0\0\0\0", 4, BLS_ENTRY_NO_KERNEL, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct outcome o = parse_bytes(cases[i].text, cases[i].size, "x.conf");

        if (o.error != cases[i].error || (o.error != BLS_ENTRY_OK && o.note.line != cases[i].line))
            fail_msg("case %zu: error %d in line %u", i, (int)o.error, o.note.line);
        if (o.error == BLS_ENTRY_OK)
            assert_string_equal(o.entry.kernel, "\\k");
        if (i == 0)
            assert_string_equal(o.entry.title, "a?b");
        free(o.buffer);
    }
}

static void refuses_utf_16(void **state)
{
    static const char text[] = "linux /k\n";
    char wide[2 * sizeof(text)] = "\xFF\xFE";
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        wide[2 + 2 * i] = text[i];
        wide[2 + 2 * i + 1] = '\0';
    }
    for (size_t skip = 0; skip <= 3; skip++) {
        if (skip == 1)
            continue; /* the mark is half there */
        o = parse_bytes(wide + skip, sizeof(wide) - 4, "x.conf");
        assert_int_equal(o.error, BLS_ENTRY_UTF16);
        assert_int_equal(o.note.line, 0);
        free(o.buffer);
    }
}

static void reads_each_word_for_who_leaves(void **state)
{
    static const struct {
        const char *word;
        enum bls_exit exit;
    } words[] = {{"firmware", BLS_EXIT_FIRMWARE}, {"guard", BLS_EXIT_GUARD},
                 {"baton", BLS_EXIT_BATON},       {"", BLS_EXIT_DEFAULT},
                 {"guards", BLS_EXIT_DEFAULT},    {"Guard", BLS_EXIT_DEFAULT}};

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char text[64] = "linux /k\nbaton-exit ";
        struct outcome o;

        strcat(strcat(text, words[i].word), "\n");
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.exit, words[i].exit);
        assert_int_equal(o.entry.warning_count, words[i].exit == BLS_EXIT_DEFAULT);
        free(o.buffer);
    }
}

static void reads_who_leaves_and_which_profile(void **state)
{
    struct outcome o = parse("uki /k\nbaton-exit firmware\nprofile 255\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.exit, BLS_EXIT_FIRMWARE);
    assert_int_equal(o.entry.profile, 255);
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
    o = parse("profile 0\nlinux /k\n");
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
    o = parse("profile 7\nefi /k\n"); /* it stands in front of the options */
    assert_int_equal(o.entry.profile, 7);
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
}

static void takes_64_initrds_and_no_more(void **state)
{
    (void)state;
    for (unsigned int way = 0; way < 2; way++) {
        char text[2048] = "linux /k\ninitrd";
        struct outcome o;

        for (unsigned int i = 0; i < BLS_INITRDS_MAX; i++)
            sprintf(text + strlen(text), way == 0 || i == 0 ? " /%u" : "\ninitrd /%u", i);
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_OK);
        assert_int_equal(o.entry.initrd_count, BLS_INITRDS_MAX);
        assert_string_equal(o.entry.initrds[BLS_INITRDS_MAX - 1], "\\63");
        free(o.buffer);
        strcat(text, way == 0 ? " /64" : "\ninitrd /64\n");
        o = parse(text);
        assert_int_equal(o.error, BLS_ENTRY_INITRDS);
        assert_int_equal(o.note.line, way == 0 ? 2 : 66);
        free(o.buffer);
    }
}

/* Each path of a list grows by its slash and its NUL, and the name of the file is a long one. */
static void the_promised_buffer_is_enough_for_short_paths_and_a_long_name(void **state)
{
    char text[512] = "linux k\ninitrd";
    char name[800];
    struct outcome o;

    (void)state;
    for (unsigned int i = 0; i < BLS_INITRDS_MAX; i++)
        strcat(text, " a");
    memset(name, 'x', 765);
    strcpy(name + 765, ".conf");
    o = parse_bytes(text, strlen(text), name);
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.initrd_count, BLS_INITRDS_MAX);
    free(o.buffer);
}

/* `count` lines of `options xxx...`, `size` bytes of value each, behind a kernel. */
static struct outcome parse_options(size_t count, size_t size)
{
    static const char head[] = "linux /k\n";
    static const char key[] = "options ";
    size_t line = sizeof(key) - 1 + size + 1;
    char *text = exact_buffer(sizeof(head) + count * line);
    char *next = text + sizeof(head) - 1;
    struct outcome o;

    memcpy(text, head, sizeof(head) - 1);
    for (size_t i = 0; i < count; i++, next += line) {
        memcpy(next, key, sizeof(key) - 1);
        memset(next + sizeof(key) - 1, 'x', size);
        next[line - 1] = '\n';
    }
    o = parse_bytes(text, (size_t)(next - text), "x.conf");
    free(text);
    return o;
}

static void bounds_options_and_the_file(void **state)
{
    struct outcome o = parse_options(1, BLS_OPTIONS_MAX);

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    free(o.buffer);
    o = parse_options(1, BLS_OPTIONS_MAX + 1);
    assert_int_equal(o.error, BLS_ENTRY_OPTIONS);
    assert_int_equal(o.note.line, 2);
    free(o.buffer);
    o = parse_options(5, (BLS_OPTIONS_MAX - 4) / 5);
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(strlen(o.entry.options), BLS_OPTIONS_MAX);
    free(o.buffer);
    o = parse_options(3, (BLS_OPTIONS_MAX + 1 - 2) / 3);
    assert_int_equal(o.error, BLS_ENTRY_OPTIONS);
    assert_int_equal(o.note.line, 4);
    free(o.buffer);
    o = parse_options(8, 8192);
    assert_int_equal(o.error, BLS_ENTRY_TOO_LARGE);
    free(o.buffer);
}

static void takes_a_file_of_64_kib_and_no_more(void **state)
{
    char *text = exact_buffer(LINES_TEXT_MAX + 1);
    struct outcome o;

    (void)state;
    memset(text, '\n', LINES_TEXT_MAX + 1);
    memcpy(text, "linux /k", 8);
    o = parse_bytes(text, LINES_TEXT_MAX, "x.conf");
    assert_int_equal(o.error, BLS_ENTRY_OK);
    free(o.buffer);
    o = parse_bytes(text, LINES_TEXT_MAX + 1, "x.conf");
    assert_int_equal(o.error, BLS_ENTRY_TOO_LARGE);
    free(o.buffer);
    free(text);
}

static void takes_no_file_of_another_name(void **state)
{
    static const char *const bad[] = {"",      "a",       ".conf", "conf",
                                      "a.con", "a.conf~", "aconf", "a.txt"};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        struct outcome o = parse_bytes("linux /k", 8, bad[i]);

        assert_int_equal(o.error, BLS_ENTRY_FILE_NAME);
        free(o.buffer);
    }
}

static void a_buffer_that_is_too_small_is_an_error_at_every_size(void **state)
{
    static const char text[] = "title x\nlinux /k\ninitrd /i\noptions a\nversion 1\noptions b";
    struct span source = exact_string(text);
    enum bls_entry_error error = BLS_ENTRY_BUFFER;
    size_t capacity = 0;

    (void)state;
    for (; error != BLS_ENTRY_OK; capacity++) {
        char *buffer = exact_buffer(capacity);
        struct bls_entry entry;
        struct line_note note;

        error = bls_entry_parse(source, "x.conf", &given_conf, buffer, capacity, &entry, &note);
        assert_true(error == BLS_ENTRY_OK || error == BLS_ENTRY_BUFFER);
        free(buffer);
    }
    assert_true(capacity < sizeof(text));
    exact_free(source);
}

/* Every result must be usable, whatever happened to the file: cut off or changed anywhere. */
static void damage_anywhere_is_survived(void **state)
{
    static const char text[] = "\xEF\xBB\xBF# c\r\ntitle \xC3\xA4\narchitecture x64\nlinux /a/./b\n"
                               "initrd i\noptions a=\"b c\"\n baton-exit-time 9\nsort-key k\n";
    uint32_t seed = 21;

    (void)state;
    for (size_t size = 0; size < sizeof(text); size++)
        free(parse_bytes(text, size, "x+1-2.conf").buffer);
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (unsigned int value = 0; value < 256; value++) {
            char bytes[sizeof(text)];
            struct outcome o;

            memcpy(bytes, text, sizeof(text));
            bytes[at] = (char)value;
            o = parse_bytes(bytes, sizeof(text) - 1, "x.conf");
            if (o.error == BLS_ENTRY_OK)
                assert_int_equal(o.entry.kernel[0], '\\');
            free(o.buffer);
        }
    }
    for (unsigned int round = 0; round < 5000; round++) {
        uint8_t bytes[64];

        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)exact_noise(&seed);
        free(parse_bytes(bytes, exact_noise(&seed) % sizeof(bytes), "x.conf").buffer);
    }
}

static void every_error_has_a_problem_and_a_remedy_of_its_own(void **state)
{
    const struct explanation none = bls_entry_explain((enum bls_entry_error)0);

    (void)state;
    for (int i = 1; i <= BLS_ENTRY_BUFFER; i++) {
        assert_non_null(explained(bls_entry_explain((enum bls_entry_error)i)).problem);
        assert_non_null(explained(bls_entry_explain((enum bls_entry_error)i)).remedy);
        assert_ptr_not_equal(explained(bls_entry_explain((enum bls_entry_error)i)).problem,
                             explained(none).problem);
    }
    assert_ptr_equal(explained(bls_entry_explain((enum bls_entry_error) - 1)).problem,
                     explained(none).problem);
    assert_ptr_equal(
        explained(bls_entry_explain((enum bls_entry_error)(BLS_ENTRY_BUFFER + 1))).problem,
        explained(none).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key_of_an_entry),
        cmocka_unit_test(leaves_what_is_not_given_empty),
        cmocka_unit_test(takes_the_files_of_other_systems),
        cmocka_unit_test(knows_the_three_kinds_of_kernel),
        cmocka_unit_test(refuses_what_would_run_something_else),
        cmocka_unit_test(a_nul_costs_no_more_than_any_other_character),
        cmocka_unit_test(refuses_utf_16),
        cmocka_unit_test(reads_each_word_for_who_leaves),
        cmocka_unit_test(reads_who_leaves_and_which_profile),
        cmocka_unit_test(takes_64_initrds_and_no_more),
        cmocka_unit_test(the_promised_buffer_is_enough_for_short_paths_and_a_long_name),
        cmocka_unit_test(bounds_options_and_the_file),
        cmocka_unit_test(takes_a_file_of_64_kib_and_no_more),
        cmocka_unit_test(takes_no_file_of_another_name),
        cmocka_unit_test(a_buffer_that_is_too_small_is_an_error_at_every_size),
        cmocka_unit_test(damage_anywhere_is_survived),
        cmocka_unit_test(every_error_has_a_problem_and_a_remedy_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
