/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux on AArch64 from file to device tree, over the fake firmware: what lies where, what Linux is
 * told, what is refused and given back, and the final map.
 */
#include "unit/fixture/arm_fixture.h"

#include "efi/pages.h"
#include "fake/images.h"
#include "fake/tpm.h"

#define CORTEX_A57_16K (CORTEX_A57 | 0x100000)
#define NO_4K          (CORTEX_A57 | 0xf0000000)
#define NO_64K         (CORTEX_A57 | 0x0f000000)

/* --- placement -----------------------------------------------------------------------------------
 */

/* The file as it is, zeros behind it, and all of it in memory that is Baton's to give. */
static void assert_kernel_in_place(uint64_t text_offset, uint64_t size)
{
    const uint8_t *code = (const uint8_t *)(uintptr_t)kernel_address();

    assert_int_equal(kernel_address() % TWO_MIB, text_offset);
    assert_memory_equal(code, kernel_file, FILE_SIZE);
    for (uint64_t i = FILE_SIZE; i < size; i++)
        assert_int_equal(code[i], 0);
    for (uint64_t page = 0; page < size; page += PAGE_SIZE)
        assert_int_equal(fake_memory_type(kernel_address() + page), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(kernel_address() + size - 1), MEMORY_LOADER_CODE);
    assert_true(plan.entry.code == kernel_address());
}

static void a_kernel_lies_at_a_multiple_of_2_mib(void **state)
{
    (void)state;
    make_image();
    lay_down();
    prepared();
    assert_kernel_in_place(0, IMAGE_SIZE);
    assert_int_equal(plan.entry.code_size, IMAGE_SIZE);
}

static void a_kernel_lies_as_far_behind_it_as_it_says(void **state)
{
    (void)state;
    make_image();
    store_u64(kernel_file + 8, 0x80000);
    lay_down();
    prepared();
    assert_kernel_in_place(0x80000, IMAGE_SIZE);
}

static void a_file_that_is_longer_than_its_image_has_room(void **state)
{
    (void)state;
    make_image();
    store_u64(kernel_file + 16, 0x2000);
    lay_down();
    prepared();
    assert_kernel_in_place(0, FILE_SIZE);
}

/* No limit at 4 GiB: there are boards without memory below it. */
static void a_kernel_lies_wherever_there_is_room(void **state)
{
    (void)state;
    make_image();
    lay_down();
    fake_memory_set(FAKE_LOW, FAKE_LOW_PAGES, MEMORY_RESERVED);
    prepared();
    assert_true(kernel_address() >= FAKE_HIGH);
    assert_kernel_in_place(0, IMAGE_SIZE);
}

static void a_kernel_without_room_is_refused(void **state)
{
    (void)state;
    make_image();
    lay_down();
    store_u64(boot.payload.head + 16, 0x7fff0000);
    assert_refused("\\kernel", "there is not enough free memory", FAKE_OUT_OF_RESOURCES);
    assert_int_equal(kernel->reads, 0);
}

/* Wherever the firmware has no memory left, that is said, and nothing is kept. */
static void every_allocation_may_fail(void **state)
{
    unsigned int failed = 0;

    (void)state;
    make_image();
    lay_down();
    open_module(0, 0x1001);
    for (;; failed++) {
        fake_fail_allocation(failed + 1, FAKE_OUT_OF_RESOURCES);
        if (protocol(boot_linux).prepare(&boot, &plan))
            break;
        assert_string_equal(explained(boot.failure.why).problem, "there is not enough free memory");
        lease_release_since(firmware, 1); /* the volume stays */
        assert_int_equal(fake_memory_held(), 0);
        assert_int_equal(volume_open(firmware, &root), 0);
        assert_int_equal(file_open(firmware, root, "\\kernel", &boot.payload.kernel.file), 0);
        assert_int_equal(file_open(firmware, root, "\\initrd0", &boot.payload.modules[0].file), 0);
    }
    fake_fail_allocation(0, 0);
    assert_true(failed >= 4); /* kernel, initrd, state, tree; pages to choose from */
}

/* --- what it needs of the processor --------------------------------------------------------------
 */

static void pages_that_the_processor_lacks_refuse_a_kernel(void **state)
{
    static const struct {
        uint64_t flags;
        uint64_t without;
        uint64_t with;
    } cases[] = {{2, NO_4K, NO_64K}, {4, CORTEX_A57, CORTEX_A57_16K}, {6, NO_64K, NO_4K}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_image();
        store_u64(kernel_file + 24, ANYWHERE | cases[i].flags);
        lay_down();
        fake_board.memory_model = cases[i].without;
        assert_refused("\\kernel", "pages of a size that this processor does not have", 0);
        assert_int_equal(kernel->reads, 0);
        fake_board.memory_model = cases[i].with;
        prepared();
        (void)end(state);
        (void)begin(state);
    }
}

static void a_kernel_that_does_not_say_its_pages_is_taken(void **state)
{
    (void)state;
    make_image();
    store_u64(kernel_file + 24, ANYWHERE);
    lay_down();
    fake_board.memory_model = UINT64_MAX;
    prepared();
}

static void a_kernel_is_known_by_its_header(void **state)
{
    struct explanation why;

    (void)state;
    make_image();
    assert_true(protocol(boot_linux).recognise(span_of(kernel_file, FILE_SIZE), FILE_SIZE, &why));
    assert_null(why.at);
    store_u64(kernel_file + 24, 1);
    assert_true(protocol(boot_linux).recognise(span_of(kernel_file, FILE_SIZE), FILE_SIZE, &why));
    assert_non_null(strstr(explained(why).problem, "big-endian"));
    memcpy(kernel_file + 56, "RSC\x05", 4);
    assert_false(protocol(boot_linux).recognise(span_of(kernel_file, FILE_SIZE), FILE_SIZE, &why));
    assert_string_equal(explained(why).problem, "no magic number at 0x38");
}

/* Of a kernel in a unified image nobody has looked at the header before. */
static void a_header_that_is_not_sound_refuses_a_kernel(void **state)
{
    (void)state;
    make_image();
    store_u64(kernel_file + 16, 0);
    lay_down();
    assert_refused("\\kernel", "too old", 0);
    assert_int_equal(kernel->reads, 0);
}

/* --- reading and judging -------------------------------------------------------------------------
 */

static void a_kernel_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    make_image();
    lay_down();
    kernel->fail_read = 1;
    kernel->fail_ever_after = true;
    assert_refused("\\kernel", "cannot be read", FAKE_DEVICE_ERROR);
}

static void a_kernel_that_changes_while_it_is_read_is_refused(void **state)
{
    (void)state;
    make_image();
    lay_down();
    kernel_file[100]++; /* after its head was read */
    assert_refused("\\kernel", "not the same as when it was opened", 0);
}

static void lay_down_judged(bool secure)
{
    lay_down();
    fake_allow("LoadImage");
    fake_allow("UnloadImage");
    tpm = tpm_find(firmware);
    boot.environment.secure_boot_enforced = secure;
}

static void the_bytes_that_are_judged_are_the_ones_that_run(void **state)
{
    uint64_t judged = 0;

    (void)state;
    make_image();
    lay_down_judged(true);
    prepared();
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "LoadImage") == 0)
            judged = fake_call_at(i)->a;
    assert_true(judged == kernel_address());
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_int_equal(fake_images.loaded, 0);
    assert_kernel_in_place(0, IMAGE_SIZE);
}

static void a_kernel_that_is_not_trusted_is_refused(void **state)
{
    (void)state;
    make_image();
    lay_down_judged(true);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_refused("\\kernel", "not signed", FAKE_SECURITY_VIOLATION);
}

static void a_kernel_that_came_in_a_judged_image_is_not_judged_again(void **state)
{
    (void)state;
    make_image();
    lay_down_judged(true);
    fake_deny("LoadImage");
    boot.payload.kernel.bytes = kernel_file;
    prepared();
    assert_kernel_in_place(0, IMAGE_SIZE);
    assert_int_equal(kernel->reads, 0);
}

static void where_nobody_judges_nobody_is_asked(void **state)
{
    (void)state;
    make_image();
    lay_down_judged(false);
    fake_deny("LoadImage");
    prepared();
}

/* Options before the initrd, as its own stub does. */
static void options_and_initrd_are_measured(void **state)
{
    (void)state;
    make_image();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down_judged(false);
    open_module(0, 0x1001);
    prepared();
    assert_int_equal(fake_measurement_count(), 3); /* the kernel is the firmware's to measure */
    assert_int_equal(fake_measurement_at(0)->index, 12);
    assert_int_equal(fake_measurement_at(1)->index, 9);
    assert_int_equal(fake_measurement_at(2)->index, 9);
    assert_int_equal(fake_measurement_at(2)->data_address, initrd_address());
    assert_int_equal(fake_measurement_at(2)->data_size, 0x1001);
}

/* --- initrds -------------------------------------------------------------------------------------
 */

static void no_initrd_is_no_initrd(void **state)
{
    (void)state;
    make_image();
    lay_down();
    prepared();
    assert_no_property("/chosen/linux,initrd-start");
    assert_no_property("/chosen/linux,initrd-end");
}

static void odd_initrds_follow_each_other(void **state)
{
    static const uint8_t zero[3];
    const uint8_t *initrd;

    (void)state;
    make_image();
    lay_down();
    open_module(0, 0x1001);
    open_module(1, 5);
    prepared();
    initrd = (const uint8_t *)(uintptr_t)initrd_address();
    assert_int_equal(initrd_size(), 0x1004 + 5);
    assert_memory_equal(initrd, module_files[0], 0x1001);
    assert_memory_equal(initrd + 0x1001, zero, 3);
    assert_memory_equal(initrd + 0x1004, module_files[1], 5);
    assert_int_equal(fake_memory_type(initrd_address() + 0x1008), MEMORY_LOADER_DATA);
}

/* booting.rst: both within 32 GiB from a multiple of 1 GiB. */
static void an_initrd_lies_near_a_kernel_that_lies_high(void **state)
{
    (void)state;
    make_image();
    lay_down();
    open_module(0, 0x2001);
    fake_memory_set(FAKE_LOW + 16 * PAGE_SIZE, FAKE_LOW_PAGES - 16, MEMORY_RESERVED);
    fake_behaviour.bottom_up = true;
    prepared();
    assert_true(kernel_address() >= FAKE_HIGH);
    assert_true(initrd_address() >= FAKE_HIGH);
    assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 0x2001);
}

static void an_initrd_without_room_near_the_kernel_is_refused(void **state)
{
    (void)state;
    make_image();
    lay_down();
    open_module(0, 0x2001);
    /* Low memory has room for the kernel alone; high memory for the initrd, and nobody would find
     * it there. */
    fake_memory_set(FAKE_LOW, FAKE_LOW_PAGES, MEMORY_RESERVED);
    fake_memory_set(FAKE_HIGH, FAKE_HIGH_PAGES, MEMORY_RESERVED);
    fake_memory_set(2 * TWO_MIB, pages_for(IMAGE_SIZE), MEMORY_CONVENTIONAL);
    fake_memory_set(FAKE_HIGH, 64, MEMORY_CONVENTIONAL);
    assert_refused("\\initrd0", "there is not enough free memory", FAKE_OUT_OF_RESOURCES);
}

/* An initrd of a unified image, in memory already: at `address`, of `size` bytes. */
static void initrd_in_memory(uint64_t address, uint64_t size)
{
    struct page_request wanted = {.type = MEMORY_LOADER_DATA,
                                  .count = pages_for(size),
                                  .minimum = address,
                                  .maximum = address + size + PAGE_SIZE,
                                  .exact = true};

    assert_int_equal(pages_allocate(firmware, &wanted, &address), 0);
    memset((void *)(uintptr_t)address, 0x77, size);
    boot.payload.modules[0] = (struct boot_file){
        .path = "\\uki", .size = size, .bytes = (const uint8_t *)(uintptr_t)address};
    boot.payload.module_count = 1;
}

static void an_initrd_in_memory_stays_where_the_kernel_finds_it(void **state)
{
    (void)state;
    make_image();
    lay_down();
    initrd_in_memory(FAKE_LOW + 0x10000, 0x2001);
    prepared();
    assert_int_equal(initrd_address(), FAKE_LOW + 0x10000);
    assert_int_equal(initrd_size(), 0x2001);
}

static void an_initrd_in_memory_that_is_too_far_off_is_copied(void **state)
{
    (void)state;
    make_image();
    for (int high = 0; high < 2; high++) {
        lay_down();
        initrd_in_memory((high != 0 ? FAKE_HIGH : FAKE_LOW) + 0x10000, 0x2001);
        if (high == 0)
            fake_memory_set(FAKE_LOW + 0x20000, FAKE_LOW_PAGES - 0x20, MEMORY_RESERVED);
        else
            fake_memory_set(FAKE_HIGH + 0x20000, FAKE_HIGH_PAGES - 0x20, MEMORY_RESERVED);
        prepared();
        assert_true((kernel_address() >= FAKE_HIGH) == (high == 0));
        assert_true((initrd_address() >= FAKE_HIGH) == (high == 0));
        assert_int_equal(initrd_size(), 0x2001);
        assert_int_equal(*(const uint8_t *)(uintptr_t)(initrd_address() + 0x2000), 0x77);
        (void)end(state);
        (void)begin(state);
    }
}

/* --- the device tree -----------------------------------------------------------------------------
 */

static void linux_is_told_what_it_needs_to_know(void **state)
{
    (void)state;
    make_image();
    lay_down();
    prepared();
    assert_int_equal(plan.entry.argument % 8, 0);
    assert_int_equal(fake_memory_type(plan.entry.argument), MEMORY_LOADER_DATA);
    assert_property("/chosen/bootargs", COMMAND_LINE, sizeof(COMMAND_LINE));
    assert_int_equal(number("/chosen/linux,uefi-system-table"), SYSTEM_TABLE);
    assert_int_equal(number("/chosen/linux,uefi-secure-boot"), 2);
    assert_no_property("/chosen/kaslr-seed");
    assert_no_property("/model");
}

static void the_firmwares_tree_is_kept(void **state)
{
    (void)state;
    make_image();
    lay_down();
    make_firmware_tree();
    prepared();
    assert_property("/model", "board", 6);
    assert_property("/chosen/stdout-path", "/pl011@9000000", 15);
    assert_property("/chosen/bootargs", COMMAND_LINE, sizeof(COMMAND_LINE));
    assert_property("/chosen/kaslr-seed", "12345678", 8);
    assert_true((uintptr_t)tree_source != plan.entry.argument);
}

static void a_seed_of_the_generator_goes_before_the_firmwares(void **state)
{
    static const uint8_t random[8] = "abcdefgh";

    (void)state;
    make_image();
    lay_down();
    make_firmware_tree();
    fake_rng(random, sizeof(random), FAKE_SUCCESS, FAKE_SUCCESS);
    prepared();
    assert_property("/chosen/kaslr-seed", random, 8);
}

static void a_tree_that_is_damaged_refuses_the_boot(void **state)
{
    (void)state;
    make_image();
    lay_down();
    make_firmware_tree();
    tree_source[20 + 3] = 2; /* its version */
    assert_refused("the firmware's device tree", "a version that Baton does not know", 0);
}

/* --- the far side --------------------------------------------------------------------------------
 */

static void the_final_map_is_handed_over(void **state)
{
    struct memory_map map;
    struct memory_descriptor *descriptors;
    uint32_t size;
    size_t count;
    size_t runtime = 0;

    (void)state;
    make_image();
    lay_down();
    fake_map_add(MEMORY_RUNTIME_SERVICES_DATA, 0x7fff0000, 4);
    prepared();
    plan.shortfalls = SHORTFALL_NO_RANDOM_SEED;
    map = fake_map();
    journal.outcome = EXIT_OUTCOME_LEFT;
    journal.attempt_count = 3;
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    assert_int_equal(number("/chosen/linux,uefi-mmap-start"), (uintptr_t)map.data);
    assert_int_equal(number("/chosen/linux,uefi-mmap-size"), map.size);
    assert_int_equal(number("/chosen/linux,uefi-mmap-desc-size"), map.descriptor_size);
    assert_int_equal(number("/chosen/linux,uefi-mmap-desc-ver"), map.descriptor_version);
    descriptors = (struct memory_descriptor *)(void *)map.data;
    count = memory_map_count(&map);
    for (size_t i = 0; i < count; i++) {
        descriptors = (struct memory_descriptor *)(void *)(map.data + i * map.descriptor_size);
        if ((descriptors->attribute & MEMORY_ATTRIBUTE_RUNTIME) == 0)
            continue;
        assert_true(descriptors->virtual_start == descriptors->physical_start);
        runtime++;
    }
    assert_true(runtime > 0);
    assert_non_null(strstr((const char *)property("/chosen/baton,exit-journal", &size),
                           "left boot services; 3 attempts"));
    assert_int_equal(size, 8192);
    assert_non_null(strstr((const char *)property("/chosen/baton,exit-journal", &size), "random"));
}

/* The dry run writes, too; what the last one has to say goes over it. */
static void the_last_map_is_the_one_that_counts(void **state)
{
    struct memory_map map;

    (void)state;
    make_image();
    lay_down();
    prepared();
    map = fake_map();
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    fake_map_grow(3);
    map = fake_map();
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    assert_int_equal(number("/chosen/linux,uefi-mmap-size"), map.size);
}

static void a_map_that_no_machine_can_boot_from_is_refused(void **state)
{
    struct memory_map map;

    (void)state;
    make_image();
    lay_down();
    prepared();
    map = fake_map();
    map.size = 0;
    assert_false(protocol(boot_linux).finish(&plan, &map, &journal));
}

/* A long journal ends in its place, and what the boot went without stands behind it. */
static void a_journal_that_is_too_long_leaves_room_for_the_rest(void **state)
{
    uint32_t size;
    const char *text;
    struct memory_map map;

    (void)state;
    make_image();
    lay_down();
    prepared();
    plan.shortfalls = UINT32_MAX;
    journal.outcome = EXIT_OUTCOME_LEFT;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS;
    for (unsigned int i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++) {
        journal.attempts[i] = (struct exit_attempt){.ticks = UINT64_MAX / 2,
                                                    .exit_called = true,
                                                    .exit_status = FAKE_INVALID_PARAMETER,
                                                    .key = UINT64_MAX,
                                                    .map_size = UINT64_MAX,
                                                    .change_count = EXIT_JOURNAL_CHANGES};
        for (unsigned int j = 0; j < EXIT_JOURNAL_CHANGES; j++)
            journal.attempts[i].changes[j] =
                (struct exit_change){.end = UINT64_MAX, .new_type = 77};
    }
    map = fake_map();
    assert_true(protocol(boot_linux).finish(&plan, &map, &journal));
    text = (const char *)property("/chosen/baton,exit-journal", &size);
    assert_true(strlen(text) < size);
    assert_true(strlen(text) > 7000);
    assert_non_null(strstr(text + 7000, "random"));
}

/* --- tables --------------------------------------------------------------------------------------
 */

static void a_table_for_what_stays_reserved_is_installed(void **state)
{
    static const uint8_t empty[16];
    static const uint8_t random[32] = {1};

    (void)state;
    make_image();
    lay_down();
    fake_allow("InstallConfigurationTable");
    fake_rng(random, sizeof(random), FAKE_SUCCESS, FAKE_SUCCESS);
    boot.environment.framebuffer = (struct framebuffer){
        .address = 0x380000000000, .width = 1024, .height = 768, .pitch = 4096};
    prepared();
    protocol(boot_linux).commit(&boot);
    assert_int_equal(*(const uint8_t *)(uintptr_t)(fake_table_at(FAKE_TABLE_SCREEN_INFO) + 15),
                     0x70);
    assert_memory_equal((const void *)(uintptr_t)fake_table_at(FAKE_TABLE_MEMRESERVE), empty, 16);
    assert_int_equal(fake_memory_type(fake_table_at(FAKE_TABLE_MEMRESERVE)), MEMORY_ACPI_RECLAIM);
    assert_int_not_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0); /* as on every machine */
    lease_release_since(firmware, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_lies_at_a_multiple_of_2_mib),
        TEST(a_kernel_lies_as_far_behind_it_as_it_says),
        TEST(a_file_that_is_longer_than_its_image_has_room),
        TEST(a_kernel_lies_wherever_there_is_room),
        TEST(a_kernel_without_room_is_refused),
        TEST(every_allocation_may_fail),
        TEST(pages_that_the_processor_lacks_refuse_a_kernel),
        TEST(a_kernel_that_does_not_say_its_pages_is_taken),
        TEST(a_kernel_is_known_by_its_header),
        TEST(a_header_that_is_not_sound_refuses_a_kernel),
        TEST(a_kernel_that_cannot_be_read_is_refused),
        TEST(a_kernel_that_changes_while_it_is_read_is_refused),
        TEST(the_bytes_that_are_judged_are_the_ones_that_run),
        TEST(a_kernel_that_is_not_trusted_is_refused),
        TEST(a_kernel_that_came_in_a_judged_image_is_not_judged_again),
        TEST(where_nobody_judges_nobody_is_asked),
        TEST(options_and_initrd_are_measured),
        TEST(no_initrd_is_no_initrd),
        TEST(odd_initrds_follow_each_other),
        TEST(an_initrd_lies_near_a_kernel_that_lies_high),
        TEST(an_initrd_without_room_near_the_kernel_is_refused),
        TEST(an_initrd_in_memory_stays_where_the_kernel_finds_it),
        TEST(an_initrd_in_memory_that_is_too_far_off_is_copied),
        TEST(linux_is_told_what_it_needs_to_know),
        TEST(the_firmwares_tree_is_kept),
        TEST(a_seed_of_the_generator_goes_before_the_firmwares),
        TEST(a_tree_that_is_damaged_refuses_the_boot),
        TEST(the_final_map_is_handed_over),
        TEST(the_last_map_is_the_one_that_counts),
        TEST(a_map_that_no_machine_can_boot_from_is_refused),
        TEST(a_journal_that_is_too_long_leaves_room_for_the_rest),
        TEST(a_table_for_what_stays_reserved_is_installed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
