/* SPDX-License-Identifier: BSD-2-Clause */
/* How several initrds become one, on every architecture. Computes offsets; reads and writes
 * nothing. */
#ifndef BATON_CORE_LINUX_INITRD_LAYOUT_H
#define BATON_CORE_LINUX_INITRD_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Offsets of `count` files in one initrd, each on a 4-byte boundary: the kernel takes an
 * uncompressed cpio archive only there (unpack_to_rootfs), and zeros between archives are skipped.
 * The gaps, at most 3 bytes in front of a piece, are the caller's to clear. The total ends with the
 * last piece. False when the sum does not fit in 64 bits.
 */
bool initrd_layout(const uint64_t *sizes, size_t count, uint64_t *ret_offsets, uint64_t *ret_total);

#endif
