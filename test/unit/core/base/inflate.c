/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams are written here bit by bit, as RFC 1951 draws them; what compressors make of large files
 * is for the fuzz target, which asks zlib.
 */
#include "core/base/inflate.h"

#include "unit/fixture/deflate_fixture.h"

/* --- reading it ----------------------------------------------------------------------------------
 */

static uint8_t *unpacked; /* exactly as large as the capacity was */
static uint64_t unpacked_size;
static size_t taken;

static enum inflate_error unpack_into(size_t size, size_t capacity)
{
    struct span copy = exact_copy(packed, size);
    struct inflate_target target = {.capacity = capacity};
    enum inflate_error error;

    free(unpacked);
    unpacked = (uint8_t *)exact_buffer(capacity);
    target.data = capacity == 0 ? NULL : unpacked;
    error = inflate_stream(copy, &target, &taken);
    unpacked_size = target.size;
    exact_free(copy);
    return error;
}

static enum inflate_error unpack(void)
{
    return unpack_into(packed_size(), ROOM);
}

static void assert_unpacked(const void *bytes, size_t size)
{
    assert_int_equal(unpack(), INFLATE_OK);
    assert_int_equal(unpacked_size, size);
    assert_memory_equal(unpacked, bytes, size);
    assert_int_equal(taken, packed_size());
}

/* Cut anywhere, it is cut; and no byte behind it is looked at. */
static void assert_cuts_are_seen(void)
{
    for (size_t size = 0; size < packed_size(); size++)
        assert_int_equal(unpack_into(size, ROOM), INFLATE_CUT);
}

static int end(void **state)
{
    (void)state;
    free(unpacked);
    unpacked = NULL;
    return 0;
}

/* --- sound streams -------------------------------------------------------------------------------
 */

static void stored_blocks_are_copied(void **state)
{
    (void)state;
    deflate_begin();
    put_stored("one ", 4, false);
    put_stored("", 0, false);
    put_stored("two", 3, true);
    assert_unpacked("one two", 7);
    assert_cuts_are_seen();
}

static void the_longest_stored_block_is_copied(void **state)
{
    static uint8_t bytes[65535];
    uint32_t noise = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)exact_noise(&noise);
    deflate_begin();
    put_stored(bytes, 65535, true);
    assert_unpacked(bytes, sizeof(bytes));
}

static void nothing_is_unpacked_to_nothing(void **state)
{
    (void)state;
    deflate_begin();
    put(1 | 1 << 1, 3);
    put_fixed(256);
    assert_unpacked("", 0);
    assert_int_equal(unpack_into(packed_size(), 0), INFLATE_OK);
    assert_cuts_are_seen();
}

static void each_literal_of_the_fixed_code_means_itself(void **state)
{
    uint8_t bytes[256];

    (void)state;
    deflate_begin();
    put(1 | 1 << 1, 3);
    for (uint32_t i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        put_fixed(i);
    }
    put_fixed(256);
    assert_unpacked(bytes, sizeof(bytes));
    assert_cuts_are_seen();
}

/* RFC 1951, 3.2.5: symbol, bits behind it, the first length or distance that it stands for. */
struct range {
    uint32_t symbol;
    uint32_t bits;
    uint32_t first;
};
static const struct range lengths[] = {
    {257, 0, 3},   {258, 0, 4},   {259, 0, 5},   {260, 0, 6},   {261, 0, 7},  {262, 0, 8},
    {263, 0, 9},   {264, 0, 10},  {265, 1, 11},  {266, 1, 13},  {267, 1, 15}, {268, 1, 17},
    {269, 2, 19},  {270, 2, 23},  {271, 2, 27},  {272, 2, 31},  {273, 3, 35}, {274, 3, 43},
    {275, 3, 51},  {276, 3, 59},  {277, 4, 67},  {278, 4, 83},  {279, 4, 99}, {280, 4, 115},
    {281, 5, 131}, {282, 5, 163}, {283, 5, 195}, {284, 5, 227}, {285, 0, 258}};
static const struct range distances[] = {
    {0, 0, 1},      {1, 0, 2},      {2, 0, 3},       {3, 0, 4},       {4, 1, 5},
    {5, 1, 7},      {6, 2, 9},      {7, 2, 13},      {8, 3, 17},      {9, 3, 25},
    {10, 4, 33},    {11, 4, 49},    {12, 5, 65},     {13, 5, 97},     {14, 6, 129},
    {15, 6, 193},   {16, 7, 257},   {17, 7, 385},    {18, 8, 513},    {19, 8, 769},
    {20, 9, 1025},  {21, 9, 1537},  {22, 10, 2049},  {23, 10, 3073},  {24, 11, 4097},
    {25, 11, 6145}, {26, 12, 8193}, {27, 12, 12289}, {28, 13, 16385}, {29, 13, 24577}};

/* One byte, its repetition to each end of each length, distance 1. */
static void each_length_is_what_its_symbol_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        const struct range *range = &lengths[i];

        for (uint32_t more = 0; more < 1U << range->bits;
             more += (1U << range->bits) - (more == 0)) {
            deflate_begin();
            put(1 | 1 << 1, 3);
            put_fixed('a');
            put_fixed(range->symbol);
            put(more, range->bits);
            put_word(0, 5);
            put_fixed(256);
            assert_int_equal(unpack(), INFLATE_OK);
            assert_int_equal(unpacked_size, 1 + range->first + more);
            for (size_t at = 0; at < unpacked_size; at++)
                assert_int_equal(unpacked[at], 'a');
            if (range->bits == 0)
                break;
        }
    }
}

/* 32 KiB of noise, then three bytes from each end of each distance; and one byte further back there
 * is nothing. */
static void each_distance_is_what_its_symbol_says(void **state)
{
    static uint8_t bytes[32768];
    uint32_t noise = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)exact_noise(&noise);
    for (size_t i = 0; i < 2 * LENGTH_OF(distances); i++) {
        const struct range *range = &distances[i / 2];
        uint32_t more = i % 2 == 0 ? 0 : (1U << range->bits) - 1;
        uint32_t distance = range->first + more;

        for (uint32_t missing = 0; missing < 2; missing++) {
            deflate_begin();
            put_stored(bytes, (uint16_t)(distance - missing), false);
            put(1 | 1 << 1, 3);
            put_fixed(257);
            put_word(range->symbol, 5);
            put(more, range->bits);
            put_fixed(256);
            assert_int_equal(unpack(), missing == 0 ? INFLATE_OK : INFLATE_DISTANCE);
            for (size_t at = 0; missing == 0 && at < 3; at++)
                assert_int_equal(unpacked[distance + at], bytes[at % distance]);
        }
    }
}

/* --- dynamic blocks ------------------------------------------------------------------------------
 */

/* The word of a symbol in the canonical code (RFC 1951, 3.2.2), slowly. */
static void put_symbol(const uint8_t *code, unsigned int count, uint32_t symbol)
{
    uint32_t word = 0;

    for (unsigned int length = 1; length <= code[symbol]; length++) {
        word <<= 1;
        for (unsigned int i = 0; i < count; i++) {
            if (code[i] == length && (length < code[symbol] || i < symbol))
                word++;
        }
    }
    put_word(word, code[symbol]);
}

/* A code for code lengths: of 0 to 12 and the three repetitions, four bits each; or of 0 to 15. */
static const uint8_t with_repetitions[19] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
                                             4, 4, 4, 0, 0, 0, 4, 4, 4};
static const uint8_t without[19] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0};

static void begin_dynamic(const uint8_t *code, unsigned int literals, unsigned int distance_count)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};

    put(1 | 2 << 1, 3);
    put(literals - 257, 5);
    put(distance_count - 1, 5);
    put(19 - 4, 4);
    for (unsigned int i = 0; i < 19; i++)
        put(code[order[i]], 3);
}

static void put_code(const uint8_t *code, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        put_symbol(without, 19, code[i]);
}

/* Words of 1 to 15 bits: in the fast table, at its border and behind it. */
static void words_of_each_length_are_found(void **state)
{
    static const uint8_t distance[1] = {0};
    uint8_t code[257] = {0};
    uint8_t bytes[30];

    (void)state;
    for (unsigned int i = 0; i < 15; i++)
        code[i] = (uint8_t)(i + 1);
    code[256] = 15;
    deflate_begin();
    begin_dynamic(without, 257, 1);
    put_code(code, 257);
    put_code(distance, 1);
    for (unsigned int i = 0; i < 30; i++) {
        bytes[i] = (uint8_t)(i < 15 ? i : 29 - i);
        put_symbol(code, 257, bytes[i]);
    }
    put_symbol(code, 257, 256);
    assert_unpacked(bytes, sizeof(bytes));
    assert_cuts_are_seen();
}

/* Two bits each for a, b, the end, the length 3, and by repetition for the distances 1 to 4. */
static void put_repeated(uint32_t times)
{
    begin_dynamic(with_repetitions, 258, 4);
    put_symbol(with_repetitions, 19, 18); /* 97 times 0 */
    put(97 - 11, 7);
    put_symbol(with_repetitions, 19, 2); /* 97 and 98 */
    put_symbol(with_repetitions, 19, 2);
    put_symbol(with_repetitions, 19, 18); /* 138, 10 and 9 times 0 */
    put(127, 7);
    put_symbol(with_repetitions, 19, 17);
    put(7, 3);
    put_symbol(with_repetitions, 19, 17);
    put(6, 3);
    put_symbol(with_repetitions, 19, 2); /* 256; by 16 it is that of 257 and the distances too */
    put_symbol(with_repetitions, 19, 16);
    put(times - 3, 2);
}

static void code_lengths_are_repeated_across_both_codes(void **state)
{
    static const uint8_t code[258] = {[97] = 2, [98] = 2, [256] = 2, [257] = 2};

    (void)state;
    deflate_begin();
    put_repeated(5);
    put_symbol(code, 258, 97);
    put_symbol(code, 258, 98);
    put_symbol(code, 258, 257);
    put_word(1, 2);
    put_symbol(code, 258, 256);
    assert_unpacked("ababa", 5);
    assert_cuts_are_seen();
    deflate_begin();
    put_repeated(6); /* one more than there are symbols */
    assert_int_equal(unpack(), INFLATE_CODE);
}

static void a_distance_code_may_have_one_word_or_none(void **state)
{
    uint8_t code[258] = {['x'] = 1, [256] = 2, [257] = 2};

    (void)state;
    for (uint8_t bits = 0; bits < 3; bits++) {
        uint8_t distance[3] = {0, bits, 0};

        deflate_begin();
        begin_dynamic(without, 258, 3);
        put_code(code, 258);
        put_code(distance, 3);
        put_symbol(code, 258, 'x');
        put_symbol(code, 258, 'x');
        put_symbol(code, 258, 257);
        put(0, 1); /* distance 2, if that is a word */
        put_symbol(code, 258, 256);
        if (bits == 1)
            assert_unpacked("xxxxx", 5);
        else
            assert_int_equal(unpack(), bits == 0 ? INFLATE_SYMBOL : INFLATE_CODE);
    }
}

static void the_unused_word_of_a_code_of_one_is_no_symbol(void **state)
{
    static const uint8_t code[258] = {['x'] = 1, [256] = 2, [257] = 2};
    static const uint8_t distance[2] = {0, 1};

    (void)state;
    deflate_begin();
    begin_dynamic(without, 258, 2);
    put_code(code, 258);
    put_code(distance, 2);
    put_symbol(code, 258, 'x');
    put_symbol(code, 258, 257);
    put(1, 1);
    put(0, 15);
    assert_int_equal(unpack(), INFLATE_SYMBOL);
}

/* --- what is no stream ---------------------------------------------------------------------------
 */

static void codes_that_are_none_are_refused(void **state)
{
    static const struct {
        uint16_t symbol;
        uint8_t bits;
    } changes[] = {
        {'y', 1}, /* more words than there are */
        {'y', 0}, /* fewer */
        {'y', 15},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        static const uint8_t distance[1] = {1};
        uint8_t code[257] = {['x'] = 1, ['y'] = 2, [256] = 2};

        code[changes[i].symbol] = changes[i].bits;
        deflate_begin();
        begin_dynamic(without, 257, 1);
        put_code(code, 257);
        put_code(distance, 1);
        put(0, 30);
        assert_int_equal(unpack(), INFLATE_CODE);
    }
}

static void a_block_that_nothing_ends_is_refused(void **state)
{
    static const uint8_t code[257] = {['x'] = 1, ['y'] = 1};
    static const uint8_t distance[1] = {0};

    (void)state;
    deflate_begin();
    begin_dynamic(without, 257, 1);
    put_code(code, 257);
    put_code(distance, 1);
    put(0, 30);
    assert_int_equal(unpack(), INFLATE_CODE);
}

static void codes_of_code_lengths_that_are_none_are_refused(void **state)
{
    static const uint8_t codes[][19] = {{0}, {1}, {1, 1, 1}, {1, 2}, {7}, {4, 4, 4, 4}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(codes); i++) {
        deflate_begin();
        begin_dynamic(codes[i], 257, 1);
        put(0, 30);
        put_bytes("          ", 10);
        assert_int_equal(unpack(), INFLATE_CODE);
    }
}

static void a_repetition_of_nothing_is_refused(void **state)
{
    (void)state;
    deflate_begin();
    begin_dynamic(with_repetitions, 257, 1);
    put_symbol(with_repetitions, 19, 16);
    put(0, 30);
    assert_int_equal(unpack(), INFLATE_CODE);
}

static void more_symbols_than_there_are_are_refused(void **state)
{
    static const unsigned int counts[][2] = {{287, 1}, {288, 1}, {257, 31}, {257, 32}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(counts); i++) {
        deflate_begin();
        begin_dynamic(without, counts[i][0], counts[i][1]);
        put(0, 30);
        assert_int_equal(unpack(), INFLATE_CODE);
    }
}

static void symbols_without_a_meaning_are_refused(void **state)
{
    (void)state;
    for (uint32_t symbol = 286; symbol < 288; symbol++) {
        deflate_begin();
        put(1 | 1 << 1, 3);
        put_fixed(symbol);
        put(0, 20);
        assert_int_equal(unpack(), INFLATE_SYMBOL);
    }
    for (uint32_t symbol = 30; symbol < 32; symbol++) {
        deflate_begin();
        put(1 | 1 << 1, 3);
        put_fixed('a');
        put_fixed(257);
        put_word(symbol, 5);
        put(0, 20);
        assert_int_equal(unpack(), INFLATE_SYMBOL);
    }
}

static void a_block_of_the_fourth_type_is_refused(void **state)
{
    (void)state;
    deflate_begin();
    put(1 | 3 << 1, 3);
    assert_int_equal(unpack(), INFLATE_BLOCK);
}

static void a_stored_length_without_its_complement_is_refused(void **state)
{
    (void)state;
    deflate_begin();
    put_stored("abc", 3, true);
    packed[3] ^= 1;
    assert_int_equal(unpack(), INFLATE_STORED);
}

/* --- the target ----------------------------------------------------------------------------------
 */

/* "abc" stored, six bytes of it copied, one literal. */
static void put_mixed(void)
{
    put_stored("abc", 3, false);
    put(1 | 1 << 1, 3);
    put_fixed(260);
    put_word(2, 5);
    put_fixed('z');
    put_fixed(256);
}

static void what_there_is_no_room_for_is_counted(void **state)
{
    (void)state;
    deflate_begin();
    put_mixed();
    for (size_t capacity = 0; capacity < 12; capacity++) {
        assert_int_equal(unpack_into(packed_size(), capacity), INFLATE_OK);
        assert_int_equal(unpacked_size, 10);
        assert_memory_equal(unpacked, "abcabcabcz", capacity < 10 ? capacity : 10);
    }
}

static void one_stream_does_not_reach_into_the_one_before(void **state)
{
    uint8_t room[16];
    struct inflate_target target = {.data = room, .capacity = sizeof(room)};
    struct span second;

    (void)state;
    deflate_begin();
    put_mixed();
    put_bytes("", 0);
    size_t first_size = packed_size();
    put(1 | 1 << 1, 3);
    put_fixed(257);
    put_word(0, 5);
    put_fixed(256);
    assert_int_equal(inflate_stream(span_of(packed, packed_size()), &target, &taken), INFLATE_OK);
    assert_int_equal(taken, first_size);
    second = span_of(packed + taken, packed_size() - taken);
    assert_int_equal(inflate_stream(second, &target, &taken), INFLATE_DISTANCE);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stored_blocks_are_copied),
        TEST(the_longest_stored_block_is_copied),
        TEST(nothing_is_unpacked_to_nothing),
        TEST(each_literal_of_the_fixed_code_means_itself),
        TEST(each_length_is_what_its_symbol_says),
        TEST(each_distance_is_what_its_symbol_says),
        TEST(words_of_each_length_are_found),
        TEST(code_lengths_are_repeated_across_both_codes),
        TEST(a_distance_code_may_have_one_word_or_none),
        TEST(the_unused_word_of_a_code_of_one_is_no_symbol),
        TEST(codes_that_are_none_are_refused),
        TEST(a_block_that_nothing_ends_is_refused),
        TEST(codes_of_code_lengths_that_are_none_are_refused),
        TEST(a_repetition_of_nothing_is_refused),
        TEST(more_symbols_than_there_are_are_refused),
        TEST(symbols_without_a_meaning_are_refused),
        TEST(a_block_of_the_fourth_type_is_refused),
        TEST(a_stored_length_without_its_complement_is_refused),
        TEST(what_there_is_no_room_for_is_counted),
        TEST(one_stream_does_not_reach_into_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
