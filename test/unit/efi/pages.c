/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/pages.h"

#include "core/base/page.h"
#include "efi/map_buffer.h"
#include "unit/fixture/firmware_fixture.h"

#define MIB       (1ULL << 20)
#define LOW_END   (FAKE_LOW + FAKE_LOW_PAGES * PAGE_SIZE)
#define UNTOUCHED 0x77

static efi_status allocate(const struct page_request *request, uint64_t *ret_address)
{
    fake_allow_usual();
    *ret_address = UNTOUCHED;
    return pages_allocate(firmware, request, ret_address);
}

static void plain_pages_are_below_4_gib(void **state)
{
    struct page_request request = {.count = 3, .type = MEMORY_LOADER_CODE};
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&request, &address), 0);
    assert_in_range(address, FAKE_LOW, LOW_END - 3 * PAGE_SIZE);
    assert_int_equal(address % PAGE_SIZE, 0);
    memset((void *)(uintptr_t)address, 1, 3 * PAGE_SIZE);
    assert_int_equal(fake_memory_type(address), MEMORY_LOADER_CODE);
    request.alignment = PAGE_SIZE; /* which all pages have */
    request.minimum = PAGES_LOWEST;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(fake_calls_of("GetMemoryMap"), 0); /* cheap: no map is read for this */
}

static void pages_go_back_before_their_time_or_are_forgotten(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 3};
    uint64_t first;
    uint64_t second;

    (void)state;
    assert_int_equal(allocate(&request, &first), 0);
    assert_int_equal(allocate(&request, &second), 0);
    pages_free(firmware, first);
    assert_int_equal(fake_memory_type(first), MEMORY_CONVENTIONAL);
    assert_false(pages_held(firmware, first));
    assert_true(pages_held(firmware, second));
    pages_forget(firmware, second);
    assert_false(pages_held(firmware, second));
    assert_int_equal(fake_memory_held(), 3);
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_calls_of("FreePages"), 1);
    fake_memory_disown(second, 3);
}

static void alignment_minimum_and_maximum_are_kept(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA,
                                   .count = 4,
                                   .alignment = 2 * MIB,
                                   .minimum = 16 * MIB,
                                   .maximum = 32 * MIB - 1};
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 16 * MIB);
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 18 * MIB);
    assert_int_equal(fake_memory_held(), 8); /* the buffer for the map went back */
}

static void high_takes_the_highest_that_fits(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 512, .alignment = 2 * MIB, .high = true};
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&request, &address), 0);
    assert_in_range(address, LOW_END - 4 * MIB, LOW_END - 2 * MIB);
    request.maximum = UINT64_MAX;
    assert_int_equal(allocate(&request, &address), 0);
    assert_true(address >= FAKE_HIGH);
}

static void exact_address_or_nothing(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 16, .minimum = 24 * MIB, .exact = true};
    uint64_t address;

    (void)state;
    fake_memory_set(24 * MIB + 15 * PAGE_SIZE, 1, MEMORY_RUNTIME_SERVICES_DATA);
    assert_int_equal(allocate(&request, &address), FAKE_NOT_FOUND);
    assert_int_equal(address, UNTOUCHED);
    request.count = 15;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 24 * MIB);
    assert_int_equal(allocate(&request, &address), FAKE_NOT_FOUND); /* it is taken now */
}

static void nothing_fits(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = FAKE_LOW_PAGES + 1, .alignment = 2 * MIB};
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&request, &address), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(address, UNTOUCHED);
    request.alignment = 0;
    assert_int_equal(allocate(&request, &address), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_memory_held(), 0);
}

static void nonsense_is_refused_before_the_firmware_sees_it(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA};
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&request, &address), FAKE_INVALID_PARAMETER);
    request.count = UINT64_MAX / PAGE_SIZE + 1;
    assert_int_equal(allocate(&request, &address), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_call_count(), 0);
}

/*
 * Lowest pages first, from 0 on, where nothing of ours goes: the place is chosen from the map, as
 * high as such a request otherwise comes to lie. A page there crashes when it is touched.
 */
static void firmware_that_gives_its_lowest_pages_first(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 3};
    uint64_t address;

    (void)state;
    fake_behaviour.bottom_up = true;
    fake_memory_below_1_mib();
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, LOW_END - 3 * PAGE_SIZE);
    memset((void *)(uintptr_t)address, 1, 3 * PAGE_SIZE);
    request.maximum = 32 * MIB - 1;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 32 * MIB - 3 * PAGE_SIZE);
    request = (struct page_request){
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 16 * MIB);
    assert_int_equal(fake_memory_held(), 10);
    assert_int_equal(fake_memory_type(0), MEMORY_CONVENTIONAL);
}

/* Its lowest pages are where ours may be: as good as any. */
static void lowest_pages_above_1_mib_are_taken_as_they_come(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 3};
    uint64_t address;

    (void)state;
    fake_behaviour.bottom_up = true;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, FAKE_LOW);
    assert_int_equal(fake_calls_of("GetMemoryMap"), 0);
}

static uint64_t wrong_address;

static void give_others(uint64_t count, uint64_t *address)
{
    (void)count;
    *address = wrong_address;
}

/* Success, and pages that nobody asked for: they go back. */
static void pages_elsewhere_than_asked_for_are_not_taken(void **state)
{
    struct page_request plain = {.type = MEMORY_LOADER_DATA, .count = 3, .maximum = 64 * MIB - 1};
    struct page_request exact = {
        .type = MEMORY_LOADER_DATA, .count = 3, .minimum = 24 * MIB, .exact = true};
    static const uint64_t wrong[] = {FAKE_HIGH, 64 * MIB, 64 * MIB - 2 * PAGE_SIZE};
    uint64_t address;

    (void)state;
    fake_behaviour.pages = give_others;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        wrong_address = wrong[i];
        assert_true(allocate(&plain, &address) >> 63);
        assert_int_equal(address, UNTOUCHED);
        assert_int_equal(allocate(&exact, &address), FAKE_OUT_OF_RESOURCES);
        assert_int_equal(address, UNTOUCHED);
        assert_int_equal(fake_memory_held(), 0);
        assert_int_equal(firmware->leases.count, 0);
    }
    wrong_address = 64 * MIB - 3 * PAGE_SIZE; /* the last that are right */
    assert_int_equal(allocate(&plain, &address), 0);
    assert_int_equal(address, wrong_address);
    lease_release_since(firmware, 0);
    wrong_address = FAKE_LOW;
    assert_int_equal(allocate(&plain, &address), 0);
    assert_int_equal(address, FAKE_LOW);
}

/* An exact place may be where nothing else of ours goes. */
static void exact_address_below_1_mib(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 2, .minimum = 16 * PAGE_SIZE, .exact = true};
    uint64_t address;

    (void)state;
    fake_memory_below_1_mib();
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 16 * PAGE_SIZE);
}

/* Each allocation on the way fails once: an error, and nothing stays behind. */
static void failures_of_the_firmware_leave_nothing_behind(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t address;

    (void)state;
    for (unsigned int n = 1; n <= 2; n++) {
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        assert_int_equal(allocate(&request, &address), FAKE_OUT_OF_RESOURCES);
        assert_int_equal(fake_memory_held(), 0);
        assert_int_equal(firmware->leases.count, 0);
    }
}

static void full_list_of_leases_gives_the_pages_back(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 4};
    uint64_t address;

    (void)state;
    firmware->leases.count = LEASES_MAX;
    assert_int_equal(allocate(&request, &address), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_memory_held(), 0);
    firmware->leases.count = 0;
}

static void fail_full_map(struct fake_map_answer *answer)
{
    answer->status = FAKE_DEVICE_ERROR;
}

static void map_larger_than_its_buffer(struct fake_map_answer *answer)
{
    answer->size = answer->capacity + 48;
}

/* To the last byte of the guard: what is behind it may be damaged. */
static void write_over_the_guard(struct fake_map_answer *answer)
{
    answer->overrun = PAGE_SIZE;
}

static void leave_bytes_over(struct fake_map_answer *answer)
{
    answer->size += 8;
}

/* As what is read with a stride that is not the firmware's. */
static void misalign(struct memory_descriptor *descriptors, size_t *count)
{
    descriptors[*count - 1].physical_start += 8;
}

static void bad_maps_are_errors(void **state)
{
    static const struct {
        void (*fault)(struct fake_map_answer *answer);
        efi_status status;
    } cases[] = {{fail_full_map, FAKE_DEVICE_ERROR},
                 {map_larger_than_its_buffer, FAKE_BUFFER_TOO_SMALL},
                 {write_over_the_guard, FAKE_DEVICE_ERROR},
                 {leave_bytes_over, FAKE_BUFFER_TOO_SMALL}};
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t address;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_behaviour.map = cases[i].fault;
        fake_behaviour.content = cases[i].fault == leave_bytes_over ? misalign : NULL;
        assert_int_equal(allocate(&request, &address), cases[i].status);
        assert_int_equal(address, UNTOUCHED);
        assert_int_equal(fake_memory_held(), 0);
    }
}

static void write_behind_the_buffer(struct fake_map_answer *answer)
{
    answer->overrun = 64;
}

static void what_is_written_behind_the_map_hits_nobody(void **state)
{
    struct page_request plain = {.type = MEMORY_LOADER_DATA, .count = 1};
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t neighbour;
    uint64_t address;

    (void)state;
    assert_int_equal(allocate(&plain, &neighbour), 0); /* the buffer comes to lie below it */
    memset((void *)(uintptr_t)neighbour, 0x5a, PAGE_SIZE);
    fake_behaviour.map = write_behind_the_buffer;
    assert_int_equal(allocate(&request, &address), 0);
    for (uint64_t i = 0; i < PAGE_SIZE; i++)
        assert_int_equal(((const uint8_t *)(uintptr_t)neighbour)[i], 0x5a);
}

static void needs_2_60(struct fake_map_answer *answer)
{
    if (answer->status == FAKE_BUFFER_TOO_SMALL)
        answer->size = 1ULL << 60;
}

static void needs_nothing(struct fake_map_answer *answer)
{
    if (answer->status == FAKE_BUFFER_TOO_SMALL)
        answer->size = 0;
}

static void three_times_too_small(struct fake_map_answer *answer)
{
    if (answer->call <= 3)
        answer->status = FAKE_BUFFER_TOO_SMALL;
}

/* Success, and a size that the buffer cannot have held: once. */
static void one_claim_too_large(struct fake_map_answer *answer)
{
    if (answer->call == 2)
        answer->size = answer->capacity + 48;
}

static void one_tiny_stride(struct fake_map_answer *answer)
{
    if (answer->call == 2)
        answer->descriptor_size = 8;
}

static void odd_answers_about_the_map_are_no_obstacle(void **state)
{
    static void (*const faults[])(struct fake_map_answer *) = {
        needs_2_60,          needs_nothing,   three_times_too_small,
        one_claim_too_large, one_tiny_stride, leave_bytes_over};
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t address;

    (void)state;
    fake_map_grow(500); /* more than there is room for at first */
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        fake_behaviour.map = faults[i];
        assert_int_equal(allocate(&request, &address), 0);
        assert_int_equal(address, 16 * MIB);
        assert_int_equal(fake_memory_held(), 4);
        lease_release_since(firmware, 0);
    }
}

/* GetMemoryMap is the dearest of the services that a boot uses: no call only asks for the size. */
static void the_map_is_read_in_one_call_and_a_long_one_in_two(void **state)
{
    static const size_t descriptors[] = {100, 500, 20000};
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t address;

    (void)state;
    for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
        size_t calls = fake_calls_of("GetMemoryMap");
        size_t allocations = fake_calls_of("AllocatePages");

        fake_map_grow(descriptors[i]);
        assert_int_equal(allocate(&request, &address), 0);
        assert_int_equal(fake_calls_of("GetMemoryMap"), calls + (i == 0 ? 1 : 2));
        assert_int_equal(fake_calls_of("AllocatePages"), allocations + (i == 0 ? 2 : 3));
    }
}

/* What is there already is not asked for, and is not given back. */
static void the_map_is_read_into_the_room_that_there_is(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    struct page_request plain = {.type = MEMORY_LOADER_DATA, .count = 4};
    struct map_buffer room;
    uint64_t address;
    uint64_t place;

    (void)state;
    assert_int_equal(allocate(&plain, &place), 0);
    room = map_buffer_take(&place, 3 * PAGE_SIZE);
    firmware->map_room = &room;
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(address, 16 * MIB);
    assert_int_equal(fake_calls_of("AllocatePages"), 2);
    assert_int_equal(fake_memory_held(), 4 + 4);
    fake_map_grow(500); /* more than it has room for */
    assert_int_equal(allocate(&request, &address), 0);
    assert_int_equal(fake_calls_of("AllocatePages"), 2 + 2);
    assert_int_equal(fake_memory_held(), 4 + 4 + 4);
}

static void always_too_small(struct fake_map_answer *answer)
{
    answer->status = FAKE_BUFFER_TOO_SMALL;
}

static uint64_t largest_allocation(void)
{
    uint64_t largest = 0;

    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "AllocatePages") == 0 && fake_call_at(i)->b > largest)
            largest = fake_call_at(i)->b;
    return largest;
}

static void a_map_that_never_fits_is_an_error(void **state)
{
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .high = true};
    uint64_t address;

    (void)state;
    fake_behaviour.map = always_too_small;
    assert_true(allocate(&request, &address) >> 63);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(fake_calls_of("GetMemoryMap"), 10); /* 4 pages, twice as many, ... 2048 */
    assert_int_equal(largest_allocation(), 2048);
}

/* 16 free pages, of which some are made something else. */
#define AREA     (24 * MIB)
#define AREA_END (AREA + 16 * PAGE_SIZE)

static efi_status inherit(void)
{
    fake_allow_usual();
    return pages_inherit(firmware, AREA, AREA_END);
}

static void inherits_what_boot_services_leave_and_takes_the_rest(void **state)
{
    (void)state;
    fake_memory_set(AREA + 3 * PAGE_SIZE, 2, MEMORY_BOOT_SERVICES_DATA);
    fake_memory_set(AREA + 9 * PAGE_SIZE, 1, MEMORY_BOOT_SERVICES_CODE);
    assert_int_equal(inherit(), 0);
    assert_int_equal(fake_memory_held(), 13); /* the buffer for the map went back */
    assert_int_equal(firmware->leases.count, 3);
    assert_int_equal(fake_memory_type(AREA), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(AREA + 3 * PAGE_SIZE), MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(fake_memory_type(AREA + 9 * PAGE_SIZE), MEMORY_BOOT_SERVICES_CODE);
    assert_int_equal(fake_memory_type(AREA_END - PAGE_SIZE), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(AREA - PAGE_SIZE), MEMORY_CONVENTIONAL);
    assert_int_equal(fake_memory_type(AREA_END), MEMORY_CONVENTIONAL);
}

static void inherits_part_of_a_region_of_boot_services(void **state)
{
    (void)state;
    fake_memory_set(AREA - 4 * PAGE_SIZE, 8, MEMORY_BOOT_SERVICES_DATA);
    fake_memory_set(AREA_END - PAGE_SIZE, 8, MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(inherit(), 0);
    assert_int_equal(fake_memory_held(), 11);
}

static void inherits_nothing_that_outlives_boot_services(void **state)
{
    static const uint32_t lasting[] = {
        MEMORY_RESERVED,   MEMORY_LOADER_CODE,           MEMORY_LOADER_DATA,
        MEMORY_UNUSABLE,   MEMORY_RUNTIME_SERVICES_CODE, MEMORY_RUNTIME_SERVICES_DATA,
        MEMORY_ACPI_NVS,   MEMORY_ACPI_RECLAIM,          MEMORY_PERSISTENT,
        MEMORY_UNACCEPTED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
        fake_memory_set(AREA + 5 * PAGE_SIZE, 1, lasting[i]);
        assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
        lease_release_since(firmware, 0);
        assert_int_equal(fake_memory_held(), 0);
    }
}

static void mark_as_runtime(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (descriptors[i].type == MEMORY_BOOT_SERVICES_DATA)
            descriptors[i].attribute |= MEMORY_ATTRIBUTE_RUNTIME;
}

static void set_free_memory_aside(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (descriptors[i].type == MEMORY_CONVENTIONAL)
            descriptors[i].attribute |= MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE;
}

static void drop_boot_services(struct memory_descriptor *descriptors, size_t *count)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++)
        if (descriptors[i].type != MEMORY_BOOT_SERVICES_DATA)
            descriptors[kept++] = descriptors[i];
    *count = kept;
}

static void inherits_neither_memory_with_a_purpose_nor_a_hole(void **state)
{
    (void)state;
    fake_memory_set(AREA + 5 * PAGE_SIZE, 2, MEMORY_BOOT_SERVICES_DATA);
    fake_behaviour.content = mark_as_runtime;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
    lease_release_since(firmware, 0);
    fake_behaviour.content = set_free_memory_aside;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
    lease_release_since(firmware, 0);
    fake_behaviour.content = drop_boot_services;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
}

static void list_boot_services_twice(struct memory_descriptor *descriptors, size_t *count)
{
    size_t before = *count;

    for (size_t i = 0; i < before; i++)
        if (descriptors[i].type == MEMORY_BOOT_SERVICES_DATA)
            descriptors[(*count)++] = descriptors[i];
}

/* Two pages listed twice, and a hole of two pages elsewhere: the sum would be right. */
static void list_twice_and_leave_a_hole(struct memory_descriptor *descriptors, size_t *count)
{
    list_boot_services_twice(descriptors, count);
    for (size_t i = 0; i < *count; i++) {
        if (descriptors[i].type != MEMORY_CONVENTIONAL || descriptors[i].physical_start > AREA ||
            descriptors[i].physical_start + descriptors[i].page_count * PAGE_SIZE <= AREA)
            continue;
        descriptors[i].page_count = (AREA - descriptors[i].physical_start) / PAGE_SIZE + 3;
    }
}

static void call_boot_services_free_too(struct memory_descriptor *descriptors, size_t *count)
{
    list_boot_services_twice(descriptors, count);
    descriptors[*count - 1].type = MEMORY_CONVENTIONAL;
}

static void call_free_boot_services_too(struct memory_descriptor *descriptors, size_t *count)
{
    descriptors[(*count)++] = (struct memory_descriptor){.type = MEMORY_BOOT_SERVICES_DATA,
                                                         .physical_start = AREA + 12 * PAGE_SIZE,
                                                         .page_count = 1};
}

static void a_page_that_is_listed_twice_makes_up_for_no_other(void **state)
{
    (void)state;
    fake_memory_set(AREA + 5 * PAGE_SIZE, 2, MEMORY_BOOT_SERVICES_DATA);
    fake_behaviour.content = list_boot_services_twice;
    assert_int_equal(inherit(), 0);
    lease_release_since(firmware, 0);
    fake_behaviour.content = list_twice_and_leave_a_hole;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
    lease_release_since(firmware, 0);
    fake_behaviour.content = call_boot_services_free_too;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
    lease_release_since(firmware, 0);
    fake_behaviour.content = call_free_boot_services_too;
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
    lease_release_since(firmware, 0);
}

static void inherits_no_region_with_a_table_in_it(void **state)
{
    (void)state;
    fake_memory_set(AREA - 4 * PAGE_SIZE, 8, MEMORY_BOOT_SERVICES_DATA);
    fake_table(FAKE_TABLE_SMBIOS, AREA + 4 * PAGE_SIZE); /* right behind it */
    assert_int_equal(inherit(), 0);
    lease_release_since(firmware, 0);
    fake_table(FAKE_TABLE_SMBIOS3, AREA - 4 * PAGE_SIZE); /* in the region, if not in the area */
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
}

static void inherits_nothing_when_the_tables_can_not_be_counted(void **state)
{
    (void)state;
    fake_memory_set(AREA + 5 * PAGE_SIZE, 2, MEMORY_BOOT_SERVICES_DATA);
    fake_table(FAKE_TABLE_SMBIOS, AREA_END);
    assert_int_equal(inherit(), 0);
    lease_release_since(firmware, 0);
    fake_table_count(1ULL << 40);
    assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
}

static void inherits_no_region_with_our_stack_in_it(void **state)
{
    /* Not a local's address: the sanitizer keeps those elsewhere. */
    uint64_t page = (uint64_t)(uintptr_t)__builtin_frame_address(0) & ~(PAGE_SIZE - 1);
    uint64_t start = page - 64 * PAGE_SIZE;
    uint64_t end = page + PAGE_SIZE;

    (void)state;
    fake_allow_usual();
    fake_map_add(MEMORY_BOOT_SERVICES_DATA, start, (end - start) / PAGE_SIZE);
    assert_int_equal(pages_inherit(firmware, start, end), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(pages_inherit(firmware, start, start + PAGE_SIZE), FAKE_OUT_OF_RESOURCES);
}

/* The buffer for the map, then each run of free pages. */
static void what_was_inherited_before_a_refusal_is_given_back(void **state)
{
    (void)state;
    for (unsigned int n = 1; n <= 3; n++) {
        fake_memory_set(AREA + 5 * PAGE_SIZE, 2, MEMORY_BOOT_SERVICES_DATA);
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        assert_int_equal(inherit(), FAKE_OUT_OF_RESOURCES);
        lease_release_since(firmware, 0);
        assert_int_equal(fake_memory_held(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_pages_are_below_4_gib),
        TEST(pages_go_back_before_their_time_or_are_forgotten),
        TEST(exact_address_below_1_mib),
        TEST(alignment_minimum_and_maximum_are_kept),
        TEST(high_takes_the_highest_that_fits),
        TEST(exact_address_or_nothing),
        TEST(nothing_fits),
        TEST(nonsense_is_refused_before_the_firmware_sees_it),
        TEST(firmware_that_gives_its_lowest_pages_first),
        TEST(lowest_pages_above_1_mib_are_taken_as_they_come),
        TEST(pages_elsewhere_than_asked_for_are_not_taken),
        TEST(failures_of_the_firmware_leave_nothing_behind),
        TEST(full_list_of_leases_gives_the_pages_back),
        TEST(bad_maps_are_errors),
        TEST(what_is_written_behind_the_map_hits_nobody),
        TEST(odd_answers_about_the_map_are_no_obstacle),
        TEST(the_map_is_read_in_one_call_and_a_long_one_in_two),
        TEST(the_map_is_read_into_the_room_that_there_is),
        TEST(a_map_that_never_fits_is_an_error),
        TEST(inherits_what_boot_services_leave_and_takes_the_rest),
        TEST(inherits_part_of_a_region_of_boot_services),
        TEST(inherits_nothing_that_outlives_boot_services),
        TEST(inherits_neither_memory_with_a_purpose_nor_a_hole),
        TEST(a_page_that_is_listed_twice_makes_up_for_no_other),
        TEST(inherits_no_region_with_a_table_in_it),
        TEST(inherits_nothing_when_the_tables_can_not_be_counted),
        TEST(inherits_no_region_with_our_stack_in_it),
        TEST(what_was_inherited_before_a_refusal_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
