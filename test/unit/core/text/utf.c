/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that both conversions are exact, refuse everything malformed and respect their buffers. */
#include "core/text/utf.h"

#include "unit/fixture/exact.h"

struct pair {
    const char *utf8;
    uint16_t utf16[8];
};

static const struct pair pairs[] = {
    {"", {0}},
    {"a\\b", {'a', '\\', 'b', 0}},
    {"\x7F\xC2\x80\xDF\xBF", {0x7F, 0x80, 0x7FF, 0}},
    {"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", {0x800, 0xD7FF, 0xE000, 0xFFFF, 0}},
    {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", {0xD800, 0xDC00, 0xDBFF, 0xDFFF, 0}},
    {"\xF0\x90\x80\x80", {0xD800, 0xDC00, 0}},
    {"\xF0\x9F\x90\xA7.efi", {0xD83D, 0xDC27, '.', 'e', 'f', 'i', 0}},
};

static size_t units(const uint16_t *utf16)
{
    size_t count = 0;

    while (utf16[count] != 0)
        count++;
    return count;
}

static void converts_every_length_of_sequence_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(pairs); i++) {
        size_t count = units(pairs[i].utf16);
        size_t capacity = strlen(pairs[i].utf8) + 1;
        struct span source = exact_copy(pairs[i].utf16, count * 2); /* without its NUL */
        char *buffer = exact_buffer(capacity);
        uint16_t back[8];
        size_t length;

        assert_int_equal(utf16_to_utf8(source, buffer, capacity, &length), UTF_OK);
        assert_string_equal(buffer, pairs[i].utf8);
        assert_int_equal(length, capacity - 1);
        assert_true(capacity <= UTF8_CAPACITY_FOR_UTF16(source.size));
        assert_int_equal(utf8_to_utf16(pairs[i].utf8, back, count + 1, &length), UTF_OK);
        assert_int_equal(length, count);
        assert_memory_equal(back, pairs[i].utf16, (count + 1) * 2);
        free(buffer);
        exact_free(source);
    }
}

static void refuses_every_buffer_that_is_too_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(pairs); i++) {
        size_t count = units(pairs[i].utf16);
        struct span source = exact_copy(pairs[i].utf16, count * 2);
        size_t length = 4711;

        for (size_t capacity = 0; capacity <= strlen(pairs[i].utf8); capacity++) {
            char *buffer = exact_buffer(capacity);

            assert_int_equal(utf16_to_utf8(source, buffer, capacity, &length),
                             UTF_BUFFER_TOO_SMALL);
            free(buffer);
        }
        for (size_t capacity = 0; capacity <= count; capacity++) {
            char *buffer = exact_buffer(capacity * 2);

            assert_int_equal(
                utf8_to_utf16(pairs[i].utf8, (uint16_t *)(void *)buffer, capacity, &length),
                UTF_BUFFER_TOO_SMALL);
            free(buffer);
        }
        assert_int_equal(length, 4711);
        exact_free(source);
    }
}

static void stops_at_the_nul_whatever_is_behind_it(void **state)
{
    static const uint8_t bytes[] = {'o', 0, 'k', 0, 0, 0, 0x00, 0xD8, 0xFF};
    struct span source = exact_copy(bytes, sizeof(bytes));
    char buffer[8];
    size_t length;

    (void)state;
    assert_int_equal(utf16_to_utf8(source, buffer, sizeof(buffer), &length), UTF_OK);
    assert_string_equal(buffer, "ok");
    exact_free(source);
}

static void refuses_malformed_utf16_with_its_own_error(void **state)
{
    static const struct {
        uint8_t bytes[8];
        size_t size;
        enum utf_error error;
    } cases[] = {
        {{'a'}, 1, UTF_ODD_SIZE},
        {{'a', 0, 'b'}, 3, UTF_ODD_SIZE},
        {{0x00, 0xD8}, 2, UTF_SURROGATE},                      /* high at the end */
        {{0x00, 0xD8, 0x00}, 3, UTF_SURROGATE},                /* high, then half a unit */
        {{0x00, 0xD8, 'a', 0}, 4, UTF_SURROGATE},              /* high, then a letter */
        {{0x00, 0xD8, 0x00, 0xD8, 0, 0xDC}, 6, UTF_SURROGATE}, /* high, high, low */
        {{0x00, 0xD8, 0x00, 0xE0}, 4, UTF_SURROGATE},          /* high, then just above the lows */
        {{0x00, 0xD8, 0xFF, 0xDB}, 4, UTF_SURROGATE},          /* high, then just below the lows */
        {{0x00, 0xDC}, 2, UTF_SURROGATE},                      /* low alone */
        {{0xFF, 0xDF, 'a', 0}, 4, UTF_SURROGATE},              /* last low alone */
        {{0x00, 0xD8, 0, 0}, 4, UTF_SURROGATE},                /* high, then the end */
    };
    char buffer[32];
    size_t length = 4711;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct span source = exact_copy(cases[i].bytes, cases[i].size);

        assert_int_equal(utf16_to_utf8(source, buffer, sizeof(buffer), &length), cases[i].error);
        exact_free(source);
    }
    assert_int_equal(length, 4711);
}

static void refuses_malformed_utf8_with_its_own_error(void **state)
{
    static const struct {
        const char *utf8;
        enum utf_error error;
    } cases[] = {
        {"\x80", UTF_SEQUENCE}, /* continuation alone */
        {"a\xBF", UTF_SEQUENCE},
        {"\xC0\x80", UTF_SEQUENCE},         /* NUL, overlong */
        {"\xC1\xBF", UTF_SEQUENCE},         /* 0x7F, overlong */
        {"\xE0\x9F\xBF", UTF_SEQUENCE},     /* 0x7FF, overlong */
        {"\xF0\x8F\xBF\xBF", UTF_SEQUENCE}, /* 0xFFFF, overlong */
        {"\xC2", UTF_SEQUENCE},             /* cut off after each byte */
        {"\xE1\x80", UTF_SEQUENCE},
        {"\xF1\x80\x80", UTF_SEQUENCE},
        {"\xC2z", UTF_SEQUENCE},
        {"\xE1\x80z", UTF_SEQUENCE},
        {"\xF1\x80\x80z", UTF_SEQUENCE},
        {"\xF4\x90\x80\x80", UTF_SEQUENCE}, /* U+110000 */
        {"\xF5\x80\x80\x80", UTF_SEQUENCE},
        {"\xFE", UTF_SEQUENCE},
        {"\xFF", UTF_SEQUENCE},
        {"\xED\xA0\x80", UTF_SURROGATE}, /* U+D800 */
        {"\xED\xBF\xBF", UTF_SURROGATE}, /* U+DFFF */
    };
    uint16_t buffer[32];
    size_t length = 4711;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++)
        assert_int_equal(utf8_to_utf16(cases[i].utf8, buffer, LENGTH_OF(buffer), &length),
                         cases[i].error);
    assert_int_equal(length, 4711);
}

static void next_refuses_an_empty_span(void **state)
{
    uint32_t code_point;
    size_t size;

    (void)state;
    assert_int_equal(utf8_next(span_of(NULL, 0), &code_point, &size), UTF_SEQUENCE);
}

/* What comes out is always well-formed, so it converts back to what went in. */
static void any_bytes_are_refused_or_survive_the_round_trip(void **state)
{
    uint32_t seed = 0x5EED1234;

    (void)state;
    for (unsigned int round = 0; round < 20000; round++) {
        uint8_t bytes[24];
        size_t size = exact_noise(&seed) % sizeof(bytes);
        struct span source;
        char buffer[64];
        uint16_t back[32];
        size_t length;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)((i & 1) == 1 && (exact_noise(&seed) & 1) ? 0xD8 | (seed >> 29)
                                                                          : exact_noise(&seed));
        source = exact_copy(bytes, size);
        if (utf16_to_utf8(source, buffer, sizeof(buffer), &length) == UTF_OK) {
            assert_int_equal(utf8_to_utf16(buffer, back, LENGTH_OF(back), &length), UTF_OK);
            assert_memory_equal(back, bytes, length * 2);
        }
        exact_free(source);
    }
}

static void text_is_sound_to_its_last_byte(void **state)
{
    (void)state;
    assert_true(utf8_is_sound(span_of("", 0)));
    assert_true(utf8_is_sound(span_of(u8"a\u00e4\U0001f980", 7)));
    assert_false(utf8_is_sound(span_of(u8"a\u00e4\U0001f980", 6)));
    assert_false(utf8_is_sound(span_of("root=\xff", 6)));
    assert_false(utf8_is_sound(span_of("\xc0\x80", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_sound_to_its_last_byte),
        cmocka_unit_test(converts_every_length_of_sequence_both_ways),
        cmocka_unit_test(refuses_every_buffer_that_is_too_small),
        cmocka_unit_test(stops_at_the_nul_whatever_is_behind_it),
        cmocka_unit_test(refuses_malformed_utf16_with_its_own_error),
        cmocka_unit_test(refuses_malformed_utf8_with_its_own_error),
        cmocka_unit_test(next_refuses_an_empty_span),
        cmocka_unit_test(any_bytes_are_refused_or_survive_the_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
