/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native protocol from file to hand-off, over the fake firmware: what lies where, what is zero,
 * what is released, what is refused. The promises themselves are checked by test/kernel from
 * inside.
 */
#include "fake/tpm.h"
#include "unit/fixture/native_fixture.h"
#include "unit/fixture/walk.h"

static void a_fixed_kernel_lies_at_its_address(void **state)
{
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, FIXED);
    lay_down(0);
    given = prepared();
    assert_image((const uint8_t *)FIXED, false);
    assert_int_equal(given->kernel_virtual, FIXED);
    assert_int_equal(given->kernel_physical, FIXED);
    assert_int_equal(given->kernel_size, 0x5000);
    assert_int_equal(given->kernel_slide, 0);
    assert_int_equal(plan.entry.entry, FIXED + 0x20);
}

static void an_upper_half_kernel_lies_anywhere(void **state)
{
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    given = prepared();
    assert_image((const uint8_t *)(uintptr_t)given->kernel_physical, false);
    assert_int_equal(given->kernel_virtual, UPPER);
    assert_true(given->kernel_physical < 1ULL << 32);
    assert_int_equal(plan.entry.entry, UPPER + 0x20);
}

static void a_position_independent_kernel_is_relocated(void **state)
{
    const struct baton_handoff *given;
    uint64_t pointer;

    (void)state;
    make_kernel(3, 0);
    lay_down(0);
    given = prepared();
    assert_image((const uint8_t *)(uintptr_t)given->kernel_physical, true);
    memcpy(&pointer, (const uint8_t *)(uintptr_t)given->kernel_physical + 0x30f8, 8);
    assert_int_equal(pointer, given->kernel_physical + 0x42);
    assert_int_equal(given->kernel_slide, given->kernel_physical);
    assert_int_equal(given->kernel_virtual, given->kernel_physical);
    assert_int_equal(plan.entry.entry, given->kernel_physical + 0x20);
}

static void headers_and_note_may_lie_behind_the_head(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    memcpy(kernel_file + 0x4e00, kernel_file + 64, 5 * 56);
    memset(kernel_file + 64, 0, 5 * 56);
    store(32, 8, 0x4e00);
    lay_down(0);
    assert_image((const uint8_t *)(uintptr_t)prepared()->kernel_physical, false);
}

static void the_handoff_says_what_was_asked_and_found(void **state)
{
    static uint8_t random[32];
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    memset(random, 9, sizeof(random));
    fake_rng(random, sizeof(random), 0, 0);
    fake_allow("GetRNG");
    boot.environment.ticks_start = 4;
    given = prepared();
    assert_int_equal(given->magic, BATON_HANDOFF_MAGIC);
    assert_int_equal(given->header_size, sizeof(*given));
    assert_string_equal((const char *)(uintptr_t)given->command_line.address, COMMAND_LINE);
    assert_int_equal(given->command_line.size, strlen(COMMAND_LINE));
    assert_string_equal((const char *)(uintptr_t)given->kernel_path.address, "\\kernel");
    assert_int_equal(given->stack.size, 0x9000);
    assert_int_equal(plan.entry.stack, given->stack.address + 0x9000);
    assert_int_equal(plan.entry.address_space, given->page_tables);
    assert_int_equal(given->efi_system_table, SYSTEM_TABLE);
    assert_int_equal(given->acpi_rsdp, 0x5678);
    assert_int_equal(given->secure_boot, 2);
    assert_int_equal(given->tsc_start, 4);
    assert_int_equal(given->random_seed_size, 32);
    assert_int_equal(given->random_seed[31], 9);
    assert_int_equal(given->framebuffers.count, 0);
    assert_int_equal(given->framebuffers.address, 0);
    assert_int_equal(given->flags, 0); /* no memory attributes table */
}

static void the_framebuffer_is_described(void **state)
{
    const struct baton_framebuffer *framebuffer;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    boot.environment.framebuffer = (struct framebuffer){.address = 0x380000000000,
                                                        .size = 0x300000,
                                                        .width = 1024,
                                                        .height = 768,
                                                        .pitch = 4096,
                                                        .bits_per_pixel = 32,
                                                        .red = {8, 16},
                                                        .green = {8, 8},
                                                        .blue = {8, 0},
                                                        .reserved = {8, 24}};
    memset(boot.environment.edid, 0xff, sizeof(boot.environment.edid));
    assert_int_equal(prepared()->framebuffers.count, 1);
    framebuffer = (const struct baton_framebuffer *)(uintptr_t)handoff()->framebuffers.address;
    assert_int_equal(framebuffer->address, 0x380000000000);
    assert_int_equal(framebuffer->pitch, 4096);
    assert_int_equal(framebuffer->red.position, 16);
    assert_int_equal(framebuffer->unused.position, 24);
    assert_int_equal(framebuffer->edid.size, 128);
    assert_memory_equal((const void *)(uintptr_t)framebuffer->edid.address, boot.environment.edid,
                        128);
}

static void a_framebuffer_that_can_not_be_mapped_is_left_out(void **state)
{
    static const uint64_t addresses[] = {1ULL << 47, UINT64_MAX - 0xfff, (1ULL << 47) - 0x1000};

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    for (size_t i = 0; i < 3; i++) {
        boot.environment.framebuffer =
            (struct framebuffer){.address = addresses[i], .size = 0x300000};
        assert_int_equal(prepared()->framebuffers.count, 0);
    }
}

static void modules_lie_alone_on_their_pages(void **state)
{
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(BOOT_MODULES_MAX);
    given = prepared();
    assert_int_equal(given->modules.count, BOOT_MODULES_MAX);
    for (unsigned int i = 0; i < BOOT_MODULES_MAX; i++) {
        const struct baton_module *module =
            (const struct baton_module *)(uintptr_t)(given->modules.address +
                                                     (uint64_t)i * given->modules.stride);
        const uint8_t *bytes = (const uint8_t *)(uintptr_t)module->address;
        uint64_t whole = pages_for(module->size == 0 ? 1 : module->size) * PAGE_SIZE;

        assert_int_equal(module->address % PAGE_SIZE, 0);
        assert_int_equal(module->size, i * 71);
        assert_memory_equal(bytes, module_files[i], module->size);
        assert_true(is_zero(bytes + module->size, whole - module->size));
        assert_string_equal((const char *)(uintptr_t)module->name.address, module_paths[i]);
    }
}

static void a_long_command_line_and_many_modules_fit_exactly(void **state)
{
    static char line[9000];
    const struct baton_handoff *given;

    (void)state;
    memset(line, 'w', sizeof(line) - 1);
    make_kernel(2, UPPER);
    for (unsigned int length = 8990; length < sizeof(line); length++) {
        line[length] = '\0';
        begin(state);
        lay_down(3);
        boot.payload.command_line = line; /* ASan sees a byte behind the hand-off's pages */
        given = prepared();
        assert_int_equal(given->command_line.size, length);
        finished();
        line[length] = 'w';
        if (length + 1 < sizeof(line))
            end(state);
    }
}

static void modules_with_long_names_fit(void **state)
{
    static char names[4][2000];
    const struct baton_module *modules;
    const struct baton_handoff *given;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(4);
    for (unsigned int i = 0; i < 4; i++) {
        memset(names[i], (int)('a' + i), sizeof(names[i]) - 1);
        boot.payload.modules[i].path = names[i];
    }
    given = prepared();
    modules = (const struct baton_module *)(uintptr_t)given->modules.address;
    for (unsigned int i = 0; i < 4; i++)
        assert_string_equal((const char *)(uintptr_t)modules[i].name.address, names[i]);
}

/* Whatever its length: no piece of the hand-off lies on another. */
static void a_string_keeps_its_end(void **state)
{
    static const char words[] = "0123456789abcdef";

    (void)state;
    make_kernel(2, UPPER);
    for (size_t length = 1; length < sizeof(words); length++) {
        lay_down(0);
        boot.payload.command_line = words + sizeof(words) - 1 - length;
        assert_string_equal((const char *)(uintptr_t)prepared()->command_line.address,
                            boot.payload.command_line);
        assert_string_equal((const char *)(uintptr_t)handoff()->kernel_path.address, "\\kernel");
        (void)end(state);
        (void)begin(state);
    }
}

static void nothing_is_made_up_where_there_is_nothing(void **state)
{
    const struct baton_framebuffer *framebuffer;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    boot.environment.framebuffer =
        (struct framebuffer){.address = 0x380000000000, .size = 0x300000, .width = 1};
    assert_int_equal(prepared()->random_seed_size, 0); /* no generator */
    framebuffer = (const struct baton_framebuffer *)(uintptr_t)handoff()->framebuffers.address;
    assert_int_equal(framebuffer->edid.size, 0);
    assert_int_equal(framebuffer->edid.address, 0);
}

/* What grows out of its stack faults at once. */
static void the_page_below_the_stack_is_not_mapped(void **state)
{
    const uint8_t *tables;
    uint64_t stack;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    stack = prepared()->stack.address;
    tables = (const uint8_t *)(uintptr_t)handoff()->page_tables;
    assert_true(walk_at(tables, (uintptr_t)tables, 1000, 4, stack).present);
    assert_false(walk_at(tables, (uintptr_t)tables, 1000, 4, stack - PAGE_SIZE).present);
}

/* Type of the region that has `address`. */
static uint32_t type_at(uint64_t address)
{
    const struct baton_region *regions =
        (const struct baton_region *)(uintptr_t)handoff()->memory.address;

    for (uint32_t i = 0; i < handoff()->memory.count; i++) {
        if (address - regions[i].address < regions[i].size)
            return regions[i].type;
    }
    return 0;
}

static void the_memory_map_knows_what_baton_holds(void **state)
{
    const struct baton_handoff *given;
    const struct baton_module *module;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(1);
    given = prepared();
    finished();
    module = (const struct baton_module *)(uintptr_t)given->modules.address;
    assert_int_equal(type_at(given->kernel_physical), BATON_MEMORY_KERNEL);
    assert_int_equal(type_at(given->kernel_physical + 0x4fff), BATON_MEMORY_KERNEL);
    assert_int_equal(type_at(module->address), BATON_MEMORY_MODULE);
    assert_int_equal(type_at((uintptr_t)given), BATON_MEMORY_HANDOFF);
    assert_int_equal(type_at((uintptr_t)given + given->total_size - 1), BATON_MEMORY_HANDOFF);
    assert_int_equal(type_at(given->memory.address), BATON_MEMORY_HANDOFF);
    assert_int_equal(type_at(given->efi_map.address), BATON_MEMORY_HANDOFF);
    assert_int_equal(type_at(given->stack.address), BATON_MEMORY_STACK);
    assert_int_equal(type_at(plan.entry.stack - 1), BATON_MEMORY_STACK);
    assert_int_equal(type_at(given->stack.address - 1), BATON_MEMORY_LOADER);
    assert_int_equal(type_at(given->page_tables), BATON_MEMORY_PAGE_TABLES);
    assert_int_equal(type_at((uintptr_t)plan.state), BATON_MEMORY_LOADER);
    assert_int_equal(type_at(0x7f200000), BATON_MEMORY_RUNTIME_CODE);
}

static void finishing_twice_gives_the_last_map_and_calls_nobody(void **state)
{
    const struct baton_handoff *given;
    size_t calls;
    uint32_t count;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    given = prepared();
    calls = fake_call_count();
    finished();
    count = given->memory.count;
    assert_int_equal(given->exit.count, 1);
    fake_map_add(MEMORY_ACPI_NVS, 0x90000000, 16);
    journal.outcome = EXIT_OUTCOME_LEFT;
    journal.attempt_count = 1;
    finished();
    assert_int_equal(given->memory.count, count + 1);
    assert_int_equal(type_at(0x90000000), BATON_MEMORY_ACPI_NVS);
    assert_int_equal(given->efi_map.size, fake_map().size);
    assert_int_equal(((const struct baton_exit *)(uintptr_t)given->exit.address)->outcome,
                     BATON_EXIT_LEFT);
    assert_int_equal(fake_call_count(), calls);
}

static void the_largest_map_that_was_announced_can_be_converted(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    (void)prepared();
    map = fake_map();
    fake_map_grow(DESCRIPTORS - map.size / map.descriptor_size);
    map = fake_map();
    assert_int_equal(map.size / map.descriptor_size, DESCRIPTORS);
    assert_true(protocol(boot_native).finish(&plan, &map, &journal));
    fake_map_grow(1);
    map = fake_map();
    assert_false(protocol(boot_native).finish(&plan, &map, &journal));
}

static void everything_goes_above_4_gib_when_asked_to(void **state)
{
    const struct baton_handoff *given;

    (void)state;
    make_kernel(3, 0);
    lay_down(1);
    entry.place_high = true;
    boot.memory_end = FAKE_HIGH + FAKE_HIGH_PAGES * PAGE_SIZE;
    given = prepared();
    assert_true((uintptr_t)given >= FAKE_HIGH);
    assert_true(given->kernel_physical >= FAKE_HIGH);
    assert_true(given->stack.address >= FAKE_HIGH);
    assert_true(given->page_tables >= FAKE_HIGH);
    assert_int_equal(given->identity_end, boot.memory_end);
}

static void memory_that_the_tables_can_not_reach_is_refused(void **state)
{
    (void)state;
    make_kernel(3, 0);
    lay_down(0);
    fake_cpuid_set(0x80000001, (struct cpuid_answer){.edx = 1U << 20}); /* no 1 GiB pages */
    entry.place_high = true;
    assert_refused("there is not enough free memory");
}

static void a_taken_address_is_refused(void **state)
{
    (void)state;
    make_kernel(2, FIXED);
    lay_down(0);
    fake_memory_set(FIXED + 0x4000, 1, MEMORY_BOOT_SERVICES_DATA);
    assert_refused("in use by the firmware");
    assert_string_equal(boot.failure.detail, "0x2000000 to 0x2004fff");
}

static void a_processor_without_nx_is_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    fake_cpuid_set(0x80000001, (struct cpuid_answer){0});
    assert_refused("forbid execution");
}

static void a_foreign_elf_file_is_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    kernel_file[0x200c] = 'M';
    lay_down(0);
    assert_refused("no \"Baton\" note");
}

static void a_kernel_of_another_version_is_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    store(0x2014, 2, 2);
    lay_down(0);
    assert_refused("version 1");
}

static void a_bad_relocation_is_refused(void **state)
{
    (void)state;
    make_kernel(3, 0);
    store(0x2048, 8, 1);
    lay_down(0);
    assert_refused("not the RELATIVE one");
}

/* Whatever fails, it is said, and the teardown sees that everything is given back. */
static void every_allocation_may_fail(void **state)
{
    unsigned int failing = 1;

    make_kernel(3, 0);
    for (;; failing++) {
        bool done;

        begin(state);
        lay_down(2);
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        done = protocol(boot_native).prepare(&boot, &plan);
        fake_fail_allocation(0, 0);
        if (!done) {
            assert_non_null(boot.failure.why.at);
        }
        end(state);
        if (failing > 40)
            break;
    }
    begin(state);
}

static void every_read_may_fail(void **state)
{
    make_kernel(2, UPPER);
    for (unsigned int failing = 1; failing < 4; failing++) {
        struct fake_file *file;

        begin(state);
        lay_down(0);
        file = fake_file_add("\\broken", kernel_file, FILE_SIZE);
        file->fail_read = failing;
        file->fail_ever_after = true;
        file->fail_status = FAKE_DEVICE_ERROR;
        assert_int_equal(file_open(firmware, root, "\\broken", &boot.payload.kernel.file), 0);
        assert_refused("it cannot be read");
        assert_int_equal(boot.failure.status, FAKE_DEVICE_ERROR);
        end(state);
    }
    begin(state);
}

static void recognising_says_what_is_wrong_with_an_elf_file(void **state)
{
    struct explanation why;

    (void)state;
    make_kernel(2, UPPER);
    assert_true(
        protocol(boot_native).recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_null(why.at);
    kernel_file[4] = 1;
    assert_true(
        protocol(boot_native).recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_non_null(strstr(explained(why).problem, "32-bit"));
    kernel_file[0] = 'M';
    assert_false(
        protocol(boot_native).recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_non_null(why.at);
    assert_false(protocol(boot_native).recognise(span_of(NULL, 0), 0, &why));
}

static void what_the_boot_went_without_is_handed_over(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    (void)prepared();
    plan.shortfalls = SHORTFALL_NOT_JUDGED | SHORTFALL_NOT_MEASURED;
    finished();
    assert_int_equal(handoff()->shortfalls,
                     BATON_SHORTFALL_NOT_JUDGED | BATON_SHORTFALL_NOT_MEASURED);
}

/* A kernel that is told names may go by them. */
static void options_and_modules_are_measured_with_their_names(void **state)
{
    static const uint16_t named[] = u"initrd=\\initrd0 initrd=\\initrd1 root=/dev/vda quiet";
    static const uint16_t options[] = u"root=/dev/vda quiet";

    (void)state;
    make_kernel(2, UPPER);
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(2);
    tpm = tpm_find(firmware);
    (void)prepared();
    assert_int_equal(fake_measurement_count(), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(fake_measurement_at(i)->index, i == 0 ? 12 : 9);
    assert_int_equal(fake_measurement_at(0)->data_size, sizeof(named));
    assert_memory_equal(fake_measurement_at(0)->data, named, sizeof(named));
    assert_int_equal(fake_measurement_at(1)->data_size, sizeof(options));
    assert_memory_equal(fake_measurement_at(1)->data, options, sizeof(options));
    for (size_t i = 0; i < 2; i++) {
        const struct fake_measurement *name = fake_measurement_at(2 + 2 * i);
        const struct fake_measurement *module = fake_measurement_at(3 + 2 * i);

        assert_string_equal((const char *)name->data, module_paths[i]);
        assert_int_equal(module->data_size, i * 71);
        assert_memory_equal(module->data, module_files[i], i * 71);
    }
}

static void a_module_that_cannot_be_had_is_named(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(2);
    module_fakes[1]->fail_read = 1;
    module_fakes[1]->fail_ever_after = true;
    assert_false(protocol(boot_native).prepare(&boot, &plan));
    assert_string_equal(boot.failure.file, module_paths[1]);
    assert_string_equal(explained(boot.failure.why).problem, "it cannot be read");
}

/* There is more in it than was seen when it was opened. */
static void a_module_that_has_grown_is_named(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(2);
    module_fakes[1]->size++;
    assert_false(protocol(boot_native).prepare(&boot, &plan));
    assert_string_equal(boot.failure.file, module_paths[1]);
    assert_true(boot.failure.status == FAKE_VOLUME_CORRUPTED);
}

/* As its headers say, and so that large pages can map it. */
static void a_kernel_is_aligned(void **state)
{
    const uint32_t of_data = 64 + 56 * 2;

    (void)state;
    make_kernel(2, UPPER);
    store(of_data + 48, 8, 0x200000);
    lay_down(0);
    assert_int_equal(prepared()->kernel_physical % 0x200000, 0);
    (void)end(state);
    (void)begin(state);
    make_kernel(2, UPPER);
    store(of_data + 40, 8, 0x400000);
    lay_down(0);
    assert_int_equal(prepared()->kernel_physical % 0x200000, 0);
}

static void without_room_below_4_gib_a_kernel_lies_above(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    store(64 + 56 * 2 + 48, 8, 0x200000);
    lay_down(0);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_true(prepared()->kernel_physical >= FAKE_HIGH);
}

/* Whatever the map said of the memory's end: all that was taken is mapped. */
static void the_identity_map_reaches_all_that_was_taken(void **state)
{
    (void)state;
    make_kernel(2, FAKE_HIGH);
    lay_down(0);
    assert_true(prepared()->identity_end >= FAKE_HIGH + 0x5000);
    (void)end(state);
    (void)begin(state);
    make_kernel(2, UPPER);
    lay_down(0);
    entry.place_high = true;
    assert_true(prepared()->identity_end >= handoff()->stack.address + handoff()->stack.size);
}

static void options_that_are_no_utf8_are_refused(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    boot.payload.command_line = "root=\xff";
    assert_refused("not UTF-8");
}

/* Descriptors of 48 bytes, as most firmware has them, and the clock that the exit went by. */
static void the_last_map_and_clock_are_handed_over_as_they_are(void **state)
{
    static uint8_t wide[DESCRIPTORS * 48];
    struct memory_map map;

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    (void)prepared();
    map = fake_map();
    for (size_t i = 0; i < memory_map_count(&map); i++)
        memcpy(wide + i * 48, map.data + i * map.descriptor_size, 40);
    map.size = memory_map_count(&map) * 48;
    map.data = wide;
    map.descriptor_size = 48;
    journal.ticks_hz = 2400000000;
    assert_true(protocol(boot_native).finish(&plan, &map, &journal));
    assert_int_equal(handoff()->efi_descriptor_size, 48);
    assert_int_equal(handoff()->efi_map.address, (uintptr_t)wide);
    assert_int_equal(handoff()->tsc_hz, 2400000000);
}

/* A linker puts others' notes in front of it. */
static void the_note_may_be_the_second(void **state)
{
    (void)state;
    make_kernel(2, UPPER);
    store_header(3, 4, 4, 0x2050, UPPER + 0x1050, 0x20, 0x20);
    store_header(4, 4, 4, 0x2000, UPPER + 0x1000, 44, 44);
    store(0x2050, 4, 4);
    store(0x2054, 4, 4);
    store(0x2058, 4, 1);
    memcpy(kernel_file + 0x205c, "GNU", 4);
    lay_down(0);
    assert_int_equal(prepared()->stack.size, 0x9000);
}

/* The last map decides, and no kernel runs in this one. */
static void a_map_without_memory_is_refused(void **state)
{
    struct memory_descriptor device = {.type = MEMORY_MAPPED_IO, .page_count = 16};
    struct memory_map map = {.data = (uint8_t *)&device,
                             .size = sizeof(device),
                             .descriptor_size = sizeof(device),
                             .descriptor_version = 1};

    (void)state;
    make_kernel(2, UPPER);
    lay_down(0);
    (void)prepared();
    assert_false(protocol(boot_native).finish(&plan, &map, &journal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_that_are_no_utf8_are_refused),
        TEST(options_and_modules_are_measured_with_their_names),
        TEST(a_module_that_cannot_be_had_is_named),
        TEST(what_the_boot_went_without_is_handed_over),
        TEST(a_fixed_kernel_lies_at_its_address),
        TEST(an_upper_half_kernel_lies_anywhere),
        TEST(a_position_independent_kernel_is_relocated),
        TEST(headers_and_note_may_lie_behind_the_head),
        TEST(the_handoff_says_what_was_asked_and_found),
        TEST(the_framebuffer_is_described),
        TEST(a_framebuffer_that_can_not_be_mapped_is_left_out),
        TEST(modules_lie_alone_on_their_pages),
        TEST(a_long_command_line_and_many_modules_fit_exactly),
        TEST(modules_with_long_names_fit),
        TEST(a_string_keeps_its_end),
        TEST(nothing_is_made_up_where_there_is_nothing),
        TEST(the_page_below_the_stack_is_not_mapped),
        TEST(a_module_that_has_grown_is_named),
        TEST(a_kernel_is_aligned),
        TEST(without_room_below_4_gib_a_kernel_lies_above),
        TEST(the_identity_map_reaches_all_that_was_taken),
        TEST(the_memory_map_knows_what_baton_holds),
        TEST(the_last_map_and_clock_are_handed_over_as_they_are),
        TEST(the_note_may_be_the_second),
        TEST(a_map_without_memory_is_refused),
        TEST(finishing_twice_gives_the_last_map_and_calls_nobody),
        TEST(the_largest_map_that_was_announced_can_be_converted),
        TEST(everything_goes_above_4_gib_when_asked_to),
        TEST(memory_that_the_tables_can_not_reach_is_refused),
        TEST(a_taken_address_is_refused),
        TEST(a_processor_without_nx_is_refused),
        TEST(a_foreign_elf_file_is_refused),
        TEST(a_kernel_of_another_version_is_refused),
        TEST(a_bad_relocation_is_refused),
        TEST(every_allocation_may_fail),
        TEST(every_read_may_fail),
        TEST(recognising_says_what_is_wrong_with_an_elf_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
