/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded view of untrusted bytes: the one way this program looks at what came from disk or from
 * the firmware. Every accessor checks its bounds and says so; nothing here trusts an offset.
 * Numbers are little-endian, as every format Baton reads is. Knows nothing of what the bytes mean.
 */
#ifndef BATON_CORE_BASE_SPAN_H
#define BATON_CORE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does not own its bytes; whoever made the view keeps them alive. `data` may be NULL if size is 0.
 */
struct span {
    const uint8_t *data;
    size_t size; /* bytes */
};

static inline struct span span_of(const void *data, size_t size)
{
    return (struct span){.data = (const uint8_t *)data, .size = size};
}

/* What follows the first `count` bytes; there must be as many. */
static inline struct span span_behind(struct span view, size_t count)
{
    return span_of(view.data + count, view.size - count);
}

/* True when [offset, offset + size) lies inside the view; never overflows. */
static inline bool span_covers(struct span view, uint64_t offset, uint64_t size)
{
    return offset <= view.size && size <= view.size - offset;
}

bool span_part(struct span view, uint64_t offset, uint64_t size, struct span *ret_part);

/* A structure as a format lays it out, or any other bytes. */
bool span_copy(struct span view, uint64_t offset, void *ret_bytes, size_t size);

bool span_u8(struct span view, uint64_t offset, uint8_t *ret_value);
bool span_u16(struct span view, uint64_t offset, uint16_t *ret_value);
bool span_u32(struct span view, uint64_t offset, uint32_t *ret_value);
bool span_u64(struct span view, uint64_t offset, uint64_t *ret_value);

#endif
