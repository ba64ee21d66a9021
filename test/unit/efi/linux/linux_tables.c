/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/linux_tables.h"

#include "core/base/page.h"
#include "core/linux/random_seed.h"
#include "core/memory/memory_map.h"
#include "unit/fixture/firmware_fixture.h"

static struct linux_tables tables;

static void reserve(void)
{
    fake_allow_usual();
    tables = (struct linux_tables){0};
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE_TPM, &tables), 0);
}

static void assert_block_is(uint32_t type)
{
    for (uint64_t offset = 0; offset < tables.size; offset += PAGE_SIZE)
        assert_int_equal(fake_memory_type(tables.address + offset), type);
    assert_int_equal(fake_memory_held(), tables.size / PAGE_SIZE);
}

/* A boot that is refused leaves no trace in what EDK II counts. */
static void place_of_the_block_is_loader_data_until_it_is_used(void **state)
{
    (void)state;
    reserve();
    assert_int_equal(tables.address % PAGE_SIZE, 0);
    assert_int_equal(tables.size, 256 << 10);
    assert_int_equal(tables.used, 0);
    assert_true(tables.address + tables.size <= UINT32_MAX);
    assert_block_is(MEMORY_LOADER_DATA);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void block_of_a_machine_without_tpm_holds_the_largest_seed(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE, &tables), 0);
    assert_non_null(linux_tables_take(firmware, &tables, sizeof(struct random_seed)));
    assert_block_is(MEMORY_ACPI_RECLAIM);
    assert_int_equal(firmware->leases.count, 1);
}

static void block_is_reclaimable_whole_where_its_place_was(void **state)
{
    uint64_t place;

    (void)state;
    reserve();
    place = tables.address;
    assert_non_null(linux_tables_take(firmware, &tables, 8));
    assert_int_equal(tables.address, place);
    assert_block_is(MEMORY_ACPI_RECLAIM);
    assert_int_equal(firmware->leases.count, 1);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void block_whose_place_is_lost_is_done_without(void **state)
{
    uint64_t piece;

    (void)state;
    reserve();
    fake_fail_allocation(1, FAKE_NOT_FOUND);
    piece = (uintptr_t)linux_tables_take(firmware, &tables, 8);
    assert_int_equal(fake_memory_type(piece), MEMORY_ACPI_RECLAIM);
    assert_int_equal(fake_memory_held(), 1);
    assert_int_equal(tables.size, 0);
}

/* As when a boot has failed after it used the block, and the next one is tried. */
static void second_boot_finds_the_place_again(void **state)
{
    struct linux_tables first;
    struct linux_tables second;
    unsigned int mark;

    (void)state;
    reserve();
    first = tables;
    second = tables;
    mark = firmware->leases.count;
    assert_non_null(linux_tables_take(firmware, &first, 8));
    lease_release_since(firmware, mark);
    assert_int_equal(firmware->leases.count, mark);
    assert_int_equal((uintptr_t)linux_tables_take(firmware, &second, 8), tables.address);
    assert_int_equal(firmware->leases.count, mark);
}

/* What lies there by then may be anybody's. */
static void second_boot_leaves_a_place_alone_that_the_first_has_lost(void **state)
{
    struct linux_tables first;
    struct linux_tables second;

    (void)state;
    reserve();
    first = tables;
    second = tables;
    fake_fail_allocation(1, FAKE_NOT_FOUND);
    assert_non_null(linux_tables_take(firmware, &first, 8));
    lease_release_since(firmware, 0);
    fake_memory_set(tables.address, 1, MEMORY_RUNTIME_SERVICES_DATA);
    assert_int_not_equal((uintptr_t)linux_tables_take(firmware, &second, 8), tables.address);
    assert_int_equal(fake_memory_type(tables.address), MEMORY_RUNTIME_SERVICES_DATA);
    assert_int_equal(fake_memory_held(), 1);
}

static void no_memory_for_the_block_changes_nothing(void **state)
{
    (void)state;
    fake_allow_usual();
    tables = (struct linux_tables){.address = 77, .size = 77, .used = 77};
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE_TPM, &tables),
                     FAKE_OUT_OF_RESOURCES);
    assert_int_equal(tables.address, 77);
    assert_int_equal(firmware->leases.count, 0);
}

static void pieces_follow_each_other_aligned(void **state)
{
    const uint8_t *first;
    const uint8_t *second;

    (void)state;
    reserve();
    first = linux_tables_take(firmware, &tables, 13);
    second = linux_tables_take(firmware, &tables, 8);
    assert_int_equal((uintptr_t)first, tables.address);
    assert_ptr_equal(second, first + 16);
    assert_int_equal(tables.used, 24);
    assert_int_equal(firmware->leases.count, 1);
}

static void last_byte_of_the_block_is_used_before_other_pages(void **state)
{
    uint64_t address;

    (void)state;
    reserve();
    assert_non_null(linux_tables_take(firmware, &tables, tables.size - 8));
    address = (uintptr_t)linux_tables_take(firmware, &tables, 8);
    assert_int_equal(address, tables.address + tables.size - 8);
    assert_int_equal(firmware->leases.count, 1);
    address = (uintptr_t)linux_tables_take(firmware, &tables, PAGE_SIZE + 1);
    assert_true(address < tables.address || address >= tables.address + tables.size);
    assert_int_equal(firmware->leases.count, 2);
    assert_int_equal(fake_memory_type(address), MEMORY_ACPI_RECLAIM);
    assert_int_equal(fake_memory_type(address + PAGE_SIZE), MEMORY_ACPI_RECLAIM);
    assert_int_equal(tables.used, tables.size);
}

static void without_a_block_each_piece_has_its_own_pages(void **state)
{
    (void)state;
    fake_allow_usual();
    tables = (struct linux_tables){0};
    assert_non_null(linux_tables_take(firmware, &tables, 32));
    assert_int_equal(fake_memory_held(), 1);
}

static void piece_that_nothing_has_room_for(void **state)
{
    (void)state;
    reserve();
    assert_null(linux_tables_take(firmware, &tables, UINT64_MAX));
    assert_null(linux_tables_take(firmware, &tables, 1ULL << 40));
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_null(linux_tables_take(firmware, &tables, tables.size + 1));
    assert_int_equal(tables.used, 0);
}

/* Each table under its own GUID, and both taken out by the leases. */
static void tables_are_installed_and_taken_out(void **state)
{
    uint64_t seed = 0x1000;
    uint64_t log = 0x2000;

    (void)state;
    fake_allow_usual();
    fake_table(FAKE_TABLE_SMBIOS, 0x3000);
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_RANDOM_SEED, (void *)seed), 0);
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, (void *)log), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), seed);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), log);
    assert_ptr_equal(linux_tables_installed(firmware, LINUX_TABLE_RANDOM_SEED), seed);
    assert_ptr_equal(linux_tables_installed(firmware, LINUX_TABLE_TPM_LOG), log);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
    assert_null(linux_tables_installed(firmware, LINUX_TABLE_TPM_LOG));
    assert_int_equal(fake_table_at(FAKE_TABLE_SMBIOS), 0x3000);
}

static void table_goes_before_the_pages_it_lies_in(void **state)
{
    void *table;

    (void)state;
    fake_allow_usual();
    tables = (struct linux_tables){0};
    table = linux_tables_take(firmware, &tables, 32);
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, table), 0);
    lease_release_since(firmware, 0);
    assert_string_equal(fake_call_at(fake_call_count() - 2)->service, "InstallConfigurationTable");
    assert_int_equal(fake_call_at(fake_call_count() - 2)->a, 0);
    assert_string_equal(fake_call_at(fake_call_count() - 1)->service, "FreePages");
}

static void table_of_an_earlier_loader_is_replaced_and_does_not_come_back(void **state)
{
    (void)state;
    fake_allow_usual();
    fake_table(FAKE_TABLE_TPM_LOG, 0x1000);
    assert_ptr_equal(linux_tables_installed(firmware, LINUX_TABLE_TPM_LOG), 0x1000);
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, (void *)0x2000), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0x2000);
    lease_release_since(firmware, 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
}

static void firmware_that_refuses_leaves_no_lease(void **state)
{
    (void)state;
    fake_allow_usual();
    fake_behaviour.install_table_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, (void *)0x2000),
                     FAKE_OUT_OF_RESOURCES);
    assert_int_equal(firmware->leases.count, 0);
}

static void what_could_not_be_taken_out_is_not_put_in(void **state)
{
    (void)state;
    fake_allow_usual();
    firmware->leases.count = LEASES_MAX;
    assert_int_equal(linux_tables_install(firmware, LINUX_TABLE_TPM_LOG, (void *)0x2000),
                     FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_calls_of("InstallConfigurationTable"), 0);
    firmware->leases.count = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(place_of_the_block_is_loader_data_until_it_is_used),
        TEST(block_of_a_machine_without_tpm_holds_the_largest_seed),
        TEST(block_is_reclaimable_whole_where_its_place_was),
        TEST(block_whose_place_is_lost_is_done_without),
        TEST(second_boot_finds_the_place_again),
        TEST(second_boot_leaves_a_place_alone_that_the_first_has_lost),
        TEST(no_memory_for_the_block_changes_nothing),
        TEST(pieces_follow_each_other_aligned),
        TEST(last_byte_of_the_block_is_used_before_other_pages),
        TEST(without_a_block_each_piece_has_its_own_pages),
        TEST(piece_that_nothing_has_room_for),
        TEST(tables_are_installed_and_taken_out),
        TEST(table_goes_before_the_pages_it_lies_in),
        TEST(table_of_an_earlier_loader_is_replaced_and_does_not_come_back),
        TEST(firmware_that_refuses_leaves_no_lease),
        TEST(what_could_not_be_taken_out_is_not_put_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
