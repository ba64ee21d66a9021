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

#define GZIP_MAGIC   0x8b1fU
#define GZIP_DEFLATE 8U

struct gzip_header {
    uint16_t magic;
    uint8_t method;
    uint8_t flags;
    uint16_t time[2];
    uint8_t how;
    uint8_t system;
};

struct gzip_tail {
    uint32_t crc;
    uint32_t size;
};

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

    if (file.size >= sizeof(struct gzip_tail))
        (void)span_u32(file, file.size - sizeof(size), &size);
    return size;
}

/* The header of a member; ret_size: its bytes. */
static enum inflate_error read_header(struct span file, size_t *ret_size)
{
    struct gzip_header header;
    size_t at = sizeof(header);
    uint8_t byte;
    uint16_t number;

    if (!span_copy(file, 0, &header, sizeof(header)))
        return INFLATE_CUT;
    if (header.method != GZIP_DEFLATE || (header.flags & GZIP_RESERVED) != 0)
        return INFLATE_HEADER;
    if ((header.flags & GZIP_HAS_EXTRA) != 0) {
        if (!span_u16(file, at, &number))
            return INFLATE_CUT;
        at += sizeof(number) + number;
    }
    /* Two strings, each with its NUL. */
    for (unsigned int flag = GZIP_HAS_NAME; flag <= GZIP_HAS_COMMENT; flag <<= 1) {
        if ((header.flags & flag) == 0)
            continue;
        do {
            if (!span_u8(file, at++, &byte))
                return INFLATE_CUT;
        } while (byte != 0);
    }
    if ((header.flags & GZIP_HAS_CRC) != 0) {
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
    struct gzip_tail tail;
    enum inflate_error error = read_header(file, &header);

    if (error == INFLATE_OK)
        error = inflate_stream(span_behind(file, header), target, &taken);
    if (error != INFLATE_OK)
        return error;
    taken += header;
    if (!span_copy(file, taken, &tail, sizeof(tail)))
        return INFLATE_CUT;
    if (tail.size != (uint32_t)(target->size - begin))
        return INFLATE_SIZE;
    if (target->size <= target->capacity &&
        tail.crc != crc32_update(0, target->data + begin, (size_t)(target->size - begin)))
        return INFLATE_CHECKSUM;
    *ret_size = taken + sizeof(tail);
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
