/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking a DEFLATE stream (RFC 1951): what kernels come packed in (core/image/gzip.h), and
 * Baton's own texts (core/base/packed.h). Pure: bytes in, bytes out; nothing is allocated, nothing
 * is written outside of what the caller gives, and the time is bounded by the size of the input,
 * whatever it claims.
 */
#ifndef BATON_CORE_BASE_INFLATE_H
#define BATON_CORE_BASE_INFLATE_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has the same remedy stands together: that text is stored once. */
enum inflate_error {
    INFLATE_OK = 0,
    INFLATE_CUT,      /* the input ends before the stream does */
    INFLATE_BLOCK,    /* a block of the type that there is not */
    INFLATE_STORED,   /* a stored block whose length and its complement differ */
    INFLATE_CODE,     /* code lengths that make no code, or more of them than there are symbols */
    INFLATE_SYMBOL,   /* a code word, or a symbol, that means nothing */
    INFLATE_DISTANCE, /* a copy from before the beginning */
    INFLATE_CHECKSUM, /* gzip: the contents, or the header, are not those of its CRC */
    INFLATE_SIZE,     /* gzip: the contents are not as long as it says behind them */
    INFLATE_HEADER,   /* gzip: another method, or bits that are reserved */
    INFLATE_FULL,     /* all is sound, as far as can be seen without the room for it */
};

/*
 * Where the bytes go, one stream behind the other. What there is no room for is counted and
 * dropped: with a capacity of 0 that tells how much room is needed, in less time than unpacking.
 */
struct inflate_target {
    uint8_t *data;   /* NULL when `capacity` is 0 */
    size_t capacity; /* bytes */
    uint64_t size;   /* so far, written or dropped; 0 at first */
};

/*
 * Unpacks the stream that `packed` begins with. ret_taken: its bytes, the last one of which it may
 * not fill. A distance never reaches beyond what this stream has given. INFLATE_OK also when
 * target->size has become more than the capacity. On an error bytes may have been written.
 */
enum inflate_error inflate_stream(struct span packed, struct inflate_target *target,
                                  size_t *ret_taken);

#endif
