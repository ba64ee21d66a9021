/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/span.h"

#include "core/base/mem.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

bool span_part(struct span view, uint64_t offset, uint64_t size, struct span *ret_part)
{
    if (!span_covers(view, offset, size))
        return false;
    *ret_part = span_of(size == 0 ? NULL : view.data + offset, (size_t)size);
    return true;
}

/* Little-endian is what every machine is that Baton is for; the view may begin anywhere. */
bool span_copy(struct span view, uint64_t offset, void *ret_bytes, size_t size)
{
    if (!span_covers(view, offset, size))
        return false;
    if (size != 0)
        memcpy(ret_bytes, view.data + offset, size);
    return true;
}

/* Not by span_copy(): a number of a known size is one load. */
bool span_u8(struct span view, uint64_t offset, uint8_t *ret_value)
{
    if (!span_covers(view, offset, sizeof(*ret_value)))
        return false;
    memcpy(ret_value, view.data + offset, sizeof(*ret_value));
    return true;
}

bool span_u16(struct span view, uint64_t offset, uint16_t *ret_value)
{
    if (!span_covers(view, offset, sizeof(*ret_value)))
        return false;
    memcpy(ret_value, view.data + offset, sizeof(*ret_value));
    return true;
}

bool span_u32(struct span view, uint64_t offset, uint32_t *ret_value)
{
    if (!span_covers(view, offset, sizeof(*ret_value)))
        return false;
    memcpy(ret_value, view.data + offset, sizeof(*ret_value));
    return true;
}

bool span_u64(struct span view, uint64_t offset, uint64_t *ret_value)
{
    if (!span_covers(view, offset, sizeof(*ret_value)))
        return false;
    memcpy(ret_value, view.data + offset, sizeof(*ret_value));
    return true;
}
