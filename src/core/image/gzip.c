/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/image/gzip.h"

#include "core/base/crc32.h"

#define EXPLANATIONS(X)                                                                            \
    X(INFLATE_OK, "nothing is wrong", "go on")                                                     \
    X(INFLATE_CUT, "its compressed data ends early", "copy it again")                              \
    X(INFLATE_BLOCK, "its compressed data is damaged, in a block's type", AS_BEFORE)               \
    X(INFLATE_STORED, "its compressed data is damaged, in a length", AS_BEFORE)                    \
    X(INFLATE_CODE, "its compressed data is damaged, in a code", AS_BEFORE)                        \
    X(INFLATE_SYMBOL, "its compressed data is damaged, in a symbol", AS_BEFORE)                    \
    X(INFLATE_DISTANCE, "its compressed data is damaged, in a distance", AS_BEFORE)                \
    X(INFLATE_CHECKSUM, "its checksum is wrong", AS_BEFORE)                                        \
    X(INFLATE_SIZE, "it is not as long as it says", AS_BEFORE)                                     \
    X(INFLATE_HEADER, "its gzip header is not one of RFC 1952", "pack it again with gzip")         \
    X(INFLATE_FULL, "it is larger than there is room for", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation inflate_explain(enum inflate_error error)
{
    return EXPLAIN(error);
}

#define GZIP_MAGIC       0x8b1fU
#define GZIP_DEFLATE     8U
#define GZIP_HEADER_SIZE 10U
#define GZIP_TAIL_SIZE   8U /* CRC-32, size */

#define GZIP_HAS_CRC     0x02U /* of the header: the lower half of its CRC-32 */
#define GZIP_HAS_EXTRA   0x04U
#define GZIP_HAS_NAME    0x08U
#define GZIP_HAS_COMMENT 0x10U
#define GZIP_RESERVED    0xe0U

bool gzip_recognise(struct span head)
{
    uint16_t magic;

    return span_u16(head, 0, &magic) && magic == GZIP_MAGIC;
}

uint32_t gzip_claimed_size(struct span file)
{
    uint32_t size = 0;

    if (file.size >= GZIP_TAIL_SIZE)
        (void)span_u32(file, file.size - 4, &size);
    return size;
}

/* The header of a member; ret_size: its bytes. */
static enum inflate_error read_header(struct span file, size_t *ret_size)
{
    size_t at = GZIP_HEADER_SIZE;
    uint8_t method;
    uint8_t flags;
    uint8_t byte;
    uint16_t number;

    if (!span_u8(file, 2, &method) || !span_u8(file, 3, &flags))
        return INFLATE_CUT;
    if (method != GZIP_DEFLATE || (flags & GZIP_RESERVED) != 0)
        return INFLATE_HEADER;
    if ((flags & GZIP_HAS_EXTRA) != 0) {
        if (!span_u16(file, at, &number))
            return INFLATE_CUT;
        at += sizeof(number) + number;
    }
    /* Two strings, each with its NUL. */
    for (unsigned int flag = GZIP_HAS_NAME; flag <= GZIP_HAS_COMMENT; flag <<= 1) {
        if ((flags & flag) == 0)
            continue;
        do {
            if (!span_u8(file, at++, &byte))
                return INFLATE_CUT;
        } while (byte != 0);
    }
    if ((flags & GZIP_HAS_CRC) != 0) {
        if (!span_u16(file, at, &number))
            return INFLATE_CUT;
        if (number != (uint16_t)crc32_update(0, file.data, at))
            return INFLATE_CHECKSUM;
        at += sizeof(number);
    }
    *ret_size = at;
    return at <= file.size ? INFLATE_OK : INFLATE_CUT;
}

static enum inflate_error unpack_member(struct span file, struct inflate_target *target,
                                        size_t *ret_size)
{
    uint64_t begin = target->size;
    size_t header;
    size_t taken;
    uint32_t crc;
    uint32_t size;
    enum inflate_error error = read_header(file, &header);

    if (error == INFLATE_OK)
        error = inflate_stream(span_behind(file, header), target, &taken);
    if (error != INFLATE_OK)
        return error;
    taken += header;
    if (!span_u32(file, taken, &crc) || !span_u32(file, taken + 4, &size))
        return INFLATE_CUT;
    if (size != (uint32_t)(target->size - begin))
        return INFLATE_SIZE;
    if (target->size <= target->capacity &&
        crc != crc32_update(0, target->data + begin, (size_t)(target->size - begin)))
        return INFLATE_CHECKSUM;
    *ret_size = taken + GZIP_TAIL_SIZE;
    return INFLATE_OK;
}

enum inflate_error gzip_unpack(struct span file, struct inflate_target *target)
{
    do {
        size_t size;
        enum inflate_error error = unpack_member(file, target, &size);

        if (error != INFLATE_OK)
            return error;
        file = span_behind(file, size);
    } while (gzip_recognise(file));
    return target->size <= target->capacity ? INFLATE_OK : INFLATE_FULL;
}
