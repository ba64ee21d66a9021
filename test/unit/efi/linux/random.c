/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/random.h"

#include "core/linux/random_seed.h"
#include "core/memory/memory_map.h"
#include "unit/fixture/firmware_fixture.h"

#define KEPT "RandomSeed"

static const uint8_t bytes[32] = "32 bytes that nobody would guess";
static uint8_t seed[32];

static bool take(void)
{
    fake_allow("LocateProtocol");
    fake_allow("GetRNG");
    return random_seed(firmware, seed, sizeof(seed));
}

static void no_generator(void **state)
{
    (void)state;
    assert_false(take());
}

static void raw_algorithm_first(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    assert_true(take());
    assert_memory_equal(seed, bytes, sizeof(seed));
    assert_int_equal(fake_calls_of("GetRNG"), 1);
    assert_int_equal(fake_call_at(fake_call_count() - 1)->a, 1);
}

static void default_algorithm_when_raw_is_missing(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_UNSUPPORTED, 0);
    assert_true(take());
    assert_memory_equal(seed, bytes, sizeof(seed));
}

static void generator_that_fails(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_NOT_READY, FAKE_DEVICE_ERROR);
    assert_false(take());
}

static void zeros_are_no_randomness(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    fake_rng(zeros, sizeof(zeros), 0, 0);
    assert_false(take());
}

static struct linux_tables tables;

static efi_status install(void)
{
    fake_allow_usual();
    tables = (struct linux_tables){0};
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE_TPM, &tables), 0);
    return random_table_install(firmware, &tables);
}

static const struct random_seed *installed(void)
{
    return (const struct random_seed *)fake_table_at(FAKE_TABLE_RANDOM_SEED);
}

static void keep(const void *data, size_t size)
{
    fake_variable_set(fake_vendor_random_seed, KEPT, 7, data, size);
}

static bool is_kept(void)
{
    uint32_t attributes;
    size_t size;

    return fake_variable(fake_vendor_random_seed, KEPT, &attributes, &size) != NULL;
}

/* What a loader before has left: `size` is what it claims. */
static struct random_seed earlier;
static void leave(uint32_t size)
{
    memset(&earlier, 'e', sizeof(earlier));
    earlier.size = size;
    fake_table(FAKE_TABLE_RANDOM_SEED, (uintptr_t)&earlier);
}

static void assert_bits(const struct random_seed *table, size_t offset, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(table->bits[offset + i], byte);
}

static void table_has_32_bytes_and_lies_in_the_block(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    assert_int_equal(install(), 0);
    assert_int_equal(installed()->size, 32);
    assert_memory_equal(installed()->bits, bytes, 32);
    assert_int_equal((uintptr_t)installed(), tables.address);
    assert_int_equal(fake_memory_type(tables.address), MEMORY_ACPI_RECLAIM);
    assert_int_equal(fake_calls_of("GetRNG"), 1);
}

static void table_by_the_default_algorithm_when_raw_is_missing(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_UNSUPPORTED, 0);
    assert_int_equal(install(), 0);
    assert_memory_equal(installed()->bits, bytes, 32);
}

static void nothing_to_make_a_seed_of(void **state)
{
    (void)state;
    assert_int_equal(install(), FAKE_NOT_FOUND);
    assert_null(installed());
    /* The block is still what it was: giving memory back costs, the firmware clears it. */
    assert_true(tables.held);
    assert_int_equal(fake_memory_type(tables.address), MEMORY_LOADER_DATA);
}

static void no_table_of_a_generator_that_fails_or_gives_zeros(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_NOT_READY, FAKE_UNSUPPORTED);
    assert_int_equal(install(), FAKE_UNSUPPORTED);
    assert_null(installed());
    fake_rng(zeros, sizeof(zeros), 0, 0);
    assert_int_equal(install(), FAKE_DEVICE_ERROR);
    assert_null(installed());
}

static void what_the_system_kept_is_used_once(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    keep("kept", 4);
    assert_int_equal(install(), 0);
    assert_int_equal(installed()->size, 36);
    assert_memory_equal(installed()->bits, bytes, 32);
    assert_memory_equal(installed()->bits + 32, "kept", 4);
    assert_false(is_kept());
}

static void what_the_system_kept_is_enough(void **state)
{
    (void)state;
    keep("kept", 4);
    assert_int_equal(install(), 0);
    assert_int_equal(installed()->size, 4);
    assert_memory_equal(installed()->bits, "kept", 4);
}

/* The boot has a seed, and still says that the generator failed. */
static void failure_of_the_generator_is_told_even_then(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), FAKE_UNSUPPORTED, FAKE_DEVICE_ERROR);
    keep("kept", 4);
    assert_int_equal(install(), FAKE_DEVICE_ERROR);
    assert_int_equal(installed()->size, 4);
}

static void what_can_not_be_deleted_is_not_used(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    fake_behaviour.set_variable_status = FAKE_ACCESS_DENIED;
    keep("kept", 4);
    assert_int_equal(install(), FAKE_ACCESS_DENIED);
    assert_int_equal(installed()->size, 32);
    assert_bits(installed(), 32, 0, 4);
}

static void what_is_too_large_stays(void **state)
{
    static uint8_t large[1024 - 32 + 1];

    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    memset(large, 'k', sizeof(large));
    keep(large, sizeof(large));
    assert_int_equal(install(), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(installed()->size, 32);
    assert_true(is_kept());
}

static void what_is_too_large_beside_an_earlier_seed_stays(void **state)
{
    static uint8_t large[1024 - 32 - 512 + 1];

    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    memset(large, 'k', sizeof(large));
    keep(large, sizeof(large));
    leave(512);
    assert_int_equal(install(), FAKE_BUFFER_TOO_SMALL);
    assert_int_equal(installed()->size, 32 + 512);
    assert_bits(installed(), 32, 'e', 512);
    assert_true(is_kept());
}

static void kept_zeros_are_no_randomness(void **state)
{
    (void)state;
    keep("\0\0\0", 4);
    assert_int_equal(install(), FAKE_DEVICE_ERROR);
    assert_null(installed());
}

static void earlier_seed_is_taken_in_and_wiped(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    keep("kept", 4);
    leave(100);
    assert_int_equal(install(), 0);
    assert_ptr_not_equal(installed(), &earlier);
    assert_int_equal(installed()->size, 136);
    assert_bits(installed(), 36, 'e', 100);
    assert_bits(&earlier, 0, 0, 100);
    assert_bits(&earlier, 100, 'e', 1); /* and not what lies behind it */
}

static void all_parts_at_their_largest_fill_the_table(void **state)
{
    static uint8_t large[1024 - 32 - 512];

    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    memset(large, 'k', sizeof(large));
    keep(large, sizeof(large));
    leave(512);
    assert_int_equal(install(), 0);
    assert_int_equal(installed()->size, 1024);
    assert_bits(installed(), 32, 'k', sizeof(large));
    assert_bits(installed(), 512, 'e', 512);
}

static void earlier_table_that_claims_too_much_is_replaced(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    leave(513);
    assert_int_equal(install(), 0);
    assert_int_equal(installed()->size, 32);
}

static void earlier_table_stays_when_there_is_nothing_else(void **state)
{
    (void)state;
    leave(32);
    assert_int_equal(install(), FAKE_NOT_FOUND);
    assert_ptr_equal(installed(), &earlier);
    assert_bits(&earlier, 0, 'e', 32);
}

static void refused_table_is_wiped_and_the_earlier_one_stays(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    leave(32);
    fake_behaviour.install_table_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(install(), FAKE_OUT_OF_RESOURCES);
    assert_ptr_equal(installed(), &earlier);
    assert_bits(&earlier, 0, 'e', 32);
    assert_bits((const struct random_seed *)tables.address, 0, 0, 64);
}

static void boot_that_returns_takes_the_table_out(void **state)
{
    (void)state;
    fake_rng(bytes, sizeof(bytes), 0, 0);
    assert_int_equal(install(), 0);
    lease_release_since(firmware, 0);
    assert_null(installed());
    assert_int_equal(fake_memory_held(), 0);
}

static void no_memory_for_the_table_leaves_everything_as_it_is(void **state)
{
    (void)state;
    fake_allow_usual();
    fake_rng(bytes, sizeof(bytes), 0, 0);
    keep("kept", 4);
    tables = (struct linux_tables){0};
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(random_table_install(firmware, &tables), FAKE_OUT_OF_RESOURCES);
    assert_true(is_kept());
    assert_int_equal(fake_calls_of("GetRNG"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_generator),
        TEST(raw_algorithm_first),
        TEST(default_algorithm_when_raw_is_missing),
        TEST(generator_that_fails),
        TEST(zeros_are_no_randomness),
        TEST(table_has_32_bytes_and_lies_in_the_block),
        TEST(table_by_the_default_algorithm_when_raw_is_missing),
        TEST(nothing_to_make_a_seed_of),
        TEST(no_table_of_a_generator_that_fails_or_gives_zeros),
        TEST(what_the_system_kept_is_used_once),
        TEST(what_the_system_kept_is_enough),
        TEST(failure_of_the_generator_is_told_even_then),
        TEST(what_can_not_be_deleted_is_not_used),
        TEST(what_is_too_large_stays),
        TEST(what_is_too_large_beside_an_earlier_seed_stays),
        TEST(kept_zeros_are_no_randomness),
        TEST(earlier_seed_is_taken_in_and_wiped),
        TEST(all_parts_at_their_largest_fill_the_table),
        TEST(earlier_table_that_claims_too_much_is_replaced),
        TEST(earlier_table_stays_when_there_is_nothing_else),
        TEST(refused_table_is_wiped_and_the_earlier_one_stays),
        TEST(boot_that_returns_takes_the_table_out),
        TEST(no_memory_for_the_table_leaves_everything_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
