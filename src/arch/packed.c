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

static void unpack(void)
{
    size_t size = (size_t)(texts_packed_end - texts_packed_start);
    struct inflate_target target = {.data = (uint8_t *)(uintptr_t)texts_start,
                                    .capacity = (size_t)(texts_end - texts_start)};
    size_t taken;

    is_unpacked = true;
    /* They are part of the image: nothing can be wrong with them. */
    (void)inflate_stream(span_of(texts_packed_start, size), &target, &taken);
}

const void *packed_text(const void *text)
{
    if ((uintptr_t)text - (uintptr_t)texts_start < (uintptr_t)(texts_end - texts_start) &&
        !is_unpacked)
        unpack();
    return text;
}
