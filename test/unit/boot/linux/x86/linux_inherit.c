/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels that get memory of the boot services, which is theirs only after the exit: where they are
 * placed then, and that the last map has the last word.
 */
#include "unit/fixture/linux_fixture.h"

static void a_small_machine_gives_what_boot_services_leave_behind(void **state)
{
    const uint64_t code = pages_for(CODE_SIZE) * PAGE_SIZE;

    (void)state;
    make_kernel();
    store_u16(kernel_file + 0x236, 1);
    lay_down();
    take_all_above_preferred();
    fake_memory_set(PREFERRED, code / PAGE_SIZE, MEMORY_CONVENTIONAL);
    fake_memory_set(PREFERRED + code, 16, MEMORY_BOOT_SERVICES_DATA);
    fake_memory_set(PREFERRED + code + 16 * PAGE_SIZE, INIT_SIZE / PAGE_SIZE, MEMORY_CONVENTIONAL);
    prepared();
    assert_true(kernel_address() == PREFERRED);
    assert_memory_equal((const void *)PREFERRED, kernel_file + SETUP_SIZE, CODE_SIZE);
    assert_int_equal(fake_memory_type(PREFERRED + code), MEMORY_BOOT_SERVICES_DATA);
    assert_int_equal(fake_memory_type(PREFERRED + INIT_SIZE - PAGE_SIZE), MEMORY_LOADER_CODE);
}

/* It moves itself there, when boot services are gone; until then the place is nobody else's. */
static void a_fixed_kernel_whose_address_boot_services_have_lies_elsewhere(void **state)
{
    (void)state;
    make_fixed_kernel();
    lay_down();
    open_module(0, 77);
    fake_memory_set(PREFERRED + INIT_SIZE - PAGE_SIZE, 1, MEMORY_BOOT_SERVICES_DATA);
    prepared();
    assert_kernel_at(kernel_address());
    assert_int_equal(kernel_address() % TWO_MIB, 0);
    assert_true(
        kernel_address() + INIT_SIZE <= PREFERRED ||
        (kernel_address() >= PREFERRED + INIT_SIZE && kernel_address() + INIT_SIZE <= 1ULL << 32));
    assert_int_equal(field(0x214, 4), kernel_address());
    for (uint64_t page = 0; page < INIT_SIZE - PAGE_SIZE; page += PAGE_SIZE)
        assert_int_equal(fake_memory_type(PREFERRED + page), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(PREFERRED + INIT_SIZE - PAGE_SIZE),
                     MEMORY_BOOT_SERVICES_DATA);
    (void)finished();
}

static uint32_t type_of_the_rest;
static uint64_t attribute_of_the_rest;

/* The last page of what the kernel needs becomes something else on the way out. */
static void change_the_rest(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        if (descriptors[i].type != MEMORY_BOOT_SERVICES_DATA)
            continue;
        descriptors[i].type = type_of_the_rest;
        descriptors[i].attribute |= attribute_of_the_rest;
    }
}

/* In the last map the boot services' memory is what it is; whoever has taken it keeps it. */
static void what_boot_services_do_not_leave_behind_is_no_kernels(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t attribute;
        bool boots;
    } finals[] = {
        {MEMORY_BOOT_SERVICES_DATA, 0, true},
        {MEMORY_BOOT_SERVICES_CODE, 0, true},
        {MEMORY_CONVENTIONAL, 0, true},
        {MEMORY_LOADER_DATA, 0, false},
        {MEMORY_RUNTIME_SERVICES_DATA, 0, false},
        {MEMORY_ACPI_RECLAIM, 0, false},
        {MEMORY_RESERVED, 0, false},
        {MEMORY_BOOT_SERVICES_DATA, MEMORY_ATTRIBUTE_RUNTIME, false},
        {MEMORY_CONVENTIONAL, MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE, false},
    };
    struct memory_map map;

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(finals) / sizeof(finals[0]); i++) {
        bool fixed = i % 2 != 0;

        if (fixed)
            make_fixed_kernel();
        else
            make_kernel();
        store_u16(kernel_file + 0x236, 1);
        lay_down();
        if (!fixed) {
            take_all_above_preferred();
            fake_memory_set(PREFERRED, INIT_SIZE / PAGE_SIZE, MEMORY_CONVENTIONAL);
            fake_memory_set(LOW_END - TWO_MIB / 2, TWO_MIB / 2 / PAGE_SIZE, MEMORY_CONVENTIONAL);
        }
        fake_memory_set(PREFERRED + INIT_SIZE - PAGE_SIZE, 1, MEMORY_BOOT_SERVICES_DATA);
        prepared();
        type_of_the_rest = finals[i / 2].type;
        attribute_of_the_rest = finals[i / 2].attribute;
        fake_behaviour.content = change_the_rest;
        map = fake_map();
        assert_int_equal(protocol(boot_linux).finish(&plan, &map, &journal), finals[i / 2].boots);
        lease_release_since(firmware, 0);
        (void)end(state);
        (void)begin(state);
    }
}

/* It would not move itself there, as one does that cannot run elsewhere. */
static void a_kernel_that_can_move_lies_nowhere_below_where_it_can_run(void **state)
{
    (void)state;
    make_kernel();
    store_u16(kernel_file + 0x236, 1);
    lay_down();
    fake_memory_set(PREFERRED, (LOW_END - PREFERRED) / PAGE_SIZE, MEMORY_BOOT_SERVICES_DATA);
    assert_refused("\\kernel", "not enough free memory", FAKE_OUT_OF_RESOURCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_that_can_move_lies_nowhere_below_where_it_can_run),
        TEST(a_small_machine_gives_what_boot_services_leave_behind),
        TEST(a_fixed_kernel_whose_address_boot_services_have_lies_elsewhere),
        TEST(what_boot_services_do_not_leave_behind_is_no_kernels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
