/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of others, made fit to be shown. Input: a byte, the room; the words. */
#include "core/text/printable.h"

#include "core/text/utf.h"
#include "fuzz/fuzz.h"

/* Seen from a console: no byte of it controls anything, and all of it is UTF-8. */
static void require_harmless(const char *words, size_t length)
{
    struct span rest = span_of(words, length);

    while (rest.size > 0) {
        uint32_t c = 0;
        size_t size = 0;

        REQUIRE(utf8_next(rest, &c, &size) == UTF_OK);
        REQUIRE(c >= 0x20 && (c < 0x7F || c > 0x9F) && c != 0x61C && c != 0xFEFF);
        REQUIRE((c < 0x200B || c > 0x200F) && (c < 0x2028 || c > 0x202E));
        REQUIRE((c < 0x2060 || c > 0x206F) && (c < 0xFFF0 || c > 0xFFFB) && (c & 0xFFFE) != 0xFFFE);
        rest = span_of(rest.data + size, rest.size - size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    size_t capacity = take(&input, 1) + 1;
    uint8_t *words = exact(input.data, input.left);
    char *room = (char *)exact(NULL, capacity);
    char *whole = (char *)exact(NULL, input.left);
    struct text text = text_in(room, capacity);
    size_t length = printable_copy(span_of(words, input.left), whole);

    REQUIRE(length <= input.left);
    require_harmless(whole, length);
    REQUIRE(printable_is(span_of(whole, length)));
    text_put_printable_bytes(&text, span_of(words, input.left));
    REQUIRE(text.length == strlen(room) && text.length < capacity);
    REQUIRE(text.truncated == (length >= capacity));
    REQUIRE(text.length <= length && memcmp(room, whole, text.length) == 0);
    require_harmless(room, text.length);
    /* In place is the same. */
    REQUIRE(printable_copy(span_of(words, input.left), (char *)words) == length);
    REQUIRE(memcmp(words, whole, length) == 0);
    free(whole);
    free(room);
    free(words);
    return 0;
}
