/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux protocol on the far side: the maps, the dry run and the story of the exit, as Linux
 * finds them in and behind the zero page.
 */
#include "unit/fixture/linux_fixture.h"

/* --- the maps ------------------------------------------------------------------------------------
 */

/* The node of that type in the setup_data list, its header in front; NULL when there is none. */
static const uint8_t *node_of(uint32_t type)
{
    unsigned int count = 0;

    for (uint64_t at = field(0x250, 8); at != 0; at = load((const uint8_t *)(uintptr_t)at, 8)) {
        assert_true(++count <= 2);
        assert_int_equal(at % 8, 0);
        assert_int_equal(fake_memory_type(at), MEMORY_LOADER_DATA);
        if (load((const uint8_t *)(uintptr_t)at + 8, 4) == type)
            return (const uint8_t *)(uintptr_t)at;
    }
    return NULL;
}

static unsigned int e820_count(void)
{
    const uint8_t *extension = node_of(1);

    return (unsigned int)field(0x1e8, 1) +
           (extension == NULL ? 0 : (unsigned int)load(extension + 12, 4) / 20);
}

static const uint8_t *e820_at(unsigned int index)
{
    return index < 128 ? zero_page() + 0x2d0 + 20 * (size_t)index
                       : node_of(1) + 16 + 20 * (size_t)(index - 128);
}

/* 0: not listed. */
static uint64_t e820_type_at(uint64_t address)
{
    for (unsigned int i = 0; i < e820_count(); i++) {
        const uint8_t *row = e820_at(i);

        if (address - load(row, 8) < load(row + 8, 8))
            return load(row + 16, 4);
    }
    return 0;
}

static uint64_t e820_type_of(uint32_t type)
{
    return memory_type_is_general(type) ? 1 : 2; /* the fake map has no other */
}

/* Ascending, and every page of the firmware's map is what it is. */
static void assert_e820_is(const struct memory_map *map)
{
    for (unsigned int i = 1; i < e820_count(); i++)
        assert_true(load(e820_at(i - 1), 8) + load(e820_at(i - 1) + 8, 8) <= load(e820_at(i), 8));
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t end = descriptor.physical_start + descriptor.page_count * PAGE_SIZE;

        assert_int_equal(e820_type_at(descriptor.physical_start), e820_type_of(descriptor.type));
        assert_int_equal(e820_type_at(end - 1), e820_type_of(descriptor.type));
    }
}

static void a_small_map_lies_in_the_zero_page(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = finished();
    assert_null(node_of(1));
    assert_e820_is(&map);
    assert_int_equal(e820_type_at(0x7f200000), 2);
    assert_int_equal(e820_type_at(kernel_address()), 1);
}

static void ranges_beyond_128_go_on_behind_the_zero_page(void **state)
{
    struct memory_map map;
    unsigned int small;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    (void)finished();
    small = e820_count();
    fake_map_grow(128 - small);
    map = finished();
    assert_int_equal(e820_count(), 128);
    assert_null(node_of(1));
    assert_e820_is(&map);
    fake_map_grow(1);
    (void)finished();
    assert_int_equal(field(0x1e8, 1), 128);
    assert_non_null(node_of(1));
    assert_int_equal(load(node_of(1) + 12, 4), 20);
    fake_map_grow(400);
    map = finished();
    assert_int_equal(e820_count(), 529);
    assert_e820_is(&map);
}

static void turn_round(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count / 2; i++) {
        struct memory_descriptor first = descriptors[i];

        descriptors[i] = descriptors[*count - 1 - i];
        descriptors[*count - 1 - i] = first;
    }
}

/* Some firmware's is in no order at all. */
static void a_map_that_is_not_sorted_is_sorted(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    fake_map_grow(300);
    fake_behaviour.content = turn_round;
    map = finished();
    assert_e820_is(&map);
}

static void the_largest_map_that_was_announced_can_be_converted(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = fake_map();
    fake_map_grow(DESCRIPTORS - memory_map_count(&map));
    map = finished();
    assert_int_equal(memory_map_count(&map), DESCRIPTORS);
    assert_e820_is(&map);
    fake_map_grow(1);
    map = fake_map();
    assert_false(protocol(boot_linux).finish(&plan, &map, &journal));
}

static void a_map_without_memory_is_refused(void **state)
{
    struct memory_descriptor device = {.type = MEMORY_MAPPED_IO, .page_count = 16};
    struct memory_map map = {.data = (uint8_t *)&device,
                             .size = sizeof(device),
                             .descriptor_size = sizeof(device),
                             .descriptor_version = 1};

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    assert_false(protocol(boot_linux).finish(&plan, &map, &journal));
}

static void set_boot_services_aside(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (descriptors[i].type == MEMORY_BOOT_SERVICES_DATA)
            descriptors[i].attribute |= MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE;
}

/*
 * Before Linux 5.5 (protocol 2.15) its own stub calls it memory: so it is here, and in the last
 * round, where it is asked to.
 */
static void memory_with_a_purpose_is_kept_apart_where_linux_knows_it(void **state)
{
    const uint64_t apart = PREFERRED / 2;

    (void)state;
    for (unsigned int version = 0x20e; version <= 0x210; version++) {
        make_kernel();
        store_u16(kernel_file + 0x206, version == 0x20e ? 0x20e : 0x20f);
        lay_down();
        if (version == 0x210)
            boot.payload.command_line = "efi=nosoftreserve";
        fake_memory_set(apart, 16, MEMORY_BOOT_SERVICES_DATA);
        fake_behaviour.content = set_boot_services_aside;
        prepared();
        (void)finished();
        assert_int_equal(e820_type_at(apart), version == 0x20f ? 0xefffffff : 1);
        lease_release_since(firmware, 0);
        (void)end(state);
        (void)begin(state);
    }
}

static uint64_t handed_map(void)
{
    return split(0x1d0, 0x1dc);
}

static void the_firmwares_map_is_handed_over_as_it_is(void **state)
{
    static uint8_t before[EFI_MAP_MAX];
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = fake_map();
    assert_true(map.size <= sizeof(before));
    memcpy(before, map.data, map.size);
    map.descriptor_version = 7;
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    assert_true(handed_map() == (uintptr_t)map.data);
    assert_int_equal(field(0x1d4, 4), map.size);
    assert_int_equal(field(0x1c8, 4), map.descriptor_size);
    assert_int_equal(field(0x1cc, 4), 7);
    assert_memory_equal(map.data, before, map.size);
}

static void add_boot_services(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_map_add(i % 2 == 0 ? MEMORY_BOOT_SERVICES_CODE : MEMORY_BOOT_SERVICES_DATA,
                     0x300000000000 + i * PAGE_SIZE, 1);
}

/* The map with descriptors of 64 bytes each. */
static void spread(struct memory_map *map)
{
    static uint8_t wide[0x10000 * 64];
    size_t count = map->size / map->descriptor_size;

    assert_in_range(count, 1, 0x10000);
    for (size_t i = 0; i < count; i++)
        memcpy(wide + i * 64, map->data + i * map->descriptor_size, 40);
    map->data = wide;
    map->size = count * 64;
    map->descriptor_size = 64;
}

/* What Linux cannot map whole it gets as a copy with the runtime services in it; e820 has all. */
static void a_map_that_linux_can_not_take_is_made_to_fit(void **state)
{
    const size_t count = EFI_MAP_MAX / sizeof(struct memory_descriptor) + 1;
    struct memory_map handed;
    struct memory_map map;
    unsigned int runtime = 0;

    (void)state;
    make_kernel();
    lay_down();
    boot.map_descriptors_max = count + 100;
    prepared();
    add_boot_services(count);
    map = finished();
    assert_true(map.size > EFI_MAP_MAX);
    handed = (struct memory_map){.data = (uint8_t *)(uintptr_t)handed_map(),
                                 .size = field(0x1d4, 4),
                                 .descriptor_size = field(0x1c8, 4)};
    assert_true(handed.data != map.data);
    assert_int_equal(fake_memory_type(handed_map()), MEMORY_LOADER_DATA);
    assert_true(handed.size <= EFI_MAP_MAX);
    assert_int_equal(field(0x1cc, 4), 1);
    for (size_t i = 0; i < memory_map_count(&handed); i++)
        runtime += (memory_map_at(&handed, i).attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0;
    assert_int_equal(runtime, 3);
    assert_int_equal(e820_type_at(0x300000000000 + (count - 1) * PAGE_SIZE), 1);
}

static void a_map_that_can_not_be_made_to_fit_is_handed_over_all_the_same(void **state)
{
    const size_t count = 2 * EFI_MAP_MAX / sizeof(struct memory_descriptor) + 1;
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    boot.map_descriptors_max = count + 100;
    prepared();
    fake_map_grow(count);
    map = finished();
    assert_true(handed_map() == (uintptr_t)map.data);
    assert_int_equal(field(0x1d4, 4), map.size);
    assert_non_null(
        strstr((const char *)node_of(0x4e544142) + 16, "without EFI runtime services: "));
}

/* Its copy would not fit into what was reserved: by the bytes, for a descriptor may have more. */
static void a_map_that_is_larger_than_announced_is_not_copied(void **state)
{
    const size_t count = EFI_MAP_MAX / sizeof(struct memory_descriptor) + 1;
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    boot.map_descriptors_max = count + 100;
    prepared();
    add_boot_services(count);
    map = fake_map();
    spread(&map);
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    assert_true(handed_map() == (uintptr_t)map.data);
}

/* --- the second time -----------------------------------------------------------------------------
 */

/* The dry run and the real one: the same map gives the same bytes, and no service is called. */
static void finishing_twice_is_finishing_once(void **state)
{
    static uint8_t page[0x1000];
    static uint8_t extension[0x10000];
    size_t calls;
    size_t size;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    fake_map_grow(300);
    calls = fake_call_count();
    (void)finished();
    memcpy(page, zero_page(), sizeof(page));
    size = 16 + load(node_of(1) + 12, 4);
    memcpy(extension, node_of(1), size);
    (void)finished();
    assert_memory_equal(zero_page(), page, sizeof(page));
    assert_memory_equal(node_of(1), extension, size);
    assert_int_equal(fake_call_count(), calls);
}

static void many_ranges(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < 300; i++)
        descriptors[(*count)++] =
            (struct memory_descriptor){.type = i % 2 == 0 ? MEMORY_RESERVED : MEMORY_CONVENTIONAL,
                                       .physical_start = 0x310000000000 + i * PAGE_SIZE,
                                       .page_count = 1};
}

/* What the dry run wrote for its map is gone when the real one is smaller. */
static void finishing_again_leaves_nothing_of_the_map_before(void **state)
{
    struct memory_map map;
    unsigned int count;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    (void)finished();
    count = e820_count();
    fake_behaviour.content = many_ranges;
    (void)finished();
    assert_non_null(node_of(1));
    fake_behaviour.content = NULL;
    map = finished();
    assert_null(node_of(1));
    assert_int_equal(e820_count(), count);
    assert_e820_is(&map);
}

static void the_story_of_the_exit_is_told_as_text(void **state)
{
    static char expected[8192];
    struct text text = text_in(expected, sizeof(expected));
    const uint8_t *node;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    fake_map_grow(200); /* so that there is another node */
    (void)finished();
    journal.outcome = EXIT_OUTCOME_LEFT;
    for (unsigned int i = 0; i < 3; i++)
        *exit_journal_attempt(&journal) = (struct exit_attempt){
            .exit_called = true, .key = i, .exit_status = i == 2 ? 0 : FAKE_INVALID_PARAMETER};
    (void)finished();
    exit_journal_put_all(&text, &journal);
    node = node_of(0x4e544142);
    assert_non_null(node);
    assert_non_null(node_of(1));
    assert_int_equal(load(node + 12, 4), text.length);
    assert_memory_equal(node + 16, expected, text.length);
    assert_non_null(strstr(expected, "left boot services"));
}

/* However long the story, it stays in what was reserved for it: the sanitizer and e820 would see.
 */
static void the_longest_story_stays_in_its_place(void **state)
{
    struct memory_map map;
    uint64_t length;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    memset(&journal, 0xff, sizeof(journal));
    journal.outcome = EXIT_OUTCOME_STUCK;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS;
    journal.settled = true;
    journal.tpl_repaired = true;
    journal.table_cleaned = true;
    journal.late_map_wanted = true;
    journal.late_map_used = true;
    for (size_t i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++) {
        journal.attempts[i].exit_called = true;
        journal.attempts[i].used_reserve = true;
        journal.attempts[i].ragged = true;
        journal.attempts[i].change_count = EXIT_JOURNAL_CHANGES;
    }
    journal.late_map = journal.attempts[0];
    plan.shortfalls = UINT32_MAX;
    map = finished();
    /* The room is used; the summary and what the boot went without are there all the same. */
    length = load(node_of(0x4e544142) + 12, 4);
    assert_in_range(length, 7000, 8191);
    assert_memory_equal(node_of(0x4e544142) + 16, "gave up: ", 9);
    assert_memory_equal(node_of(0x4e544142) + 16 + length - 18, " than Linux takes\n", 18);
    assert_e820_is(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_small_map_lies_in_the_zero_page),
        TEST(ranges_beyond_128_go_on_behind_the_zero_page),
        TEST(a_map_that_is_not_sorted_is_sorted),
        TEST(the_largest_map_that_was_announced_can_be_converted),
        TEST(a_map_without_memory_is_refused),
        TEST(memory_with_a_purpose_is_kept_apart_where_linux_knows_it),
        TEST(the_firmwares_map_is_handed_over_as_it_is),
        TEST(a_map_that_linux_can_not_take_is_made_to_fit),
        TEST(a_map_that_can_not_be_made_to_fit_is_handed_over_all_the_same),
        TEST(a_map_that_is_larger_than_announced_is_not_copied),
        TEST(finishing_twice_is_finishing_once),
        TEST(finishing_again_leaves_nothing_of_the_map_before),
        TEST(the_story_of_the_exit_is_told_as_text),
        TEST(the_longest_story_stays_in_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
