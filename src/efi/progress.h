/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a long read is: a line on the console once it has taken half a second, and Escape to stop
 * it. Pieces are as large as they may be for that; what is fast is read in few and says nothing.
 */
#ifndef BATON_EFI_PROGRESS_H
#define BATON_EFI_PROGRESS_H

#include "arch/arch.h"
#include "efi/keyboard.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one boot; struct firmware points to it while there is one. */
struct progress {
    const struct firmware *firmware;
    const struct arch_clock *clock;
    uint64_t ms_ticks;      /* in a millisecond; 0: not asked for yet */
    struct stopwatch watch; /* since the file was begun */
    uint64_t seen_ms;       /* when the last piece was there */
    uint64_t seen;          /* bytes that were there then */
    uint64_t drawn_ms;
    uint32_t piece;
    uint64_t
        work_rate; /* bytes in a millisecond that the firmware worked on last; 0: nothing yet */
    bool is_drawn;
    bool is_stopped; /* Escape was pressed */
    struct keyboard keyboard;
};

struct progress progress_of(const struct firmware *firmware, const struct arch_clock *clock);

/* Both are for NULL too, which is no progress at all. A file is begun: */
void progress_begin(struct progress *progress);

/* ...there are `done` bytes of `total`; false: stop. */
bool progress_go_on(struct progress *progress, const char *path, uint64_t done, uint64_t total);

/* ...it is over, whatever became of it. */
void progress_end(struct progress *progress);

/*
 * The firmware is about to work on `size` bytes in one call, hashing them, and nobody can look into
 * that: it is told of beforehand where it will take more than half a second, by how long the last
 * such call took. `path` may be "".
 */
void progress_work_begin(struct progress *progress, const char *doing, const char *path,
                         uint64_t size);

/* It is over. With `may_stop` Escape counts that was pressed meanwhile. */
void progress_work_end(struct progress *progress, uint64_t size, bool may_stop);

static inline bool progress_is_stopped(const struct progress *progress)
{
    return progress != NULL && progress->is_stopped;
}

#endif
