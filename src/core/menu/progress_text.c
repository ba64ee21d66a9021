/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/progress_text.h"

#define MIB 20U /* a shift */

#define FAST_MS 125U
#define SLOW_MS 500U

void progress_put(struct text *text, uint64_t done, uint64_t total, uint64_t ms)
{
    /* KiB, so that no product overflows. */
    uint64_t rate = (done >> 10) * 1000 / (ms == 0 ? 1 : ms);

    text_put_decimal(text, done >> MIB);
    text_put(text, " of ");
    text_put_decimal(text, total >> MIB);
    text_put(text, PACKED(" MiB ("));
    text_put_decimal(text, total < 100                  ? 0
                           : done / (total / 100) > 100 ? 100
                                                        : done / (total / 100));
    text_put(text, PACKED(" %), "));
    text_put_decimal(text, rate >> 10 != 0 ? rate >> 10 : rate);
    text_put(text, rate >> 10 != 0 ? PACKED(" MiB/s, ") : PACKED(" KiB/s, "));
    text_put_decimal(text, ((total - done) >> 10) / (rate == 0 ? 1 : rate));
    text_put(text, PACKED(" s left"));
}

uint32_t progress_next_piece(uint32_t piece, uint64_t bytes, uint64_t ms)
{
    if (piece < PROGRESS_PIECE_MAX && ms * piece / bytes < FAST_MS)
        return piece * 2;
    while (piece > PROGRESS_PIECE_MIN && ms * piece / bytes > SLOW_MS)
        piece /= 2;
    return piece;
}
