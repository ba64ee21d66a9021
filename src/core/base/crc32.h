/* SPDX-License-Identifier: BSD-2-Clause */
/* The CRC-32 of IEEE 802.3, which UEFI puts into its table headers (UEFI 2.10, 4.2). */
#ifndef BATON_CORE_BASE_CRC32_H
#define BATON_CORE_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 at first) over `size` bytes; the result is final and can be continued. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size);

#endif
