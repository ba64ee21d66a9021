/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of gzip; what is inside of them is tested in core/base/inflate.c. */
#include "core/image/gzip.h"

#include "core/base/crc32.h"
#include "unit/fixture/deflate_fixture.h"

static uint8_t *unpacked; /* exactly as large as the capacity was */
static uint64_t unpacked_size;

static int end(void **state)
{
    (void)state;
    free(unpacked);
    unpacked = NULL;
    return 0;
}

static void put_u32(uint32_t value)
{
    put(value & 0xffff, 16);
    put(value >> 16, 16);
}

static void put_header(uint8_t flags)
{
    put_bytes("\x1f\x8b\x08", 3);
    put(flags, 8);
    put_bytes("time\2\3", 6);
}

/* `text`, stored, with what stands behind it. */
static void put_contents(const char *text)
{
    put_stored(text, (uint16_t)strlen(text), true);
    put_u32(crc32_update(0, text, strlen(text)));
    put_u32((uint32_t)strlen(text));
}

static enum inflate_error unpack_gzip(size_t size, size_t capacity)
{
    struct span copy = exact_copy(packed, size);
    struct inflate_target target = {.capacity = capacity};
    enum inflate_error error;

    free(unpacked);
    unpacked = (uint8_t *)exact_buffer(capacity);
    target.data = capacity == 0 ? NULL : unpacked;
    error = gzip_unpack(copy, &target);
    unpacked_size = target.size;
    exact_free(copy);
    return error;
}

static void assert_gzip(const char *text)
{
    assert_int_equal(unpack_gzip(packed_size(), 100), INFLATE_OK);
    assert_int_equal(unpacked_size, strlen(text));
    assert_memory_equal(unpacked, text, strlen(text));
}

static void each_field_of_a_gzip_header_is_passed_over(void **state)
{
    (void)state;
    for (unsigned int flags = 0; flags < 32; flags++) {
        deflate_begin();
        put_header((uint8_t)flags);
        if ((flags & 4) != 0)
            put_bytes("\3\0\0ab", 5);
        if ((flags & 8) != 0)
            put_bytes("xen", 4);
        if ((flags & 16) != 0)
            put_bytes("", 1);
        if ((flags & 2) != 0)
            put(crc32_update(0, packed, packed_size()) & 0xffff, 16);
        put_contents("kernel");
        assert_gzip("kernel");
        assert_int_equal(gzip_claimed_size(span_of(packed, packed_size())), 6);
        for (size_t size = 0; size < packed_size(); size++)
            assert_int_equal(unpack_gzip(size, 100), INFLATE_CUT);
    }
}

static void a_damaged_gzip_file_is_refused(void **state)
{
    static const struct {
        size_t at; /* from the beginning, or from the end when not less than 100 */
        enum inflate_error error;
    } damages[] = {
        {2, INFLATE_HEADER},         {3, INFLATE_HEADER},         {12, INFLATE_CHECKSUM},
        {14, INFLATE_STORED},        {100 + 1, INFLATE_SIZE},     {100 + 4, INFLATE_SIZE},
        {100 + 5, INFLATE_CHECKSUM}, {100 + 8, INFLATE_CHECKSUM}, {100 + 9, INFLATE_CHECKSUM}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(damages); i++) {
        deflate_begin();
        put_header(2);
        put(crc32_update(0, packed, packed_size()) & 0xffff, 16);
        put_contents("kernel");
        packed[damages[i].at < 100 ? damages[i].at : packed_size() - (damages[i].at - 100)] ^= 0x80;
        if (damages[i].at == 12)
            packed[12] ^= 0x80, packed[11] ^= 1;
        assert_int_equal(unpack_gzip(packed_size(), 100), damages[i].error);
    }
}

static void an_empty_member_has_a_checksum_too(void **state)
{
    (void)state;
    deflate_begin();
    put_header(0);
    put_contents("");
    assert_gzip("");
    assert_int_equal(unpack_gzip(packed_size(), 0), INFLATE_OK);
    packed[packed_size() - 8] = 1;
    assert_int_equal(unpack_gzip(packed_size(), 0), INFLATE_CHECKSUM);
}

static void members_follow_each_other_and_padding_ends_them(void **state)
{
    (void)state;
    deflate_begin();
    put_header(0);
    put_contents("one ");
    put_header(0);
    put_contents("two");
    put_bytes("\0\0\0", 3);
    assert_gzip("one two");
    put_header(0); /* behind padding it is none */
    assert_gzip("one two");
}

static void a_second_member_that_is_cut_is_no_padding(void **state)
{
    (void)state;
    deflate_begin();
    put_header(0);
    put_contents("one");
    put_bytes("\x1f\x8b\x08", 3);
    assert_int_equal(unpack_gzip(packed_size(), 100), INFLATE_CUT);
}

static void without_room_gzip_says_how_much_is_needed(void **state)
{
    (void)state;
    deflate_begin();
    put_header(0);
    put_contents("one ");
    put_header(0);
    put_contents("two");
    for (size_t capacity = 0; capacity < 7; capacity++) {
        assert_int_equal(unpack_gzip(packed_size(), capacity), INFLATE_FULL);
        assert_int_equal(unpacked_size, 7);
    }
    assert_int_equal(unpack_gzip(packed_size(), 7), INFLATE_OK);
}

static void a_file_is_recognised_by_two_bytes(void **state)
{
    (void)state;
    assert_true(gzip_recognise(span_of("\x1f\x8b", 2)));
    assert_false(gzip_recognise(span_of("\x1f\x8b", 1)));
    assert_false(gzip_recognise(span_of("\x1f\x8c", 2)));
    assert_int_equal(gzip_claimed_size(span_of("1234\1\0\0", 7)), 0);
    assert_int_equal(gzip_claimed_size(span_of("1234\1\0\0\1", 8)), 0x1000001);
}

static void noise_does_no_harm(void **state)
{
    uint32_t noise = 3;

    (void)state;
    for (unsigned int run = 0; run < 3000; run++) {
        deflate_begin();
        put_header(0);
        for (unsigned int i = 0; i < 60; i++)
            put(exact_noise(&noise), 8);
        (void)unpack_gzip(packed_size(), run % 64);
    }
}

static void every_error_is_explained(void **state)
{
    (void)state;
    for (unsigned int error = 0; error <= INFLATE_FULL; error++) {
        assert_true(strlen(explained(inflate_explain((enum inflate_error)error)).problem) > 0);
        assert_true(strlen(explained(inflate_explain((enum inflate_error)error)).remedy) > 0);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_field_of_a_gzip_header_is_passed_over),
        TEST(a_damaged_gzip_file_is_refused),
        TEST(an_empty_member_has_a_checksum_too),
        TEST(members_follow_each_other_and_padding_ends_them),
        TEST(a_second_member_that_is_cut_is_no_padding),
        TEST(without_room_gzip_says_how_much_is_needed),
        TEST(a_file_is_recognised_by_two_bytes),
        TEST(noise_does_no_harm),
        TEST(every_error_is_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
