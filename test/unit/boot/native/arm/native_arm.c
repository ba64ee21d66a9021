/* SPDX-License-Identifier: BSD-2-Clause */
/* What only AArch64's native kernels have: an identity map of ranges, vectors, the device tree, the
 * processor and its exception level. */
#include "core/base/store.h"
#include "fake/arm/board.h"
#include "fake/tpm.h"
#include "unit/fixture/arm_walk.h"
#include "unit/fixture/native_fixture.h"
#include "unit/fixture/tree_fixture.h"

#define FLASH 0x4000000000ULL

/* A machine with EL1, pages of 4 KiB, and registers that runtime services use. */
static void lay_down_board(void)
{
    fake_board =
        (struct fake_board){.exception_level = 1, .memory_model = 0x1124, .processor = 0x80000002};
    lay_down(1);
    fake_map_add(MEMORY_MAPPED_IO, FLASH, 2); /* with EFI_MEMORY_RUNTIME */
    fake_map_add(MEMORY_RESERVED, FLASH + 0x100000, 2);
    boot.map = fake_map();
}

static struct arm_walked walk(uint64_t address)
{
    return arm_walk(handoff()->page_tables, handoff()->page_tables, 1000 * PAGE_SIZE, address);
}

static void assert_page(uint64_t address, uint64_t physical, bool writable, bool executable,
                        unsigned int attribute)
{
    struct arm_walked walked = walk(address);

    if (!walked.present || walked.physical != physical || walked.writable != writable ||
        walked.executable != executable || walked.attribute != attribute)
        fail_msg("%#lx: present %d, physical %#lx, writable %d, executable %d, attribute %u",
                 (unsigned long)address, walked.present, (unsigned long)walked.physical,
                 walked.writable, walked.executable, walked.attribute);
}

/* Type of the region that has `address`. */
static uint32_t type_at(uint64_t address)
{
    const struct baton_region *regions =
        (const struct baton_region *)(uintptr_t)handoff()->memory.address;

    for (uint32_t i = 0; i < handoff()->memory.count; i++)
        if (address - regions[i].address < regions[i].size)
            return regions[i].type;
    return 0;
}

static void the_kernel_is_in_the_upper_half(void **state)
{
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    given = prepared();
    assert_image((const uint8_t *)(uintptr_t)given->kernel_physical, false);
    assert_page(UPPER, given->kernel_physical, false, true, 0);
    assert_page(UPPER + 0x1000, given->kernel_physical + 0x1000, false, false, 0);
    assert_page(UPPER + 0x3000, given->kernel_physical + 0x3000, true, false, 0);
    assert_page(given->kernel_physical, given->kernel_physical, false, false, 0);
    assert_false(walk(UPPER - 1).present);
    assert_int_equal(plan.entry.entry, UPPER + 0x20);
    assert_int_equal(plan.entry.argument_size, given->total_size);
    assert_int_equal(plan.entry.code, given->kernel_physical);
    assert_int_equal(plan.entry.code_size, given->kernel_size);
}

/* A processor may read ahead from what is mapped as memory. */
static void nothing_is_mapped_but_what_the_map_says(void **state)
{
    const uint64_t frame = 0x8000001000;

    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    boot.environment.framebuffer = (struct framebuffer){.address = frame, .size = 0x300000};
    (void)prepared();
    assert_page(LOW_END - 1, LOW_END - 1, true, false, 0);
    assert_page(FAKE_HIGH, FAKE_HIGH, true, false, 0);
    assert_page(FLASH, FLASH, true, false, 1);
    assert_page(frame, frame, true, false, 2);
    assert_page(frame + 0x2fffff, frame + 0x2fffff, true, false, 2);
    assert_false(walk(0).present);
    assert_false(walk(FLASH + 0x2000).present);
    assert_false(walk(FLASH + 0x100000).present);
    assert_false(walk(frame - 1).present);
    assert_false(walk(frame + 0x300000).present);
    assert_false(walk(handoff()->stack.address - 1).present);
    assert_page(handoff()->stack.address, handoff()->stack.address, true, false, 0);
    assert_page((uintptr_t)arch_enter_start, (uintptr_t)arch_enter_start, false, true, 0);
    assert_int_equal(handoff()->identity_end, FAKE_HIGH + FAKE_HIGH_PAGES * PAGE_SIZE);
}

static void the_vectors_are_never_offered(void **state)
{
    uint64_t vectors;

    (void)state;
    make_kernel(3, 0);
    lay_down_board();
    vectors = prepared()->page_tables - PAGE_SIZE;
    finished();
    assert_page(vectors, vectors, false, true, 0);
    assert_int_equal(type_at(vectors), BATON_MEMORY_RESERVED);
    assert_int_equal(type_at(handoff()->page_tables), BATON_MEMORY_PAGE_TABLES);
    assert_int_equal(type_at(handoff()->page_tables + PAGE_SIZE), BATON_MEMORY_PAGE_TABLES);
    assert_ptr_equal(fake_board.cleaned, (const void *)(uintptr_t)vectors);
}

static void the_processor_and_its_level_are_handed_over(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    assert_int_equal(prepared()->processor, 0x80000002);
    assert_int_equal(handoff()->privilege, 1);
    assert_int_equal(plan.entry.level, 1);
    assert_int_equal(handoff()->device_tree.size, 0);
    assert_int_equal(handoff()->device_tree.address, 0);
}

/* 1 where it is not asked for, or cannot be. */
static uint64_t level(uint32_t flags, uint64_t memory_model_1)
{
    uint64_t result;

    make_kernel(2, UPPER);
    store(0x2018, 4, flags);
    lay_down_board();
    fake_board.exception_level = 2;
    fake_board.memory_model_1 = memory_model_1;
    result = prepared()->privilege;
    assert_int_equal(plan.entry.level, result);
    (void)end(NULL);
    (void)begin(NULL);
    return result;
}

static void el2_is_kept_for_a_kernel_that_wants_it(void **state)
{
    (void)state;
    assert_int_equal(level(0, 0x100), 1);
    assert_int_equal(level(BATON_NOTE_KEEP_EL2, 0x100), 2);
    assert_int_equal(level(BATON_NOTE_KEEP_EL2, 0), 1);
}

static void the_firmwares_tree_is_copied(void **state)
{
    struct span tree;

    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    tree_begin();
    tree_node("");
    tree_property("model", "board", 6);
    tree_token(2);
    tree = tree_finished();
    fake_table(FAKE_TABLE_DEVICE_TREE, (uintptr_t)tree.data);
    assert_int_equal(prepared()->device_tree.size, tree.size);
    assert_ptr_not_equal(handoff()->device_tree.address, tree.data);
    assert_memory_equal((const void *)(uintptr_t)handoff()->device_tree.address, tree.data,
                        tree.size);
    finished();
    assert_int_equal(type_at(handoff()->device_tree.address), BATON_MEMORY_HANDOFF);
}

static void runtime_services_are_callable_while_all_of_them_is_mapped(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    keep_code_and_data_apart(0x7000000);
    (void)prepared();
    assert_page(0x7000000, 0x7000000, false, true, 0);
    finished();
    assert_int_equal(handoff()->flags, BATON_FLAG_RUNTIME_CALLABLE);
    /* The last map decides: nobody has mapped these. */
    fake_map_add(MEMORY_MAPPED_IO, FLASH + 0x200000, 2);
    finished();
    assert_int_equal(handoff()->flags, 0);
}

static void run_boot(void *context)
{
    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, context);
}

/* From the firmware's map to the page tables: nobody but the whole boot knows the way. */
static void a_boot_maps_what_is_in_the_map(void **state)
{
    struct boot_failure failure = {0};

    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    session.tpl = 4;
    assert_int_equal(fake_run(run_boot, &failure), FAKE_ENTERED);
    firmware->leases = (struct leases){0};
    plan.entry.argument = fake_entered()->argument;
    assert_page(LOW_END - 1, LOW_END - 1, true, false, 0);
    assert_page(FLASH, FLASH, true, false, 1);
    assert_false(walk(FLASH + 0x100000).present);
    assert_int_equal(fake_entered()->level, 1);
}

static void without_the_attributes_nothing_is_callable(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    (void)prepared();
    finished();
    assert_int_equal(handoff()->flags, 0);
}

static void a_processor_without_small_pages_is_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    fake_board.memory_model = 0xf0000000;
    assert_refused("no pages of 4 KiB");
}

/* It would be entered, and fault at once. */
static void memory_that_is_not_said_to_be_cached_is_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down_board();
    boot.map.size = 0;
    assert_refused("can be cached");
    (void)end(state);
    (void)begin(state);
    lay_down_board();
    boot.map.size = 4096 * boot.map.descriptor_size; /* more than was announced */
    assert_refused("can be cached");
}

static void every_allocation_may_fail(void **state)
{
    bool done = false;

    make_kernel(3, 0);
    tree_begin();
    tree_node("");
    tree_token(2);
    for (unsigned int failing = 1; !done; failing++) {
        begin(state);
        lay_down_board();
        fake_table(FAKE_TABLE_DEVICE_TREE, (uintptr_t)tree_finished().data);
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        boot.entry = &entry;
        done = protocol(boot_native).prepare(&boot, &plan);
        fake_fail_allocation(0, 0);
        if (!done)
            assert_non_null(boot.failure.why.at);
        assert_true(failing < 40);
        end(state);
    }
    begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_kernel_is_in_the_upper_half),
        TEST(nothing_is_mapped_but_what_the_map_says),
        TEST(the_vectors_are_never_offered),
        TEST(the_processor_and_its_level_are_handed_over),
        TEST(el2_is_kept_for_a_kernel_that_wants_it),
        TEST(the_firmwares_tree_is_copied),
        TEST(runtime_services_are_callable_while_all_of_them_is_mapped),
        TEST(a_boot_maps_what_is_in_the_map),
        TEST(without_the_attributes_nothing_is_callable),
        TEST(a_processor_without_small_pages_is_refused),
        TEST(memory_that_is_not_said_to_be_cached_is_refused),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
