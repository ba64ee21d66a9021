/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacks the image's own texts (core/base/packed.h). Knows where the linker has put them. */
#include "core/base/packed.h"

#include "core/base/inflate.h"

#include <stdbool.h>

/* Of lds/baton.lds: where the texts are, and what they are packed in; in a program whose texts are
 * not packed they are there from the beginning, and there is nothing that they are packed in. */
extern const char texts_start[];
extern const char texts_end[];
extern const uint8_t texts_packed_start[];
extern const uint8_t texts_packed_end[];

/* Either way: for good. */
static bool is_unpacked;

/* In bytes. The linker's symbols are no parts of one object, as C sees it. */
static size_t distance(const void *from, const void *to)
{
    return (uintptr_t)to - (uintptr_t)from;
}

static void unpack(void)
{
    size_t size = distance(texts_packed_start, texts_packed_end);
    struct inflate_target target = {.data = (uint8_t *)(uintptr_t)texts_start,
                                    .capacity = distance(texts_start, texts_end)};
    size_t taken;

    is_unpacked = true;
    /* They are part of the image: nothing can be wrong with them. */
    (void)inflate_stream(span_of(texts_packed_start, size), &target, &taken);
}

const void *packed_text(const void *text)
{
    if (distance(texts_start, text) < distance(texts_start, texts_end) && !is_unpacked)
        unpack();
    return text;
}
