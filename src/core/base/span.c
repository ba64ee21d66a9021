/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/span.h"

bool span_part(struct span view, uint64_t offset, uint64_t size, struct span *ret_part)
{
    if (!span_covers(view, offset, size))
        return false;
    *ret_part = span_of(size == 0 ? NULL : view.data + offset, (size_t)size);
    return true;
}

/* Byte by byte: the view may begin anywhere. */
static bool read_number(struct span view, uint64_t offset, unsigned int size, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (!span_covers(view, offset, size))
        return false;
    for (unsigned int i = size; i > 0; i--)
        value = (value << 8) | view.data[offset + i - 1];
    *ret_value = value;
    return true;
}

bool span_u8(struct span view, uint64_t offset, uint8_t *ret_value)
{
    uint64_t value;

    if (!read_number(view, offset, sizeof(*ret_value), &value))
        return false;
    *ret_value = (uint8_t)value;
    return true;
}

bool span_u16(struct span view, uint64_t offset, uint16_t *ret_value)
{
    uint64_t value;

    if (!read_number(view, offset, sizeof(*ret_value), &value))
        return false;
    *ret_value = (uint16_t)value;
    return true;
}

bool span_u32(struct span view, uint64_t offset, uint32_t *ret_value)
{
    uint64_t value;

    if (!read_number(view, offset, sizeof(*ret_value), &value))
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

bool span_u64(struct span view, uint64_t offset, uint64_t *ret_value)
{
    return read_number(view, offset, sizeof(*ret_value), ret_value);
}
