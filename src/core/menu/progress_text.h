/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of something that takes long, and how often that is possible. Knows no clock. */
#ifndef BATON_CORE_MENU_PROGRESS_TEXT_H
#define BATON_CORE_MENU_PROGRESS_TEXT_H

#include "core/text/text.h"

#include <stdint.h>

/*
 * Bytes of one piece: what is read before it is known how fast that goes, and the bounds. Kernels
 * are smaller than the first, and how fast one was read tells how the initrd can be: a boot from a
 * fast disk reads each of them in one piece. EDK II goes along all clusters of a piece once to read
 * it, and once more for the next one.
 */
#define PROGRESS_PIECE_FIRST (16U << 20)
#define PROGRESS_PIECE_MIN   (64U << 10)
#define PROGRESS_PIECE_MAX   (256U << 20)

/* "12 of 512 MiB (2 %), 40 MiB/s, 12 s left", `ms` after the beginning; `done` is at most `total`.
 */
void progress_put(struct text *text, uint64_t done, uint64_t total, uint64_t ms);

/* The size of the next piece, when `bytes` (not 0) took `ms`: at most about half a second. */
uint32_t progress_next_piece(uint32_t piece, uint64_t bytes, uint64_t ms);

#endif
