/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/pages.h"

#include "core/checked.h"
#include "firmware_bench.h"

#define MIB       (1ULL << 20)
#define LOW_END   (FAKE_LOW + FAKE_LOW_PAGES * PAGE_SIZE)
#define UNTOUCHED 0x77

static efi_status allocate(const struct page_request *request, uint64_t *ret_address)
{
    fake_allow_usual();
    *ret_address = UNTOUCHED;
    return pages_allocate(firmware, &leases, request, ret_address);
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
    assert_int_equal(fake_calls_of("GetMemoryMap"), 0); /* cheap: no map is read for this */
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
        assert_int_equal(leases.count, 0);
    }
}

static void full_list_of_leases_gives_the_pages_back(void **state)
{
    struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 4};
    uint64_t address;

    (void)state;
    leases.count = LEASES_MAX;
    assert_int_equal(allocate(&request, &address), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_memory_held(), 0);
    leases.count = 0;
}

static void fail_full_map(struct fake_map_answer *answer)
{
    if (!answer->probe)
        answer->status = FAKE_DEVICE_ERROR;
}

static void map_larger_than_its_buffer(struct fake_map_answer *answer)
{
    if (!answer->probe)
        answer->size = answer->capacity + 48;
}

static void probe_of_2_60(struct fake_map_answer *answer)
{
    if (answer->probe)
        answer->size = 1ULL << 60;
}

static void bad_maps_are_errors(void **state)
{
    static void (*const faults[])(struct fake_map_answer *) = {
        fail_full_map, map_larger_than_its_buffer, probe_of_2_60};
    struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .alignment = 2 * MIB, .minimum = 16 * MIB};
    uint64_t address;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fake_behaviour.map = faults[i];
        assert_true(allocate(&request, &address) >> 63);
        assert_int_equal(address, UNTOUCHED);
        assert_int_equal(fake_memory_held(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_pages_are_below_4_gib),
        TEST(alignment_minimum_and_maximum_are_kept),
        TEST(high_takes_the_highest_that_fits),
        TEST(exact_address_or_nothing),
        TEST(nothing_fits),
        TEST(nonsense_is_refused_before_the_firmware_sees_it),
        TEST(failures_of_the_firmware_leave_nothing_behind),
        TEST(full_list_of_leases_gives_the_pages_back),
        TEST(bad_maps_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
