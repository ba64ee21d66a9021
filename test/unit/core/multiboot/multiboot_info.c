/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_info.h"

#include "unit/fixture/exact.h"

#define ROOM 4096U

static uint8_t *room;
static struct multiboot_info info;

static void begin(size_t capacity)
{
    free(room);
    room = (uint8_t *)exact_buffer(capacity);
    info = multiboot_info_in(room, capacity);
}

static int end(void **state)
{
    (void)state;
    free(room);
    room = NULL;
    return 0;
}

static uint32_t u32_at(size_t at)
{
    uint32_t value;

    assert_true(at + 4 <= info.size);
    memcpy(&value, room + at, sizeof(value));
    return value;
}

static uint64_t u64_at(size_t at)
{
    return u32_at(at) | (uint64_t)u32_at(at + 4) << 32;
}

/* Walks as a kernel does. The body of the first tag of a type; its size, without the header. */
static const uint8_t *tag_of(uint32_t type, uint32_t *ret_size)
{
    size_t at = 8;

    assert_int_equal(u32_at(0), info.size);
    assert_int_equal(u32_at(4), 0);
    for (;;) {
        uint32_t size = u32_at(at + 4);

        assert_true(size >= 8 && at + size <= info.size);
        for (size_t i = at + size; i % 8 != 0; i++)
            assert_int_equal(room[i], 0);
        if (u32_at(at) == type) {
            *ret_size = size - 8;
            return room + at + 8;
        }
        if (u32_at(at) == 0)
            return NULL;
        at += (size + 7) & ~7U;
    }
}

static void assert_tag(uint32_t type, const void *body, uint32_t size)
{
    uint32_t found_size;
    const uint8_t *found = tag_of(type, &found_size);

    assert_non_null(found);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, body, size);
}

static void nothing_is_an_end(void **state)
{
    (void)state;
    begin(ROOM);
    assert_true(multiboot_info_finish(&info));
    assert_int_equal(info.size, 16);
    assert_int_equal(u32_at(0), 16);
    assert_int_equal(u32_at(4), 0);
    assert_int_equal(u32_at(8), 0);
    assert_int_equal(u32_at(12), 8);
}

static void words_are_joined_with_a_blank(void **state)
{
    (void)state;
    begin(ROOM);
    multiboot_info_put_words(&info, MULTIBOOT_INFO_COMMAND_LINE, "\\xen.gz", "console=com1 x");
    assert_true(multiboot_info_finish(&info));
    assert_tag(1, "\\xen.gz console=com1 x", 23);
    begin(ROOM);
    multiboot_info_put_words(&info, MULTIBOOT_INFO_COMMAND_LINE, "", "words");
    multiboot_info_put_words(&info, MULTIBOOT_INFO_LOADER, "\\path", "");
    assert_true(multiboot_info_finish(&info));
    assert_tag(1, "words", 6);
    assert_tag(2, "\\path", 6);
    begin(ROOM);
    multiboot_info_put_words(&info, MULTIBOOT_INFO_COMMAND_LINE, "", "");
    assert_true(multiboot_info_finish(&info));
    assert_tag(1, "", 1);
}

static void a_module_has_its_borders_and_its_words(void **state)
{
    const char *words;

    (void)state;
    begin(ROOM);
    words = multiboot_info_put_module(&info, 0x1000, 0x1234, "\\m", "a b");
    assert_true(multiboot_info_finish(&info));
    assert_tag(3, "\0\x10\0\0\x34\x12\0\0\\m a b", 15);
    assert_string_equal(words, "\\m a b");
}

static void numbers_have_four_bytes_or_eight(void **state)
{
    (void)state;
    begin(ROOM);
    multiboot_info_put_u32(&info, MULTIBOOT_INFO_LOAD_BASE, 0x200000);
    multiboot_info_put_u64(&info, MULTIBOOT_INFO_SYSTEM_TABLE, 0x123456789abc);
    multiboot_info_put(&info, MULTIBOOT_INFO_SERVICES, span_of(NULL, 0));
    assert_true(multiboot_info_finish(&info));
    assert_tag(21, "\0\0\x20\0", 4);
    assert_tag(12, "\xbc\x9a\x78\x56\x34\x12\0\0", 8);
    assert_tag(18, "", 0);
}

static void the_framebuffer_is_described(void **state)
{
    const struct framebuffer framebuffer = {.address = 0x80000000,
                                            .width = 1024,
                                            .height = 768,
                                            .pitch = 4096,
                                            .bits_per_pixel = 32,
                                            .red = {8, 16},
                                            .green = {7, 8},
                                            .blue = {6, 0}};
    static const uint8_t body[30] = {0, 0, 0, 0x80, 0, 0,  0, 0, 0, 16, 0, 0, 0, 4, 0,
                                     0, 0, 3, 0,    0, 32, 1, 0, 0, 16, 8, 8, 7, 0, 6};

    (void)state;
    begin(ROOM);
    multiboot_info_put_framebuffer(&info, &framebuffer);
    assert_true(multiboot_info_finish(&info));
    assert_tag(8, body, sizeof(body));
    begin(ROOM);
    multiboot_info_put_framebuffer(&info, &(struct framebuffer){.width = 1});
    assert_true(multiboot_info_finish(&info));
    assert_int_equal(info.size, 16);
}

static void the_rsdp_is_copied_in_both_forms(void **state)
{
    static const char rsdp[36] = "RSD PTR 12345678901234567890123456";
    uint32_t size;

    (void)state;
    begin(ROOM);
    multiboot_info_put_rsdp(&info, span_of(rsdp, 36));
    assert_true(multiboot_info_finish(&info));
    assert_tag(14, rsdp, 20);
    assert_tag(15, rsdp, 36);
    begin(ROOM);
    multiboot_info_put_rsdp(&info, span_of(rsdp, 20));
    assert_true(multiboot_info_finish(&info));
    assert_tag(14, rsdp, 20);
    assert_null(tag_of(15, &size));
    begin(ROOM);
    multiboot_info_put_rsdp(&info, span_of(NULL, 0));
    assert_int_equal(info.size, 8);
}

/* --- memory --------------------------------------------------------------------------------------
 */

#define MAP_MAX 16U

static struct {
    struct memory_descriptor descriptor;
    uint64_t more; /* the stride is larger than a descriptor */
} descriptors[MAP_MAX];
static uint64_t descriptor_count;

static void describe(uint32_t type, uint64_t start, uint64_t size)
{
    assert_true(descriptor_count < MAP_MAX);
    descriptors[descriptor_count].more = 0x1111111111111111;
    descriptors[descriptor_count++].descriptor = (struct memory_descriptor){
        .type = type, .physical_start = start, .page_count = size / 4096};
}

static bool put_maps(void)
{
    uint64_t events[2 * MAP_MAX];
    uint64_t scratch[2 * MAP_MAX];
    struct memory_map map = {.data = (uint8_t *)descriptors,
                             .size = descriptor_count * sizeof(descriptors[0]),
                             .descriptor_size = sizeof(descriptors[0]),
                             .descriptor_version = 1};
    struct ranges walk;

    assert_true(ranges_begin(&walk, &map, events, scratch, 2 * MAP_MAX));
    return multiboot_info_put_maps(&info, &map, &walk);
}

static void assert_entry(uint32_t index, uint64_t start, uint64_t size, uint32_t type)
{
    uint32_t map_size;
    size_t at = (size_t)(tag_of(6, &map_size) - room);

    assert_true(8 + 24 * (index + 1) <= map_size);
    at += 8 + 24ULL * index;
    assert_int_equal(u64_at(at), start);
    assert_int_equal(u64_at(at + 8), size);
    assert_int_equal(u64_at(at + 16), type);
}

static uint32_t entry_count(void)
{
    uint32_t size;
    const uint8_t *map = tag_of(6, &size);

    assert_memory_equal(map, "\x18\0\0\0\0\0\0\0", 8);
    return (size - 8) / 24;
}

/* Out of order, with neighbours that are one for the kernel, and one of each type. */
static void the_map_is_given_in_three_forms(void **state)
{
    uint32_t size;
    const uint8_t *map;

    (void)state;
    descriptor_count = 0;
    describe(MEMORY_RESERVED, 0xa0000, 0x60000);
    describe(MEMORY_CONVENTIONAL, 0, 0x9f000);
    describe(MEMORY_ACPI_NVS, 0x9f000, 0x1000);
    describe(MEMORY_BOOT_SERVICES_DATA, 0x100000, 0x700000);
    describe(MEMORY_LOADER_DATA, 0x800000, 0x1000);
    describe(MEMORY_CONVENTIONAL, 0x801000, 0x7ff000);
    describe(MEMORY_ACPI_RECLAIM, 0x1000000, 0x1000);
    describe(MEMORY_RUNTIME_SERVICES_DATA, 0x1001000, 0x1000);
    describe(MEMORY_RUNTIME_SERVICES_CODE, 0x1002000, 0x1000);
    describe(MEMORY_UNUSABLE, 0x1003000, 0x1000);
    describe(MEMORY_PERSISTENT, 0x1004000, 0x1000);
    describe(MEMORY_UNACCEPTED, 0x1005000, 0x1000);
    describe(MEMORY_BOOT_SERVICES_CODE, 0x100000000, 0x10000000);
    describe(MEMORY_CONVENTIONAL, 0x120000000, 0x1000);
    begin(multiboot_info_maps_max(descriptor_count) + 8 + MULTIBOOT_INFO_END_SIZE + 1000);
    assert_true(put_maps());
    assert_true(multiboot_info_finish(&info));
    assert_int_equal(entry_count(), 10);
    assert_entry(0, 0, 0x9f000, 1);
    assert_entry(1, 0x9f000, 0x1000, 4);
    assert_entry(2, 0xa0000, 0x60000, 2);
    assert_entry(3, 0x100000, 0xf00000, 1);
    assert_entry(4, 0x1000000, 0x1000, 3);
    assert_entry(5, 0x1001000, 0x2000, 2);
    assert_entry(6, 0x1003000, 0x1000, 5);
    assert_entry(7, 0x1004000, 0x2000, 2);
    assert_entry(8, 0x100000000, 0x10000000, 1);
    assert_entry(9, 0x120000000, 0x1000, 1);
    map = tag_of(4, &size);
    assert_int_equal(size, 8);
    assert_int_equal(u32_at((size_t)(map - room)), 636);
    assert_int_equal(u32_at((size_t)(map - room) + 4), 15 * 1024);
    map = tag_of(17, &size);
    assert_int_equal(u32_at((size_t)(map - room)), sizeof(descriptors[0]));
    assert_int_equal(u32_at((size_t)(map - room) + 4), 1);
    assert_int_equal(size - 8, descriptor_count * sizeof(descriptors[0]));
    assert_memory_equal(map + 8, descriptors, size - 8);
}

static void lower_memory_is_640_kib_at_most(void **state)
{
    uint32_t size;

    (void)state;
    descriptor_count = 0;
    describe(MEMORY_CONVENTIONAL, 0, 0x200000);
    begin(ROOM);
    assert_true(put_maps());
    assert_true(multiboot_info_finish(&info));
    assert_memory_equal(tag_of(4, &size), "\x80\2\0\0\0\4\0\0", 8);
}

static void a_map_without_memory_is_none(void **state)
{
    (void)state;
    descriptor_count = 0;
    describe(MEMORY_RESERVED, 0, 0x200000);
    describe(MEMORY_UNACCEPTED, 0x200000, 0x200000);
    begin(ROOM);
    assert_false(put_maps());
}

/* Every second page of another kind gives the most entries. */
static void the_room_for_maps_is_enough_for_any(void **state)
{
    size_t exact_size;

    (void)state;
    descriptor_count = 0;
    for (uint64_t i = 0; i < MAP_MAX; i++)
        describe(i % 2 == 0 ? MEMORY_CONVENTIONAL : MEMORY_ACPI_NVS, 0x1000 * i, 0x1000);
    begin(ROOM);
    assert_true(put_maps());
    exact_size = info.size;
    assert_int_equal(exact_size, 8 + 16 + 24 * MAP_MAX + 16 + 16 + sizeof(descriptors));
    assert_true(exact_size <= 8 + multiboot_info_maps_max(sizeof(descriptors) / 40));
}

static void put_everything(void)
{
    static const char rsdp[36];

    multiboot_info_put_words(&info, MULTIBOOT_INFO_COMMAND_LINE, "a", "b");
    (void)multiboot_info_put_module(&info, 1, 2, "c", "d");
    multiboot_info_put_u64(&info, MULTIBOOT_INFO_SYSTEM_TABLE, 3);
    multiboot_info_put_framebuffer(&info, &(struct framebuffer){.address = 4});
    multiboot_info_put_rsdp(&info, span_of(rsdp, sizeof(rsdp)));
    assert_true(put_maps());
}

static void without_room_everything_is_counted(void **state)
{
    size_t needed;

    (void)state;
    descriptor_count = 0;
    describe(MEMORY_CONVENTIONAL, 0, 0x200000);
    info = multiboot_info_in(NULL, 0);
    put_everything();
    needed = info.size + MULTIBOOT_INFO_END_SIZE;
    for (size_t capacity = 0; capacity <= needed; capacity++) {
        begin(capacity);
        put_everything();
        assert_int_equal(multiboot_info_finish(&info), capacity == needed);
        assert_int_equal(info.size, needed);
    }
    assert_int_equal(u32_at(0), needed);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_an_end),
        TEST(words_are_joined_with_a_blank),
        TEST(a_module_has_its_borders_and_its_words),
        TEST(numbers_have_four_bytes_or_eight),
        TEST(the_framebuffer_is_described),
        TEST(the_rsdp_is_copied_in_both_forms),
        TEST(the_map_is_given_in_three_forms),
        TEST(lower_memory_is_640_kib_at_most),
        TEST(a_map_without_memory_is_none),
        TEST(the_room_for_maps_is_enough_for_any),
        TEST(without_room_everything_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
