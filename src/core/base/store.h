/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing little-endian numbers at any alignment: the counterpart of span.h. The caller knows that
 * the bytes are there. */
#ifndef BATON_CORE_BASE_STORE_H
#define BATON_CORE_BASE_STORE_H

#include <stdint.h>

static inline void store_u16(uint8_t *at, uint16_t value)
{
    __builtin_memcpy(at, &value, sizeof(value));
}

static inline void store_u32(uint8_t *at, uint32_t value)
{
    __builtin_memcpy(at, &value, sizeof(value));
}

static inline void store_u64(uint8_t *at, uint64_t value)
{
    __builtin_memcpy(at, &value, sizeof(value));
}

#endif
