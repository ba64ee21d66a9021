/* SPDX-License-Identifier: BSD-2-Clause */
/* What a native kernel can call of the firmware, and what is mapped for it. */
#include "boot/boot.h"

#include "efi/console.h"
#include "unit/fixture/native_fixture.h"

#define REGISTERS 0x380000000000ULL

static void use_registers_at_runtime(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (descriptors[i].physical_start >= REGISTERS)
            descriptors[i].attribute |= MEMORY_ATTRIBUTE_RUNTIME;
}

static void runtime_services_are_callable_where_all_of_them_is_mapped(void **state)
{
    const uint64_t callable = BATON_FLAG_RUNTIME_CALLABLE;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    keep_code_and_data_apart(0x7000000);
    fake_map_add(MEMORY_RESERVED, REGISTERS, 2);
    (void)prepared();
    finished();
    assert_int_equal(handoff()->flags, callable);
    /* The last map decides: in this one the registers that nobody has mapped are needed. */
    fake_behaviour.content = use_registers_at_runtime;
    finished();
    assert_int_equal(handoff()->flags, 0);
    fake_behaviour.content = NULL;
    finished();
    assert_int_equal(handoff()->flags, callable);
}

static void registers_that_runtime_services_use_are_mapped(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    keep_code_and_data_apart(0x7000000);
    fake_map_add(MEMORY_RESERVED, REGISTERS, 2);
    fake_behaviour.content = use_registers_at_runtime;
    boot.runtime_regions.count = 1;
    boot.runtime_regions.region[0].start = REGISTERS;
    boot.runtime_regions.region[0].end = REGISTERS + 0x2000;
    (void)prepared();
    finished();
    assert_int_equal(handoff()->flags, BATON_FLAG_RUNTIME_CALLABLE);
}

static void run_boot(void *context)
{
    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, context);
}

/* From the firmware's map to the page tables: nobody but the whole boot knows the way. */
static void a_boot_maps_the_registers_that_are_in_the_map(void **state)
{
    struct boot_failure failure = {0};

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    session.tpl = 4;
    keep_code_and_data_apart(0x7000000);
    fake_table(FAKE_TABLE_MEMORY_ATTRIBUTES, boot.environment.memory_attributes);
    fake_map_add(MEMORY_MAPPED_IO, REGISTERS, 2); /* with EFI_MEMORY_RUNTIME */
    assert_int_equal(fake_run(run_boot, &failure), FAKE_ENTERED);
    firmware->leases = (struct leases){0};
    plan.entry.argument = fake_entered()->argument;
    assert_int_equal(handoff()->flags, BATON_FLAG_RUNTIME_CALLABLE);
    assert_true(handoff()->identity_end < REGISTERS);
}

static void without_the_attributes_nothing_is_callable(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    (void)prepared();
    finished();
    assert_int_equal(handoff()->flags, 0);
}

/* Its end lies beyond what the identity map can have. */
static void code_that_no_table_reaches_is_not_callable(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    keep_code_and_data_apart(ADDRESS_SPACE_LOWER_END - PAGE_SIZE);
    (void)prepared();
    finished();
    assert_int_equal(handoff()->flags, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runtime_services_are_callable_where_all_of_them_is_mapped),
        TEST(registers_that_runtime_services_use_are_mapped),
        TEST(a_boot_maps_the_registers_that_are_in_the_map),
        TEST(code_that_no_table_reaches_is_not_callable),
        TEST(without_the_attributes_nothing_is_callable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
