/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/menu/progress_text.h"

#define MIB 20U /* a shift */

#define FAST_MS 125U
#define SLOW_MS 500U

#define BELIEVED 32U /* times as many bytes may go as fast as those that were measured */

void progress_put(struct text *text, uint64_t done, uint64_t total, uint64_t ms)
{
    /* KiB, so that no product overflows. */
    uint64_t rate = (done >> 10) * 1000 / (ms == 0 ? 1 : ms);
    uint64_t percent = total < 100 ? 0 : done / (total / 100);

    if (percent > 100)
        percent = 100;

    text_format(text, PACKED("%lu of %lu MiB (%lu %s), %lu %s, %lu s left"), done >> MIB,
                total >> MIB, percent, "%", rate >> 10 != 0 ? rate >> 10 : rate,
                rate >> 10 != 0 ? "MiB/s" : "KiB/s",
                ((total - done) >> 10) / (rate == 0 ? 1 : rate));
}

uint32_t progress_next_piece(uint32_t piece, uint64_t bytes, uint64_t ms)
{
    while (piece < PROGRESS_PIECE_MAX && piece / BELIEVED < bytes && ms * piece / bytes < FAST_MS)
        piece *= 2;
    while (piece > PROGRESS_PIECE_MIN && ms * piece / bytes > SLOW_MS)
        piece /= 2;
    return piece;
}
