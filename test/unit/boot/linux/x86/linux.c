/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux protocol from file to zero page, over the fake firmware: what lies where, what Linux is
 * told, what is refused and given back. The maps are in boot_linux_maps.c.
 */
#include "boot/flat_space.h"
#include "boot/linux/x86/linux_loading.h"
#include "unit/fixture/linux_fixture.h"

/* --- placement -----------------------------------------------------------------------------------
 */

static void a_kernel_lies_where_it_prefers(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    prepared();
    assert_kernel_at(PREFERRED);
    assert_int_equal(field(0x230, 4), TWO_MIB);
    assert_int_equal(field(0x214, 4), PREFERRED);
}

static void a_kernel_whose_place_is_taken_lies_higher_and_aligned(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    fake_memory_set(PREFERRED + 0x2fff000, 1, MEMORY_BOOT_SERVICES_DATA); /* out of the way */
    fake_memory_set(PREFERRED + INIT_SIZE - PAGE_SIZE, 1, MEMORY_BOOT_SERVICES_DATA);
    prepared();
    assert_kernel_at(PREFERRED + 2 * TWO_MIB);
    assert_int_equal(field(0x214, 4), PREFERRED + 2 * TWO_MIB);
}

static void a_kernel_without_room_for_its_alignment_is_told_of_a_smaller_one(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    /* Wherever an aligned kernel would begin there is somebody else; 3 MiB fit between none. */
    store_u32(boot.payload.head + 0x260, 0x180000);
    for (uint64_t at = PREFERRED; at < LOW_END; at += TWO_MIB)
        fake_memory_set(at, 1, MEMORY_BOOT_SERVICES_DATA);
    prepared();
    assert_true(kernel_address() == PREFERRED + PAGE_SIZE);
    assert_int_equal(field(0x230, 4), PAGE_SIZE);
}

static void a_kernel_without_room_below_4_gib_lies_above(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    take_all_above_preferred();
    prepared();
    assert_true(kernel_address() >= FAKE_HIGH);
    assert_int_equal(kernel_address() % TWO_MIB, 0);
    assert_kernel_at(kernel_address());
    assert_true(plan.entry.argument < 1ULL << 32);
}

static void a_kernel_that_can_not_be_above_4_gib_is_refused(void **state)
{
    (void)state;
    make_kernel();
    store_u16(kernel_file + 0x236, 1);
    lay_down();
    take_all_above_preferred();
    assert_refused("\\kernel", "there is not enough free memory", FAKE_OUT_OF_RESOURCES);
}

static void a_fixed_kernel_lies_at_its_address(void **state)
{
    (void)state;
    make_fixed_kernel();
    lay_down();
    prepared();
    assert_kernel_at(PREFERRED);
}

static void a_fixed_kernel_whose_address_is_taken_is_refused(void **state)
{
    (void)state;
    make_fixed_kernel();
    lay_down();
    fake_memory_set(PREFERRED + INIT_SIZE - PAGE_SIZE, 1, MEMORY_RUNTIME_SERVICES_DATA);
    assert_refused("\\kernel", "the only address this kernel can run at is taken", FAKE_NOT_FOUND);
    assert_int_equal(kernel->reads, 0);
}

static void everything_goes_above_4_gib_when_asked_to(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 77);
    entry.place_high = true;
    prepared();
    assert_kernel_at(kernel_address());
    assert_true(kernel_address() >= FAKE_HIGH);
    assert_true(initrd_address() >= FAKE_HIGH);
    assert_int_equal(initrd_size(), 77);
    assert_int_equal(*(const uint8_t *)(uintptr_t)(initrd_address() + 76), 1);
}

/* --- initrds -------------------------------------------------------------------------------------
 */

static void a_kernel_whose_end_is_missing_is_refused(void **state)
{
    (void)state;
    make_kernel();
    store_u32(kernel_file + 0x248, 0x300);
    store_u32(kernel_file + 0x24c, 0x1000);
    store_u32(kernel_file + SETUP_SIZE + 0x12fc, INIT_SIZE);
    lay_down();
    prepared();
    lease_release_since(firmware, 0);
    (void)end(state);
    (void)begin(state);
    memset(kernel_file + SETUP_SIZE + 0x1000, 0, CODE_SIZE - 0x1000);
    lay_down();
    assert_refused("\\kernel", "the end of the compressed kernel in it is missing", 0);
}

/* --- what the processor was left with ------------------------------------------------------------
 */

static void with_five_levels_a_kernel_that_knows_four_is_refused(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    fake_cr4_set(0x1668);
    assert_refused("\\kernel", "the firmware runs with five levels of page tables", 0);
    assert_int_equal(kernel->reads, 0);
    store_u16(boot.payload.head + 0x236, 0x21);
    prepared();
}

static void no_initrd_is_no_initrd(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    prepared();
    assert_int_equal(initrd_address(), 0);
    assert_int_equal(initrd_size(), 0);
}

static void one_initrd_lies_as_high_as_the_kernel_takes_it(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 0x2001);
    prepared();
    assert_int_equal(initrd_size(), 0x2001);
    assert_int_equal(initrd_address(), INITRD_LAST + 1 - 0x3000);
    assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 0x2001);
}

static void an_initrd_without_room_below_the_limit_lies_above_4_gib(void **state)
{
    (void)state;
    make_kernel();
    store_u32(kernel_file + 0x22c, PREFERRED - 1);
    lay_down();
    open_module(0, 0x2001);
    fake_memory_set(FAKE_LOW, (PREFERRED - FAKE_LOW) / PAGE_SIZE, MEMORY_RESERVED);
    prepared();
    assert_true(initrd_address() > PREFERRED);
    assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 0x2001);
}

static void an_initrd_that_must_lie_below_the_limit_is_refused(void **state)
{
    (void)state;
    make_fixed_kernel();
    store_u32(kernel_file + 0x22c, PREFERRED - 1);
    lay_down();
    open_module(0, 0x2001);
    fake_memory_set(FAKE_LOW, (PREFERRED - FAKE_LOW) / PAGE_SIZE, MEMORY_RESERVED);
    assert_refused("\\initrd0", "there is not enough free memory", FAKE_OUT_OF_RESOURCES);
}

/* Each begins at a multiple of 4, with zeros between; an empty one leaves no trace. */
static void three_odd_initrds_follow_each_other(void **state)
{
    static const uint8_t zero[3];
    const uint8_t *initrd;

    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 0x1001);
    open_module(1, 0);
    open_module(2, 0x0ffe);
    open_module(3, 5);
    prepared();
    initrd = (const uint8_t *)(uintptr_t)initrd_address();
    assert_int_equal(initrd_size(), 0x1004 + 0x1000 + 5);
    assert_memory_equal(initrd, module_files[0], 0x1001);
    assert_memory_equal(initrd + 0x1001, zero, 3);
    assert_memory_equal(initrd + 0x1004, module_files[2], 0x0ffe);
    assert_memory_equal(initrd + 0x2002, zero, 2);
    assert_memory_equal(initrd + 0x2004, module_files[3], 5);
}

static void empty_initrds_are_no_initrd(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 0);
    open_module(1, 0);
    prepared();
    assert_int_equal(initrd_address(), 0);
    assert_int_equal(initrd_size(), 0);
}

/* --- the zero page -------------------------------------------------------------------------------
 */

static void the_zero_page_says_what_linux_needs_to_know(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    boot.environment.framebuffer = (struct framebuffer){.address = 0x380000000000,
                                                        .width = 1024,
                                                        .height = 768,
                                                        .pitch = 4096,
                                                        .bits_per_pixel = 32};
    boot.environment.edid[127] = 0x77;
    prepared();
    (void)finished();
    assert_int_equal(field(0x1ef, 1), 0); /* sentinel */
    assert_int_equal(field(0x202, 4), 0x53726448);
    assert_int_equal(field(0x206, 2), 0x20f);
    assert_int_equal(field(0x210, 1), 0xff);
    assert_int_equal(field(0x070, 8), 0x5678);
    assert_int_equal(field(0x1ec, 1), 2);
    assert_memory_equal(zero_page() + 0x1c0, "EL64", 4);
    assert_int_equal(split(0x1c4, 0x1d8), SYSTEM_TABLE);
    assert_int_equal(field(0x00f, 1), 0x70);
    assert_int_equal(field(0x012, 2), 1024);
    assert_int_equal(split(0x018, 0x03a), 0x380000000000);
    assert_int_equal(field(0x140 + 127, 1), 0x77);
    assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), COMMAND_LINE);
}

static void the_machine_is_set_up_for_the_64_bit_entry(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    prepared();
    assert_int_equal(plan.entry.entry, PREFERRED + 0x200);
    assert_int_equal(plan.entry.argument % PAGE_SIZE, 0);
    assert_int_equal(fake_memory_type(plan.entry.argument), MEMORY_LOADER_DATA);
    assert_int_equal(plan.entry.stack % 16, 0);
    assert_int_equal(fake_memory_type(plan.entry.stack - 8), MEMORY_LOADER_DATA);
    assert_int_equal(plan.entry.address_space % PAGE_SIZE, 0);
    assert_int_equal(fake_memory_type(plan.entry.address_space), MEMORY_LOADER_DATA);
    /* The stack is nobody else's: not the zero page below it, not the command line above it. */
    assert_int_equal(plan.entry.stack - plan.entry.argument, 2 * PAGE_SIZE);
    assert_int_equal(split(0x228, 0x0c8), plan.entry.stack);
}

static void a_command_line_may_be_as_long_as_the_kernel_says_and_no_longer(void **state)
{
    static char line[COMMAND_LINE_MAX + 2];

    (void)state;
    make_kernel();
    memset(line, 'w', COMMAND_LINE_MAX);
    line[COMMAND_LINE_MAX] = '\0';
    lay_down();
    boot.payload.command_line = line;
    prepared();
    assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), line);
    (void)end(state);
    (void)begin(state);
    line[COMMAND_LINE_MAX] = 'w';
    lay_down();
    boot.payload.command_line = line;
    assert_refused("\\kernel", "the command line is longer than this kernel takes", 0);
}

/* The tables' pages end right behind the NUL: the sanitizer sees a byte too many. */
static void a_command_line_of_any_length_fits_its_pages(void **state)
{
    static char line[2 * PAGE_SIZE + 2];

    make_kernel();
    store_u32(kernel_file + 0x238, sizeof(line));
    memset(line, 'w', sizeof(line) - 1);
    for (size_t length = 2 * PAGE_SIZE - 2; length < sizeof(line); length++) {
        line[length] = '\0';
        (void)begin(state);
        lay_down();
        boot.payload.command_line = line;
        prepared();
        assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), line);
        (void)end(state);
        line[length] = 'w';
    }
    (void)begin(state);
}

/* --- what can go wrong ---------------------------------------------------------------------------
 */

static void a_kernel_that_can_not_be_read_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    kernel->fail_read = 1;
    kernel->fail_ever_after = true;
    assert_refused("\\kernel", "it cannot be read", FAKE_DEVICE_ERROR);
    assert_string_equal(boot.failure.doing, "reading");
}

static void a_kernel_that_has_become_shorter_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    kernel->size = SETUP_SIZE + CODE_SIZE - 1;
    assert_refused("\\kernel", "it cannot be read", FAKE_END_OF_FILE);
}

static void an_unsound_header_is_explained(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    store_u32(boot.payload.head + 0x260, 0);
    assert_refused("\\kernel", "init_size is 0", 0);
}

static void the_initrd_that_can_not_be_read_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    open_module(1, 101);
    open_module(2, 102);
    module_fakes[1]->fail_read = 1;
    module_fakes[1]->fail_ever_after = true;
    assert_refused("\\initrd1", "it cannot be read", FAKE_DEVICE_ERROR);
}

static void an_initrd_that_has_become_shorter_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    open_module(1, 101);
    module_fakes[1]->size = 100;
    assert_refused("\\initrd1", "it cannot be read", FAKE_END_OF_FILE);
}

static void an_initrd_that_has_grown_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    open_module(1, 101);
    module_fakes[0]->size = 101;
    assert_refused("\\initrd0", "there is more in the file than its size says",
                   FAKE_VOLUME_CORRUPTED);
}

static void an_error_at_the_end_of_an_initrd_is_its_end(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    module_fakes[0]->strict_end = true;
    assert_true(protocol(boot_linux).prepare(&boot, &plan));
}

static void a_read_that_fails_once_is_survived(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 0x2001);
    kernel->fail_read = 1;
    module_fakes[0]->fail_above = 0x1000;
    prepared();
    assert_kernel_at(PREFERRED);
    assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 0x2001);
}

static void initrds_larger_than_addresses_are_refused(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 1);
    open_module(1, 1);
    boot.payload.modules[0].size = INT64_MAX;
    boot.payload.modules[1].size = INT64_MAX;
    assert_refused("\\initrd0", "there is not enough free memory", 0);
    open_module(2, 1);
    boot.payload.modules[2].size = INT64_MAX;
    assert_refused("\\initrd0", "there is not enough free memory", 0);
}

static void no_room_for_another_lease_is_said(void **state)
{
    (void)state;
    make_fixed_kernel();
    for (unsigned int room = 0; room < 5; room++) {
        unsigned int opened;

        (void)begin(state);
        lay_down();
        open_module(0, 100);
        opened = firmware->leases.count;
        firmware->leases.count = LEASES_MAX - room; /* held by nobody; never released here */
        assert_false(protocol(boot_linux).prepare(&boot, &plan));
        assert_non_null(boot.failure.why.at);
        assert_true(boot.failure.status == FAKE_OUT_OF_RESOURCES);
        lease_release_since(firmware, LEASES_MAX - room);
        assert_int_equal(fake_memory_held(), 0);
        firmware->leases.count = opened;
        (void)end(state);
    }
    (void)begin(state);
}

/* The kernel's address is free, and no other piece of memory is as large. */
static void leave_one_place(void)
{
    fake_memory_set(FAKE_LOW, (PREFERRED - FAKE_LOW) / PAGE_SIZE, MEMORY_RESERVED);
    fake_memory_set(PREFERRED + INIT_SIZE, (LOW_END - PREFERRED - INIT_SIZE) / PAGE_SIZE,
                    MEMORY_RESERVED);
    fake_memory_set(INITRD_LAST + 1 - TWO_MIB, TWO_MIB / PAGE_SIZE, MEMORY_CONVENTIONAL);
}

/*
 * A kernel for which there is one place of each kind has no way around any refusal: each is
 * reported, in the order in which things are placed, and everything is given back.
 */
static void every_allocation_may_fail(void **state)
{
    static const char *const problems[] = {"the only address", "not enough", "not enough"};
    static const char *const paths[] = {"\\kernel", "\\initrd0", "\\kernel"};
    unsigned int seen[3] = {0};
    size_t needed;
    size_t stage = 0;

    make_fixed_kernel();
    lay_down();
    leave_one_place();
    open_module(0, 101);
    prepared();
    needed = fake_calls_of("AllocatePages");
    for (unsigned int failing = 1; failing <= needed; failing++) {
        unsigned int mark;

        (void)end(state);
        (void)begin(state);
        lay_down();
        leave_one_place();
        open_module(0, 101);
        mark = firmware->leases.count;
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        assert_false(protocol(boot_linux).prepare(&boot, &plan));
        assert_true(boot.failure.status == FAKE_OUT_OF_RESOURCES);
        while (stage < 3 && (strstr(explained(boot.failure.why).problem, problems[stage]) == NULL ||
                             strcmp(boot.failure.file, paths[stage]) != 0))
            stage++;
        if (stage == 3)
            fail_msg("allocation %u: \"%s\"", failing, explained(boot.failure.why).problem);
        seen[stage]++;
        lease_release_since(firmware, mark);
        assert_int_equal(fake_memory_held(), 0);
    }
    assert_int_equal(seen[0], 1);
    assert_int_equal(seen[1], 1);
    assert_int_equal(seen[2], 3); /* zero page, memory map, page tables */
}

/* A kernel with a choice of places boots or is refused, but never half, and loses nothing. */
static void every_allocation_may_fail_with_a_choice_of_places(void **state)
{
    unsigned int boots = 0;

    make_kernel();
    for (unsigned int failing = 1; failing < 20; failing++) {
        unsigned int mark;

        (void)begin(state);
        lay_down();
        open_module(0, 101);
        mark = firmware->leases.count;
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        if (protocol(boot_linux).prepare(&boot, &plan)) {
            boots++;
            assert_memory_equal((const void *)(uintptr_t)kernel_address(), kernel_file + SETUP_SIZE,
                                CODE_SIZE);
            assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 101);
        } else {
            assert_non_null(boot.failure.why.at);
        }
        fake_fail_allocation(0, 0);
        lease_release_since(firmware, mark);
        assert_int_equal(fake_memory_held(), 0);
        (void)end(state);
    }
    assert_true(boots > 3);
    (void)begin(state);
}

static void recognising_says_what_is_wrong_with_a_kernel(void **state)
{
    struct explanation why;

    (void)state;
    make_kernel();
    assert_true(
        protocol(boot_linux).recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_null(why.at);
    assert_true(
        protocol(boot_linux)
            .recognise(span_of(kernel_file, BOOT_HEAD_SIZE), SETUP_SIZE + CODE_SIZE - 16, &why));
    assert_non_null(strstr(explained(why).problem, "shorter than the kernel"));
    kernel_file[0x202] = 'h';
    assert_false(
        protocol(boot_linux).recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_string_equal(explained(why).problem, "no HdrS at 0x202");
    assert_false(protocol(boot_linux).recognise(span_of(NULL, 0), 0, &why));
}

/* Each piece in turn is the highest; Baton's own code and stack count as well. */
static void page_tables_reach_everything(void **state)
{
    struct linux_loading loading;

    (void)state;
    for (unsigned int highest = 0; highest < 6; highest++) {
        uint64_t at[6] = {1ULL << 32, 1ULL << 32, 1ULL << 32, 1ULL << 32, 1ULL << 32, 1ULL << 32};
        uint64_t end;

        at[highest] = 5ULL << 32;
        loading = (struct linux_loading){.image = {.init_size = 0x3000},
                                         .kernel = {.address = at[0]},
                                         .initrd = {.address = at[1], .size = 0x3000},
                                         .zero_area = {.address = at[2], .size = 0x3000},
                                         .inherited_end = at[3] + 0x3000};
        end = flat_space_end(linux_mapped_end(&loading), at[4], at[5]);
        assert_in_range(end, at[highest] + 1, at[highest] + 0x200000);
        assert_true(highest >= 4 || end == at[highest] + 0x3000);
    }
}

static const uint8_t rom[600] = {0x55, 0xaa};

/* It is no reason not to boot; the kernel is told. */
static void option_roms_without_memory_are_told_of(void **state)
{
    bool told = false;

    for (unsigned int n = 1; n < 20 && !told; n++) {
        const struct fake_pci device = {.rom = rom, .rom_size = sizeof(rom), .vendor = 1};

        make_kernel();
        lay_down();
        fake_pci(&device);
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        if (protocol(boot_linux).prepare(&boot, &plan))
            told = boot.shortfalls == SHORTFALL_NO_OPTION_ROMS;
        (void)end(state);
        (void)begin(state);
    }
    assert_true(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_lies_where_it_prefers),
        TEST(a_kernel_whose_place_is_taken_lies_higher_and_aligned),
        TEST(a_kernel_without_room_for_its_alignment_is_told_of_a_smaller_one),
        TEST(a_kernel_without_room_below_4_gib_lies_above),
        TEST(a_kernel_that_can_not_be_above_4_gib_is_refused),
        TEST(a_fixed_kernel_lies_at_its_address),
        TEST(a_fixed_kernel_whose_address_is_taken_is_refused),
        TEST(everything_goes_above_4_gib_when_asked_to),
        TEST(a_kernel_whose_end_is_missing_is_refused),
        TEST(with_five_levels_a_kernel_that_knows_four_is_refused),
        TEST(no_initrd_is_no_initrd),
        TEST(one_initrd_lies_as_high_as_the_kernel_takes_it),
        TEST(an_initrd_without_room_below_the_limit_lies_above_4_gib),
        TEST(an_initrd_that_must_lie_below_the_limit_is_refused),
        TEST(three_odd_initrds_follow_each_other),
        TEST(empty_initrds_are_no_initrd),
        TEST(the_zero_page_says_what_linux_needs_to_know),
        TEST(the_machine_is_set_up_for_the_64_bit_entry),
        TEST(a_command_line_may_be_as_long_as_the_kernel_says_and_no_longer),
        TEST(a_command_line_of_any_length_fits_its_pages),
        TEST(a_kernel_that_can_not_be_read_is_named),
        TEST(a_kernel_that_has_become_shorter_is_named),
        TEST(an_unsound_header_is_explained),
        TEST(the_initrd_that_can_not_be_read_is_named),
        TEST(an_initrd_that_has_become_shorter_is_named),
        TEST(an_initrd_that_has_grown_is_named),
        TEST(an_error_at_the_end_of_an_initrd_is_its_end),
        TEST(a_read_that_fails_once_is_survived),
        TEST(initrds_larger_than_addresses_are_refused),
        TEST(no_room_for_another_lease_is_said),
        TEST(page_tables_reach_everything),
        TEST(option_roms_without_memory_are_told_of),
        TEST(every_allocation_may_fail),
        TEST(every_allocation_may_fail_with_a_choice_of_places),
        TEST(recognising_says_what_is_wrong_with_a_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
