/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_header.h"

#include "unit/fixture/exact.h"

static uint8_t file[MULTIBOOT_SEARCH + 64];
static uint32_t begin_at;
static uint32_t at;

static void put_u32(uint32_t value)
{
    memcpy(file + at, &value, sizeof(value));
    at += 4;
}

static void begin(uint32_t offset)
{
    memset(file, 0, sizeof(file));
    begin_at = offset;
    at = offset + 16;
}

static void put_tag(uint16_t type, uint16_t flags, const uint32_t *words, uint32_t count)
{
    put_u32(type | (uint32_t)flags << 16);
    put_u32(8 + 4 * count);
    for (uint32_t i = 0; i < count; i++)
        put_u32(words[i]);
    at = (at + 7) & ~7U;
}

#define TAG(type, flags, ...)                                                                      \
    put_tag(type, flags, (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)
#define REQUIRED 0
#define OPTIONAL 1

static void seal(uint32_t architecture)
{
    uint32_t end = at;

    at = begin_at;
    put_u32(0xe85250d6);
    put_u32(architecture);
    put_u32(end - begin_at);
    put_u32(0U - 0xe85250d6 - architecture - (end - begin_at));
    at = end;
}

static void put_end(void)
{
    put_tag(0, 0, NULL, 0);
    seal(0);
}

static struct multiboot_header header;

static enum multiboot_header_error find(size_t size)
{
    struct span copy = exact_copy(file, size);
    enum multiboot_header_error error;

    memset(&header, 0x55, sizeof(header));
    error = multiboot_header_find(copy, &header);
    exact_free(copy);
    return error;
}

static void assert_found(void)
{
    assert_int_equal(find(at), MULTIBOOT_HEADER_OK);
    assert_int_equal(header.offset, begin_at);
}

/* Of Debian's xen-4.17-amd64, but for the padding that its tags bring. */
static void a_header_like_xens_is_understood(void **state)
{
    (void)state;
    begin(0x98);
    TAG(1, REQUIRED, 4, 6);
    put_tag(6, REQUIRED, NULL, 0);
    TAG(10, OPTIONAL, 0x200000, 0xffffffff, 0x200000, 2);
    TAG(4, OPTIONAL, 2);
    TAG(5, OPTIONAL, 0, 0, 0);
    put_tag(7, OPTIONAL, NULL, 0);
    TAG(9, OPTIONAL, 0x3dd531);
    put_end();
    assert_found();
    assert_false(header.flat.given);
    assert_true(header.relocation.possible);
    assert_int_equal(header.relocation.minimum, 0x200000);
    assert_int_equal(header.relocation.maximum, 0xffffffff);
    assert_int_equal(header.relocation.alignment, 0x200000);
    assert_true(header.relocation.high);
    assert_true(header.keeps_services);
    assert_true(header.has_entry);
    assert_int_equal(header.entry, 0x3dd531);
    assert_true(header.wants_framebuffer);
    assert_false(header.needs_console);
}

static void an_empty_header_asks_for_nothing(void **state)
{
    (void)state;
    begin(0);
    put_end();
    assert_found();
    assert_false(header.flat.given || header.relocation.possible || header.keeps_services ||
                 header.has_entry || header.wants_framebuffer || header.needs_console);
}

static void addresses_and_the_entry_are_passed_on(void **state)
{
    (void)state;
    begin(8);
    TAG(2, REQUIRED, 1, 2, 3, 4);
    TAG(3, REQUIRED, 5);
    TAG(4, REQUIRED, 3);
    TAG(10, REQUIRED, 0, 0, 0, 1);
    put_end();
    assert_found();
    assert_true(header.flat.given);
    assert_int_equal(header.flat.header_address, 1);
    assert_int_equal(header.flat.load_address, 2);
    assert_int_equal(header.flat.load_end, 3);
    assert_int_equal(header.flat.bss_end, 4);
    assert_true(header.has_entry);
    assert_int_equal(header.entry, 5);
    assert_true(header.needs_console);
    assert_int_equal(header.relocation.alignment, 1);
    assert_false(header.relocation.high);
}

static void only_both_tags_keep_boot_services(void **state)
{
    (void)state;
    for (unsigned int tags = 0; tags < 4; tags++) {
        begin(0);
        if ((tags & 1) != 0)
            put_tag(7, REQUIRED, NULL, 0);
        if ((tags & 2) != 0)
            TAG(9, REQUIRED, 0x9999);
        TAG(3, REQUIRED, 0x3333);
        TAG(8, REQUIRED, 0x8888);
        put_end();
        assert_found();
        assert_int_equal(header.keeps_services, tags == 3);
        assert_int_equal(header.entry, tags == 3 ? 0x9999 : 0x3333);
    }
}

static void what_is_unknown_may_be_optional(void **state)
{
    (void)state;
    for (uint16_t flags = REQUIRED; flags <= OPTIONAL; flags++) {
        begin(0);
        TAG(11, flags, 1);
        put_end();
        assert_int_equal(find(at), flags == OPTIONAL ? MULTIBOOT_HEADER_OK : MULTIBOOT_UNKNOWN_TAG);
        begin(0);
        TAG(1, flags, 21, 22);
        put_end();
        assert_int_equal(find(at),
                         flags == OPTIONAL ? MULTIBOOT_HEADER_OK : MULTIBOOT_UNKNOWN_WISH);
        begin(0);
        TAG(1, flags, 0);
        put_end();
        assert_int_equal(find(at),
                         flags == OPTIONAL ? MULTIBOOT_HEADER_OK : MULTIBOOT_UNKNOWN_WISH);
    }
}

static void each_kind_of_information_of_the_manual_is_known(void **state)
{
    (void)state;
    for (uint32_t type = 1; type <= 21; type++) {
        begin(0);
        TAG(1, REQUIRED, type);
        put_end();
        assert_found();
    }
}

static void an_alignment_is_a_power_of_two(void **state)
{
    (void)state;
    begin(0);
    TAG(10, REQUIRED, 0, 0xffffffff, 0x3000, 0);
    put_end();
    assert_int_equal(find(at), MULTIBOOT_ALIGNMENT);
}

static void a_tag_is_as_long_as_what_it_has_to_say(void **state)
{
    static const uint8_t words[] = {0, 0, 4, 1, 1, 3, 0, 0, 1, 1, 4};

    (void)state;
    for (uint16_t type = 2; type < LENGTH_OF(words); type++) {
        static const uint32_t zero[8];

        for (uint32_t count = 0; count < 8; count++) {
            begin(0);
            put_tag(type, REQUIRED, zero, count);
            put_end();
            assert_int_equal(find(at), count < words[type] ? MULTIBOOT_TAG : MULTIBOOT_HEADER_OK);
        }
    }
}

static void a_walk_ends_whatever_the_sizes_are(void **state)
{
    static const uint32_t sizes[] = {0, 7, 33, 0x1000, UINT32_MAX - 7, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(sizes); i++) {
        begin(0);
        TAG(11, OPTIONAL, 1, 2);
        put_end();
        memcpy(file + 20, &sizes[i], 4);
        assert_int_equal(find(at), MULTIBOOT_TAG);
    }
}

static void a_header_without_an_end_is_damaged(void **state)
{
    (void)state;
    begin(0);
    TAG(3, REQUIRED, 5);
    seal(0);
    assert_int_equal(find(at), MULTIBOOT_TAG);
    begin(0);
    seal(0);
    assert_int_equal(find(at), MULTIBOOT_TAG);
}

static void a_header_is_all_in_the_first_32_kib(void **state)
{
    (void)state;
    begin(MULTIBOOT_SEARCH - 24);
    put_end();
    assert_int_equal(at, MULTIBOOT_SEARCH);
    assert_found();
    assert_int_equal(find(sizeof(file)), MULTIBOOT_HEADER_OK);
    for (size_t size = 0; size < at; size++) {
        enum multiboot_header_error error = size < at - 8 ? MULTIBOOT_NO_HEADER : MULTIBOOT_TAG;

        if (size > 100 && size < at - 100)
            continue;
        assert_int_equal(find(size), error);
    }
    begin(MULTIBOOT_SEARCH - 16);
    put_end();
    assert_int_equal(find(at), MULTIBOOT_TAG);
    begin(MULTIBOOT_SEARCH - 8);
    put_end();
    assert_int_equal(find(at), MULTIBOOT_NO_HEADER);
}

static void only_multiples_of_8_with_a_checksum_are_headers(void **state)
{
    (void)state;
    begin(12);
    put_end();
    assert_int_equal(find(at), MULTIBOOT_NO_HEADER);
    begin(64);
    put_end();
    memcpy(file + 16, file + 64, 16); /* code that looks for one */
    file[16 + 12] ^= 1;
    assert_found();
}

static void a_header_for_another_machine_is_called_that(void **state)
{
    (void)state;
    begin(0);
    put_tag(0, 0, NULL, 0);
    seal(4);
    assert_int_equal(find(at), MULTIBOOT_ARCHITECTURE);
}

static void every_error_is_explained(void **state)
{
    (void)state;
    for (unsigned int error = 0; error <= MULTIBOOT_ALIGNMENT; error++) {
        struct explanation why = multiboot_header_explain((enum multiboot_header_error)error);

        assert_true(strlen(explained(why).problem) > 0 && strlen(explained(why).remedy) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_like_xens_is_understood),
        cmocka_unit_test(an_empty_header_asks_for_nothing),
        cmocka_unit_test(addresses_and_the_entry_are_passed_on),
        cmocka_unit_test(only_both_tags_keep_boot_services),
        cmocka_unit_test(what_is_unknown_may_be_optional),
        cmocka_unit_test(each_kind_of_information_of_the_manual_is_known),
        cmocka_unit_test(an_alignment_is_a_power_of_two),
        cmocka_unit_test(a_tag_is_as_long_as_what_it_has_to_say),
        cmocka_unit_test(a_walk_ends_whatever_the_sizes_are),
        cmocka_unit_test(a_header_without_an_end_is_damaged),
        cmocka_unit_test(a_header_is_all_in_the_first_32_kib),
        cmocka_unit_test(only_multiples_of_8_with_a_checksum_are_headers),
        cmocka_unit_test(a_header_for_another_machine_is_called_that),
        cmocka_unit_test(every_error_is_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
