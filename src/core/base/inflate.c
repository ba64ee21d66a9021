/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codes of DEFLATE are canonical: the lengths of the code words say everything. Words of up to
 * FAST_BITS bits are looked up in a table, longer ones, which are rare, are found length by length.
 */
#include "core/base/inflate.h"

#include "core/base/mem.h"

#define FAST_BITS 9U
#define BITS_MAX  15U  /* of a code word (RFC 1951, 3.2.7) */
#define LITERALS  288U /* symbols of the code of literals and lengths, two of them without use */
#define DISTANCES 32U  /* likewise */
#define LENGTHS   19U  /* symbols of the code that code lengths are written in */
#define BLOCK_END 256U

/* The bits that are there, the next one lowest; behind the end of the input they are 0. */
struct reader {
    const uint8_t *next;
    const uint8_t *end;
    uint64_t bits;
    unsigned int count;
    bool is_cut; /* more was taken than there is: whatever else is found wrong, this comes first */
};

struct code {
    uint16_t fast[1U << FAST_BITS]; /* symbol << 4 | bits of its word; 0: a longer one, or none */
    uint16_t counts[BITS_MAX + 1];  /* words of each length */
    uint16_t symbols[LITERALS];     /* in the order of their words */
};

static void refill(struct reader *reader)
{
    while (reader->count <= 56 && reader->next < reader->end) {
        reader->bits |= (uint64_t)*reader->next++ << reader->count;
        reader->count += 8;
    }
}

/* After refill(), for at most 56 bits together. */
static uint32_t take(struct reader *reader, unsigned int count)
{
    uint32_t value = (uint32_t)(reader->bits & ((1ULL << count) - 1));

    if (reader->count < count) {
        reader->is_cut = true;
        reader->count = count;
    }
    reader->bits >>= count;
    reader->count -= count;
    return value;
}

/* Gives whole bytes that were not used back, and drops the bits in front of them. */
static void align(struct reader *reader)
{
    reader->next -= reader->count / 8;
    reader->bits = 0;
    reader->count = 0;
}

/* The words of `length` bits from `word` on, whose bits come in the stream with the first one
 * lowest, in the fast table. */
static void put_fast(struct code *code, uint32_t word, unsigned int length, uint32_t symbol)
{
    uint32_t reversed = 0;

    for (unsigned int i = 0; i < length; i++)
        reversed |= (word >> i & 1U) << (length - 1 - i);
    for (; reversed < 1U << FAST_BITS; reversed += 1U << length)
        code->fast[reversed] = (uint16_t)(symbol << 4 | length);
}

/* Incomplete: no word at all, for a code that is not used, or one of one bit (RFC 1951, 3.2.7). Any
 * other lengths under which words are left without a meaning make no code. */
enum code_kind { CODE_IMPOSSIBLE, CODE_INCOMPLETE, CODE_COMPLETE };

static enum code_kind make_code(struct code *code, const uint8_t *lengths, unsigned int count)
{
    uint32_t word = 0;
    uint32_t sorted = 0;
    uint32_t left = 1; /* words of the length that have no meaning yet */

    memset(code, 0, sizeof(*code));
    for (unsigned int i = 0; i < count; i++)
        code->counts[lengths[i]]++;
    for (unsigned int length = 1; length <= BITS_MAX; length++) {
        word <<= 1;
        left <<= 1;
        if (code->counts[length] > left)
            return CODE_IMPOSSIBLE;
        left -= code->counts[length];
        for (unsigned int i = 0; code->counts[length] != 0 && i < count; i++) {
            if (lengths[i] != length)
                continue;
            code->symbols[sorted++] = (uint16_t)i;
            if (length <= FAST_BITS)
                put_fast(code, word, length, i);
            word++;
        }
    }
    if (left == 0)
        return CODE_COMPLETE;
    return sorted == code->counts[1] ? CODE_INCOMPLETE : CODE_IMPOSSIBLE;
}

/* The symbol << 4 | length of a word that the table does not have; 0: there is none. */
static uint32_t find_word(const struct code *code, uint64_t bits)
{
    uint32_t word = 0;
    uint32_t first = 0; /* word of this length */
    uint32_t index = 0; /* of its symbol */

    for (unsigned int length = 1; length <= BITS_MAX; length++) {
        uint32_t count = code->counts[length];

        word |= (uint32_t)(bits >> (length - 1)) & 1U;
        if (word - first < count)
            return (uint32_t)code->symbols[index + word - first] << 4 | length;
        index += count;
        first = (first + count) << 1;
        word <<= 1;
    }
    return 0;
}

/* Every loop takes one each time, so that it ends where the input does. */
static enum inflate_error next_symbol(struct reader *reader, const struct code *code,
                                      uint32_t *ret_symbol)
{
    uint32_t found = code->fast[reader->bits & ((1U << FAST_BITS) - 1)];

    if (found == 0)
        found = find_word(code, reader->bits);
    if (found == 0)
        return INFLATE_SYMBOL;
    *ret_symbol = found >> 4;
    (void)take(reader, found & 15U);
    return reader->is_cut ? INFLATE_CUT : INFLATE_OK;
}

/*
 * Lengths and distances count alike (RFC 1951, 3.2.5): the first symbols stand for one number each;
 * from then on 1 << `step` symbols at a time have one bit more behind them.
 */
static uint32_t take_number(struct reader *reader, uint32_t symbol, unsigned int step)
{
    uint32_t more = symbol >> step;

    if (more <= 1)
        return symbol;
    return (((1U << step) + (symbol & ((1U << step) - 1))) << (more - 1)) + take(reader, more - 1);
}

static void put_copy(struct inflate_target *target, uint32_t distance, uint32_t length)
{
    for (; length > 0; length--, target->size++) {
        if (target->size < target->capacity)
            target->data[target->size] = target->data[target->size - distance];
    }
}

/* A symbol of 257 and more, and the distance behind it. */
static enum inflate_error copy(struct reader *reader, const struct code *distances, uint32_t symbol,
                               uint64_t begin, struct inflate_target *target)
{
    uint32_t length;
    uint32_t distance;
    enum inflate_error error;

    symbol -= BLOCK_END + 1;
    if (symbol > 28)
        return INFLATE_SYMBOL;
    length = symbol == 28 ? 258 - 3 : take_number(reader, symbol, 2);
    error = next_symbol(reader, distances, &symbol);
    if (error != INFLATE_OK)
        return error;
    if (symbol > 29)
        return INFLATE_SYMBOL;
    distance = take_number(reader, symbol, 1);
    if (distance >= target->size - begin)
        return INFLATE_DISTANCE;
    put_copy(target, distance + 1, length + 3);
    return INFLATE_OK;
}

static enum inflate_error read_codes(struct reader *reader, const struct code codes[2],
                                     uint64_t begin, struct inflate_target *target)
{
    for (;;) {
        enum inflate_error error;
        uint32_t symbol;

        refill(reader); /* 15 + 5 + 15 + 13 bits at most */
        error = next_symbol(reader, &codes[0], &symbol);
        if (error != INFLATE_OK)
            return error;
        if (symbol == BLOCK_END)
            return INFLATE_OK;
        if (symbol > BLOCK_END) {
            error = copy(reader, &codes[1], symbol, begin, target);
            if (error != INFLATE_OK)
                return error;
            continue;
        }
        if (target->size < target->capacity)
            target->data[target->size] = (uint8_t)symbol;
        target->size++;
    }
}

static enum inflate_error read_stored(struct reader *reader, struct inflate_target *target)
{
    uint32_t length;
    uint32_t complement;
    size_t room = 0;

    align(reader);
    refill(reader);
    length = take(reader, 16);
    complement = take(reader, 16);
    align(reader);
    if ((length ^ complement) != 0xffff)
        return INFLATE_STORED;
    if ((size_t)(reader->end - reader->next) < length)
        return INFLATE_CUT;
    if (target->size < target->capacity)
        room = target->capacity - target->size;
    if (room != 0 && length != 0)
        memcpy(target->data + target->size, reader->next, length < room ? length : room);
    reader->next += length;
    target->size += length;
    return INFLATE_OK;
}

static void make_fixed(struct code codes[2])
{
    uint8_t lengths[LITERALS];

    memset(lengths, 8, sizeof(lengths));
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    (void)make_code(&codes[0], lengths, LITERALS);
    memset(lengths, 5, DISTANCES);
    (void)make_code(&codes[1], lengths, DISTANCES);
}

/* The lengths of both codes, one behind the other: `count` of them. */
static enum inflate_error read_lengths(struct reader *reader, const struct code *code,
                                       uint8_t *lengths, unsigned int count)
{
    /* What the symbols 16, 17 and 18 repeat, and how often: 3 + 2 bits, 3 + 3, 11 + 7. */
    static const uint8_t bits[] = {2, 3, 7};
    unsigned int at = 0;

    while (at < count) {
        enum inflate_error error;
        uint32_t symbol;
        uint32_t times;
        uint8_t length = 0;

        refill(reader);
        error = next_symbol(reader, code, &symbol);
        if (error != INFLATE_OK)
            return error;
        if (symbol < 16) {
            lengths[at++] = (uint8_t)symbol;
            continue;
        }
        times = take(reader, bits[symbol - 16]) + (symbol == 18 ? 11 : 3);
        if ((symbol == 16 && at == 0) || times > count - at)
            return INFLATE_CODE;
        if (symbol == 16)
            length = lengths[at - 1];
        memset(lengths + at, length, times);
        at += times;
    }
    return INFLATE_OK;
}

static enum inflate_error make_dynamic(struct reader *reader, struct code codes[2])
{
    static const uint8_t order[LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                           11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS + DISTANCES] = {0};
    uint32_t literals = 257 + take(reader, 5);
    uint32_t distances = 1 + take(reader, 5);
    uint32_t count = 4 + take(reader, 4);
    enum inflate_error error;

    if (literals > 286 || distances > 30)
        return INFLATE_CODE;
    for (unsigned int i = 0; i < count; i++) {
        refill(reader);
        lengths[order[i]] = (uint8_t)take(reader, 3);
    }
    if (make_code(&codes[0], lengths, LENGTHS) != CODE_COMPLETE)
        return INFLATE_CODE;
    error = read_lengths(reader, &codes[0], lengths, literals + distances);
    if (error != INFLATE_OK)
        return error;
    /* A block that nothing can end is none. */
    if (lengths[BLOCK_END] == 0 ||
        make_code(&codes[1], lengths + literals, distances) == CODE_IMPOSSIBLE ||
        make_code(&codes[0], lengths, literals) == CODE_IMPOSSIBLE)
        return INFLATE_CODE;
    return INFLATE_OK;
}

static enum inflate_error read_block(struct reader *reader, uint64_t begin,
                                     struct inflate_target *target, uint32_t *ret_last)
{
    struct code codes[2]; /* of literals and lengths, of distances */
    enum inflate_error error = INFLATE_OK;
    uint32_t type;

    refill(reader);
    *ret_last = take(reader, 1);
    type = take(reader, 2);
    if (type == 0)
        return read_stored(reader, target);
    if (type == 3)
        return INFLATE_BLOCK;
    if (type == 1)
        make_fixed(codes);
    else
        error = make_dynamic(reader, codes);
    return error == INFLATE_OK ? read_codes(reader, codes, begin, target) : error;
}

enum inflate_error inflate_stream(struct span packed, struct inflate_target *target,
                                  size_t *ret_taken)
{
    struct reader reader = {.next = packed.data, .end = packed.data + packed.size};
    uint64_t begin = target->size;
    uint32_t last;

    do {
        enum inflate_error error = read_block(&reader, begin, target, &last);

        if (reader.is_cut)
            return INFLATE_CUT;
        if (error != INFLATE_OK)
            return error;
    } while (last == 0);
    align(&reader);
    *ret_taken = (size_t)(reader.next - packed.data);
    return INFLATE_OK;
}
