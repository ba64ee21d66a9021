/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that patterns match what a shell's would, and end soon whatever they are. */
#include "core/text/glob.h"

#include "unit/fixture/exact.h"

static bool match(const char *pattern, const char *name)
{
    char *p = exact_buffer(strlen(pattern) + 1);
    char *n = exact_buffer(strlen(name) + 1);
    bool matches;

    memcpy(p, pattern, strlen(pattern) + 1);
    memcpy(n, name, strlen(name) + 1);
    matches = glob_match(p, n);
    free(p);
    free(n);
    return matches;
}

static void matches_what_it_should(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"debian", "debian"},
        {"DEBIAN-6.1.CONF", "debian-6.1.conf"},
        {"debian", "DeBiAn"},
        {"*", ""},
        {"*", "anything"},
        {"**", "x"},
        {"debian-*", "debian-6.1.conf"},
        {"debian-*.conf", "debian-6.1.conf"},
        {"*-6.?.conf", "debian-6.1.conf"},
        {"*a*b", "xaxbxab"},
        {"a*a*a", "aaa"},
        {"?", "x"},
        {"?", "\xC3\xA4"},
        {"a?c", "a\xF0\x9F\x90\xA7"
                "c"},
        {"[abc]", "b"},
        {"[a-c]x", "Bx"},
        {"[A-C]", "b"},
        {"[!a-c]", "d"},
        {"[^a]", "b"},
        {"[]]", "]"},
        {"[]a]", "a"},
        {"[!]a]", "b"},
        {"[a-]", "-"},
        {"[-a]", "-"},
        {"[a\\]b]", "]"},
        {"[\\a-\\c]", "b"},
        {"[\xC3\xA0-\xC3\xBF]", "\xC3\xA4"},
        {"\\*", "*"},
        {"\\?x", "?x"},
        {"\\[a]", "[a]"},
        {"\\\\", "\\"},
        {"\\", "\\"},
        {"a]", "a]"},
        {"\xFF", "\xFF"},
        {"*\xC3", "x\xC3"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        if (!match(cases[i][0], cases[i][1]))
            fail_msg("'%s' does not match '%s'", cases[i][0], cases[i][1]);
    }
}

static void does_not_match_what_it_should_not(void **state)
{
    static const char *const cases[][2] = {
        {"", "x"},
        {"x", ""},
        {"?", ""},
        {"??", "\xC3\xA4"},
        {"debian", "debian-6.1"},
        {"debian-6.1", "debian"},
        {"*.conf", "debian.conf.bak"},
        {"a*b", "abc"},
        {"[abc]", "d"},
        {"[abc]", ""},
        {"[!a-c]", "b"},
        {"[!a-c]", "B"},
        {"[c-a]", "b"},
        {"[abc", "a"}, /* never closed */
        {"[", "["},
        {"[]", "]"},
        {"[!", "!"},
        {"[a-", "a"},
        {"[\\]", "\\"},
        {"\\*", "x"},
        {"x\\", "x"},
        {"\xC3\xA4", "\xC3\x84"}, /* case only of ASCII */
        {"\xFF", "\xFE"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        if (match(cases[i][0], cases[i][1]))
            fail_msg("'%s' matches '%s'", cases[i][0], cases[i][1]);
    }
}

/* With a matcher that tries every star again this takes longer than anybody waits for. */
static void many_stars_end(void **state)
{
    char pattern[2048];
    char name[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(pattern) - 2; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    pattern[sizeof(pattern) - 2] = 'b';
    pattern[sizeof(pattern) - 1] = '\0';
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_false(match(pattern, name));
    name[sizeof(name) - 2] = 'b';
    assert_true(match(pattern, name));
}

/* `*`, `count` times a, b against `length` times a, b: the match is the last that is tried. */
static bool matches_at_last(size_t count, size_t length)
{
    char pattern[4096] = "*";
    char name[4096];

    memset(pattern + 1, 'a', count);
    strcpy(pattern + 1 + count, "b");
    memset(name, 'a', length);
    strcpy(name + length, "b");
    return match(pattern, name);
}

static void looks_at_no_more_than_it_says(void **state)
{
    (void)state;
    /* Each start but the last looks at `count` characters and at the one that is no a. */
    for (size_t count = 0; count <= 125; count++)
        assert_true(matches_at_last(count, 126)); /* anything of 127 characters */
    assert_true(matches_at_last(255, 255 + GLOB_STEPS_MAX / 256 - 1));
    assert_false(matches_at_last(255, 255 + GLOB_STEPS_MAX / 256 + 1));
    assert_false(matches_at_last(2047, 4000));
}

/* A set is as long as its characters, and the bound holds inside of it. */
static void sets_count_with_each_of_their_characters(void **state)
{
    char pattern[8192 + 1];
    char name[768];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (size_t i = 0; i < 8192; i += 64) {
        memset(pattern + i, 'a', 64);
        pattern[i] = '[';
        pattern[i + 63] = ']';
    }
    pattern[8192] = '\0';
    assert_false(match(pattern, name));
    pattern[0] = '*';
    assert_false(match(pattern, name));
    /* 63 characters with the bracket: one round is 128 sets, the bound is two rounds of them. */
    pattern[0] = '[';
    name[128] = '\0';
    assert_true(match(pattern, name));
    for (size_t tail = 129; tail < 160; tail++) {
        char long_pattern[8192 + 2] = "*";

        strcat(long_pattern, pattern);
        memset(name, 'a', tail);
        name[tail] = '\0';
        assert_int_equal(match(long_pattern, name), tail < 128 + GLOB_STEPS_MAX / 8064);
    }
}

/* The obvious definition, for short strings without sets. */
static bool reference(const char *pattern, const char *name)
{
    if (*pattern == '\0')
        return *name == '\0';
    if (*pattern == '*')
        return reference(pattern + 1, name) || (*name != '\0' && reference(pattern, name + 1));
    return *name != '\0' && (*pattern == '?' || *pattern == *name) &&
           reference(pattern + 1, name + 1);
}

static void agrees_with_the_obvious_definition(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (unsigned int round = 0; round < 20000; round++) {
        char pattern[8] = "";
        char name[8] = "";
        size_t pattern_size = exact_noise(&seed) % 8;
        size_t name_size = exact_noise(&seed) % 8;

        for (size_t i = 0; i < pattern_size && i < 7; i++)
            pattern[i] = "ab*?"[exact_noise(&seed) % 4];
        for (size_t i = 0; i < name_size && i < 7; i++)
            name[i] = "ab"[exact_noise(&seed) % 2];
        if (match(pattern, name) != reference(pattern, name))
            fail_msg("'%s' and '%s'", pattern, name);
    }
}

static void no_bytes_lead_out_of_the_strings(void **state)
{
    static const char alphabet[] = "a*?[]!^-\\\xC3\xA4\xFF";
    uint32_t seed = 11;

    (void)state;
    for (unsigned int round = 0; round < 50000; round++) {
        char pattern[10] = "";
        char name[10] = "";

        for (size_t i = exact_noise(&seed) % 10; i-- > 0;)
            pattern[i] = alphabet[exact_noise(&seed) % (sizeof(alphabet) - 1)];
        for (size_t i = exact_noise(&seed) % 10; i-- > 0;)
            name[i] = alphabet[exact_noise(&seed) % (sizeof(alphabet) - 1)];
        (void)match(pattern, name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_what_it_should),
        cmocka_unit_test(does_not_match_what_it_should_not),
        cmocka_unit_test(many_stars_end),
        cmocka_unit_test(looks_at_no_more_than_it_says),
        cmocka_unit_test(sets_count_with_each_of_their_characters),
        cmocka_unit_test(agrees_with_the_obvious_definition),
        cmocka_unit_test(no_bytes_lead_out_of_the_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
