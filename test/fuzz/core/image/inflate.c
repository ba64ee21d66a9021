/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DEFLATE streams and gzip files. Input: two bytes for the room that there is, one that says which
 * of the two follows, then the bytes. Where zlib's header is installed each stream is unpacked by
 * zlib as well, which has to be of the same opinion.
 */
#include "core/image/gzip.h"

#include "fuzz/fuzz.h"

#define ROOM 0x14000U

#if __has_include(<zlib.h>)
#include <zlib.h>

/* What zlib makes of it; false: it is no sound stream. */
static bool ask_zlib(struct span packed, uint8_t *to, uint64_t *ret_size, size_t *ret_taken)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data,
                       .avail_in = (uInt)packed.size,
                       .next_out = to,
                       .avail_out = ROOM};
    int result;

    REQUIRE(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
    result = inflate(&stream, Z_FINISH);
    *ret_size = stream.total_out;
    *ret_taken = stream.total_in;
    REQUIRE(inflateEnd(&stream) == Z_OK);
    return result == Z_STREAM_END;
}

static void compare(struct span packed, enum inflate_error error, const uint8_t *bytes,
                    uint64_t size, size_t taken)
{
    uint8_t *other = exact(NULL, ROOM);
    uint64_t other_size;
    size_t other_taken;

    if (size <= ROOM) {
        bool sound = ask_zlib(packed, other, &other_size, &other_taken);

        REQUIRE(sound == (error == INFLATE_OK));
        if (sound)
            REQUIRE(other_size == size && other_taken == taken && memcmp(other, bytes, size) == 0);
    }
    free(other);
}
#else
static void compare(struct span packed, enum inflate_error error, const uint8_t *bytes,
                    uint64_t size, size_t taken)
{
    (void)packed, (void)error, (void)bytes, (void)size, (void)taken;
}
#endif

static enum inflate_error unpack(bool gzip, struct span packed, size_t capacity,
                                 uint8_t **ret_bytes, uint64_t *ret_size, size_t *ret_taken)
{
    uint8_t *bytes = exact(NULL, capacity);
    struct inflate_target target = {.data = bytes, .capacity = capacity};
    enum inflate_error error =
        gzip ? gzip_unpack(packed, &target) : inflate_stream(packed, &target, ret_taken);

    require_explanation(inflate_explain(error));
    *ret_bytes = bytes;
    *ret_size = target.size;
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    size_t small = take(&input, 2);
    bool gzip = (take(&input, 1) & 1) != 0;
    uint8_t *copy = exact(input.data, input.left);
    struct span packed = span_of(copy, input.left);
    uint8_t *whole;
    uint8_t *part;
    uint64_t whole_size;
    uint64_t part_size;
    size_t whole_taken = 0;
    size_t part_taken = 0;
    enum inflate_error error = unpack(gzip, packed, ROOM, &whole, &whole_size, &whole_taken);
    enum inflate_error other = unpack(gzip, packed, small, &part, &part_size, &part_taken);

    REQUIRE(whole_taken <= packed.size);
    /* Less room changes nothing but what is kept. What is not kept has no checksum. */
    if (!gzip)
        REQUIRE(error == other && whole_taken == part_taken);
    if (error == INFLATE_OK)
        REQUIRE(other == (gzip && whole_size > small ? INFLATE_FULL : INFLATE_OK));
    if (error != INFLATE_CHECKSUM)
        REQUIRE(whole_size == part_size);
    if (whole_size <= ROOM)
        REQUIRE(memcmp(whole, part, whole_size < small ? whole_size : small) == 0);
    if (!gzip)
        compare(packed, error, whole, whole_size, whole_taken);
    free(whole);
    free(part);
    free(copy);
    return 0;
}
