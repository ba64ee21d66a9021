/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux protocol from file to zero page, over the fake firmware and a made-up bzImage: what
 * lies where, what Linux is told, what is refused and given back. Offsets are written as the boot
 * protocol document gives them, not as the code names them.
 */
#include "boot/protocol.h"
#include "core/checked.h"
#include "core/store.h"
#include "core/text.h"
#include "efi/file.h"
#include "firmware_bench.h"

#define SETUP_SIZE       0x1000U
#define CODE_SIZE        0x2400U
#define SIGNATURE_SIZE   100U
#define FILE_SIZE        (SETUP_SIZE + CODE_SIZE + SIGNATURE_SIZE)
#define PREFERRED        0x1000000ULL
#define TWO_MIB          0x200000ULL
#define INIT_SIZE        0x300000ULL
#define INITRD_LAST      0x3ffffffULL
#define COMMAND_LINE_MAX 2047U
#define ABOVE_4G         2U
#define DESCRIPTORS      700U
#define LOW_END          (FAKE_LOW + FAKE_LOW_PAGES * PAGE_SIZE)
#define EFI_MAP_MAX      0x40000U

static uint8_t kernel_file[FILE_SIZE];
static uint8_t head[BOOT_HEAD_SIZE];
static struct fake_file *kernel;
static uint8_t module_files[4][0x3000];
static struct boot_file modules[4];
static struct fake_file *module_fakes[4];
static char module_paths[4][16];
static struct boot_environment environment;
static struct boot_request request;
static struct boot_plan plan;
static struct boot_failure failure;
static struct exit_journal journal;
static struct file *root;

/* A relocatable kernel of protocol 2.15 that can be above 4 GiB; a signature follows the code. */
static void make_kernel(void)
{
    for (size_t i = 0; i < FILE_SIZE; i++)
        kernel_file[i] = (uint8_t)(i * 11 + i / 256 + 1);
    kernel_file[0x1f1] = SETUP_SIZE / 512 - 1;
    store_u32(kernel_file + 0x1f4, CODE_SIZE / 16);
    store_u16(kernel_file + 0x1fe, 0xaa55);
    kernel_file[0x200] = 0xeb;
    kernel_file[0x201] = 0x6a;
    memcpy(kernel_file + 0x202, "HdrS", 4);
    memset(kernel_file + 0x206, 0, 0x26c - 0x206);
    store_u16(kernel_file + 0x206, 0x20f);
    kernel_file[0x211] = 1;
    store_u32(kernel_file + 0x22c, INITRD_LAST);
    store_u32(kernel_file + 0x230, TWO_MIB);
    kernel_file[0x234] = 1;
    kernel_file[0x235] = 12; /* 4 KiB are enough, if the zero page says so */
    store_u16(kernel_file + 0x236, 1 | ABOVE_4G);
    store_u32(kernel_file + 0x238, COMMAND_LINE_MAX);
    store_u64(kernel_file + 0x258, PREFERRED);
    store_u32(kernel_file + 0x260, INIT_SIZE);
}

/* One place for everything: below 4 GiB, and the kernel at its address or nowhere. */
static void make_fixed_kernel(void)
{
    make_kernel();
    kernel_file[0x234] = 0;
    store_u16(kernel_file + 0x236, 1);
}

static void open_module(unsigned int i, uint64_t size)
{
    struct text path = text_in(module_paths[i], sizeof(module_paths[i]));

    text_put(&path, "\\initrd");
    text_put_decimal(&path, i);
    memset(module_files[i], (int)(i + 1), sizeof(module_files[i]));
    modules[i] = (struct boot_file){.path = module_paths[i], .size = size};
    module_fakes[i] = fake_file_add(module_paths[i], module_files[i], size);
    assert_int_equal(file_open(&leases, root, module_paths[i], &modules[i].file), 0);
    request.module_count = i + 1;
}

/* A machine, a volume with the kernel as it is in kernel_file now, and a request for it. */
static void lay_down(void)
{
    fake_allow_usual();
    fake_volume();
    fake_cpuid_set(0x80000001, (struct cpuid_answer){.edx = 1U << 20 | 1U << 26});
    kernel = fake_file_add("\\kernel", kernel_file, FILE_SIZE);
    assert_int_equal(volume_open(firmware, &leases, &root), 0);
    memcpy(head, kernel_file, sizeof(head));
    memset(&environment, 0, sizeof(environment));
    memset(&journal, 0, sizeof(journal));
    environment.system_table = 0x123456789a;
    environment.acpi_rsdp = 0x5678;
    environment.secure_boot = 2;
    request = (struct boot_request){
        .kernel = {.path = "\\kernel", .size = FILE_SIZE},
        .kernel_head = span_of(head, sizeof(head)),
        .command_line = "root=/dev/vda quiet",
        .modules = modules,
        .environment = &environment,
        .map_descriptors_max = DESCRIPTORS,
        .memory_end = LOW_END,
    };
    assert_int_equal(file_open(&leases, root, "\\kernel", &request.kernel.file), 0);
}

static uint64_t load(const uint8_t *bytes, unsigned int size)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

static uint8_t *zero_page(void)
{
    return (uint8_t *)(uintptr_t)plan.entry.argument;
}

static uint64_t field(unsigned int offset, unsigned int size)
{
    return load(zero_page() + offset, size);
}

/* A field in two halves: `low` in the setup header, `high` where there was room. */
static uint64_t split(unsigned int low, unsigned int high)
{
    return field(low, 4) | field(high, 4) << 32;
}

static uint64_t initrd_address(void)
{
    return split(0x218, 0x0c0);
}

static uint64_t initrd_size(void)
{
    return split(0x21c, 0x0c4);
}

static uint64_t kernel_address(void)
{
    return plan.entry.entry - 0x200;
}

static void prepared(void)
{
    if (!boot_linux.prepare(firmware, &leases, &request, &plan, &failure))
        fail_msg("%s %s: %s", failure.doing, failure.file, failure.why.problem);
}

static struct memory_map finished(void)
{
    struct memory_map map = fake_map();

    assert_true(boot_linux.finish(&plan, &map, &journal));
    return map;
}

/* Refused with that message about that file; after that everything is given back. */
static void assert_refused(const char *file, const char *problem, uint64_t status)
{
    struct boot_plan untouched = plan;
    unsigned int mark = leases.count;

    assert_int_equal(fake_memory_held(), 0);
    assert_false(boot_linux.prepare(firmware, &leases, &request, &plan, &failure));
    assert_memory_equal(&plan, &untouched, sizeof(plan));
    assert_string_equal(failure.file, file);
    assert_non_null(failure.doing);
    if (strstr(failure.why.problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", failure.why.problem, problem);
    assert_non_null(failure.why.remedy);
    assert_true(failure.status == status);
    lease_release_since(firmware, &leases, mark);
    assert_int_equal(fake_memory_held(), 0);
}

/* The code and nothing else of the file, in memory that is Baton's to give. */
static void assert_kernel_at(uint64_t address)
{
    const uint8_t *code = (const uint8_t *)(uintptr_t)address;

    assert_true(kernel_address() == address);
    assert_memory_equal(code, kernel_file + SETUP_SIZE, CODE_SIZE);
    assert_memory_not_equal(code + CODE_SIZE, kernel_file + SETUP_SIZE + CODE_SIZE, SIGNATURE_SIZE);
    for (uint64_t page = 0; page < INIT_SIZE; page += PAGE_SIZE)
        assert_int_equal(fake_memory_type(address + page), MEMORY_LOADER_CODE);
}

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
    store_u32(head + 0x260, 0x180000);
    for (uint64_t at = PREFERRED; at < LOW_END; at += TWO_MIB)
        fake_memory_set(at, 1, MEMORY_BOOT_SERVICES_DATA);
    prepared();
    assert_true(kernel_address() == PREFERRED + PAGE_SIZE);
    assert_int_equal(field(0x230, 4), PAGE_SIZE);
}

static void take_all_above_preferred(void)
{
    fake_memory_set(PREFERRED, (LOW_END - PREFERRED) / PAGE_SIZE, MEMORY_RUNTIME_SERVICES_DATA);
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
    assert_refused("\\kernel", "no free memory is large enough for this kernel",
                   FAKE_OUT_OF_RESOURCES);
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
    fake_memory_set(PREFERRED + INIT_SIZE - PAGE_SIZE, 1, MEMORY_BOOT_SERVICES_DATA);
    assert_refused("\\kernel", "the only address this kernel can run at is taken", FAKE_NOT_FOUND);
    assert_int_equal(kernel->reads, 0);
}

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

static void everything_goes_above_4_gib_when_asked_to(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 77);
    request.place_high = true;
    prepared();
    assert_kernel_at(kernel_address());
    assert_true(kernel_address() >= FAKE_HIGH);
    assert_true(initrd_address() >= FAKE_HIGH);
    assert_int_equal(initrd_size(), 77);
    assert_int_equal(*(const uint8_t *)(uintptr_t)(initrd_address() + 76), 1);
}

/* --- initrds -------------------------------------------------------------------------------------
 */

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
    assert_refused("\\initrd0", "no free memory is large enough for the initrds",
                   FAKE_OUT_OF_RESOURCES);
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
    environment.framebuffer = (struct framebuffer){.address = 0x380000000000,
                                                   .width = 1024,
                                                   .height = 768,
                                                   .pitch = 4096,
                                                   .bits_per_pixel = 32};
    environment.edid[127] = 0x77;
    prepared();
    (void)finished();
    assert_int_equal(field(0x1ef, 1), 0); /* sentinel */
    assert_int_equal(field(0x202, 4), 0x53726448);
    assert_int_equal(field(0x206, 2), 0x20f);
    assert_int_equal(field(0x210, 1), 0xff);
    assert_int_equal(field(0x070, 8), 0x5678);
    assert_int_equal(field(0x1ec, 1), 2);
    assert_memory_equal(zero_page() + 0x1c0, "EL64", 4);
    assert_int_equal(split(0x1c4, 0x1d8), 0x123456789a);
    assert_int_equal(field(0x00f, 1), 0x70);
    assert_int_equal(field(0x012, 2), 1024);
    assert_int_equal(split(0x018, 0x03a), 0x380000000000);
    assert_int_equal(field(0x140 + 127, 1), 0x77);
    assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), "root=/dev/vda quiet");
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
    assert_int_equal(plan.entry.page_table % PAGE_SIZE, 0);
    assert_int_equal(fake_memory_type(plan.entry.page_table), MEMORY_LOADER_DATA);
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
    request.command_line = line;
    prepared();
    assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), line);
    (void)end(state);
    (void)begin(state);
    line[COMMAND_LINE_MAX] = 'w';
    lay_down();
    request.command_line = line;
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
        request.command_line = line;
        prepared();
        assert_string_equal((const char *)(uintptr_t)split(0x228, 0x0c8), line);
        (void)end(state);
        line[length] = 'w';
    }
    (void)begin(state);
}

/* --- the maps ------------------------------------------------------------------------------------
 */

/* The node of that type in the setup_data list, its header in front; NULL when there is none. */
static const uint8_t *node_of(uint32_t type)
{
    unsigned int count = 0;

    for (uint64_t at = field(0x250, 8); at != 0; at = load((const uint8_t *)(uintptr_t)at, 8)) {
        assert_true(++count <= 2);
        assert_int_equal(at % 8, 0);
        assert_int_equal(fake_memory_type(at), MEMORY_LOADER_DATA);
        if (load((const uint8_t *)(uintptr_t)at + 8, 4) == type)
            return (const uint8_t *)(uintptr_t)at;
    }
    return NULL;
}

static unsigned int e820_count(void)
{
    const uint8_t *extension = node_of(1);

    return (unsigned int)field(0x1e8, 1) +
           (extension == NULL ? 0 : (unsigned int)load(extension + 12, 4) / 20);
}

static const uint8_t *e820_at(unsigned int index)
{
    return index < 128 ? zero_page() + 0x2d0 + 20 * (size_t)index
                       : node_of(1) + 16 + 20 * (size_t)(index - 128);
}

/* 0: not listed. */
static uint64_t e820_type_at(uint64_t address)
{
    for (unsigned int i = 0; i < e820_count(); i++) {
        const uint8_t *entry = e820_at(i);

        if (address - load(entry, 8) < load(entry + 8, 8))
            return load(entry + 16, 4);
    }
    return 0;
}

static uint64_t e820_type_of(uint32_t type)
{
    return memory_type_is_general(type) ? 1 : 2; /* the fake map has no other */
}

/* Ascending, and every page of the firmware's map is what it is. */
static void assert_e820_is(const struct memory_map *map)
{
    for (unsigned int i = 1; i < e820_count(); i++)
        assert_true(load(e820_at(i - 1), 8) + load(e820_at(i - 1) + 8, 8) <= load(e820_at(i), 8));
    for (size_t i = 0; i < memory_map_count(map); i++) {
        struct memory_descriptor descriptor = memory_map_at(map, i);
        uint64_t end = descriptor.physical_start + descriptor.page_count * PAGE_SIZE;

        assert_int_equal(e820_type_at(descriptor.physical_start), e820_type_of(descriptor.type));
        assert_int_equal(e820_type_at(end - 1), e820_type_of(descriptor.type));
    }
}

static void a_small_map_lies_in_the_zero_page(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = finished();
    assert_null(node_of(1));
    assert_e820_is(&map);
    assert_int_equal(e820_type_at(0x7f200000), 2);
    assert_int_equal(e820_type_at(kernel_address()), 1);
}

static void ranges_beyond_128_go_on_behind_the_zero_page(void **state)
{
    struct memory_map map;
    unsigned int small;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    (void)finished();
    small = e820_count();
    fake_map_grow(128 - small);
    map = finished();
    assert_int_equal(e820_count(), 128);
    assert_null(node_of(1));
    assert_e820_is(&map);
    fake_map_grow(1);
    (void)finished();
    assert_int_equal(field(0x1e8, 1), 128);
    assert_non_null(node_of(1));
    assert_int_equal(load(node_of(1) + 12, 4), 20);
    fake_map_grow(400);
    map = finished();
    assert_int_equal(e820_count(), 529);
    assert_e820_is(&map);
}

static void the_largest_map_that_was_announced_can_be_converted(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = fake_map();
    fake_map_grow(DESCRIPTORS - memory_map_count(&map));
    map = finished();
    assert_int_equal(memory_map_count(&map), DESCRIPTORS);
    assert_e820_is(&map);
    fake_map_grow(1);
    map = fake_map();
    assert_false(boot_linux.finish(&plan, &map, &journal));
}

static void a_map_without_memory_is_refused(void **state)
{
    struct memory_descriptor device = {.type = MEMORY_MAPPED_IO, .page_count = 16};
    struct memory_map map = {.data = (uint8_t *)&device,
                             .size = sizeof(device),
                             .descriptor_size = sizeof(device),
                             .descriptor_version = 1};

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    assert_false(boot_linux.finish(&plan, &map, &journal));
}

static uint64_t handed_map(void)
{
    return split(0x1d0, 0x1dc);
}

static void the_firmwares_map_is_handed_over_as_it_is(void **state)
{
    static uint8_t before[EFI_MAP_MAX];
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    map = fake_map();
    assert_true(map.size <= sizeof(before));
    memcpy(before, map.data, map.size);
    map.descriptor_version = 7;
    assert_true(boot_linux.finish(&plan, &map, &journal));
    assert_true(handed_map() == (uintptr_t)map.data);
    assert_int_equal(field(0x1d4, 4), map.size);
    assert_int_equal(field(0x1c8, 4), map.descriptor_size);
    assert_int_equal(field(0x1cc, 4), 7);
    assert_memory_equal(map.data, before, map.size);
}

static void add_boot_services(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_map_add(i % 2 == 0 ? MEMORY_BOOT_SERVICES_CODE : MEMORY_BOOT_SERVICES_DATA,
                     0x300000000000 + i * PAGE_SIZE, 1);
}

/* What Linux can not map whole it gets as a copy with the runtime services in it; e820 has all. */
static void a_map_that_linux_can_not_take_is_made_to_fit(void **state)
{
    const size_t count = EFI_MAP_MAX / sizeof(struct memory_descriptor) + 1;
    struct memory_map handed;
    struct memory_map map;
    unsigned int runtime = 0;

    (void)state;
    make_kernel();
    lay_down();
    request.map_descriptors_max = count + 100;
    prepared();
    add_boot_services(count);
    map = finished();
    assert_true(map.size > EFI_MAP_MAX);
    handed = (struct memory_map){.data = (uint8_t *)(uintptr_t)handed_map(),
                                 .size = field(0x1d4, 4),
                                 .descriptor_size = field(0x1c8, 4)};
    assert_true(handed.data != map.data);
    assert_int_equal(fake_memory_type(handed_map()), MEMORY_LOADER_DATA);
    assert_true(handed.size <= EFI_MAP_MAX);
    assert_int_equal(field(0x1cc, 4), 1);
    for (size_t i = 0; i < memory_map_count(&handed); i++)
        runtime += (memory_map_at(&handed, i).attribute & MEMORY_ATTRIBUTE_RUNTIME) != 0;
    assert_int_equal(runtime, 3);
    assert_int_equal(e820_type_at(0x300000000000 + (count - 1) * PAGE_SIZE), 1);
}

static void a_map_that_can_not_be_made_to_fit_is_handed_over_all_the_same(void **state)
{
    const size_t count = 2 * EFI_MAP_MAX / sizeof(struct memory_descriptor) + 1;
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    request.map_descriptors_max = count + 100;
    prepared();
    fake_map_grow(count);
    map = finished();
    assert_true(handed_map() == (uintptr_t)map.data);
    assert_int_equal(field(0x1d4, 4), map.size);
}

/* --- the second time -----------------------------------------------------------------------------
 */

/* The dry run and the real one: the same map gives the same bytes, and no service is called. */
static void finishing_twice_is_finishing_once(void **state)
{
    static uint8_t page[0x1000];
    static uint8_t extension[0x10000];
    size_t calls;
    size_t size;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    fake_map_grow(300);
    calls = fake_call_count();
    (void)finished();
    memcpy(page, zero_page(), sizeof(page));
    size = 16 + load(node_of(1) + 12, 4);
    memcpy(extension, node_of(1), size);
    (void)finished();
    assert_memory_equal(zero_page(), page, sizeof(page));
    assert_memory_equal(node_of(1), extension, size);
    assert_int_equal(fake_call_count(), calls);
}

static void many_ranges(struct memory_descriptor *descriptors, size_t *count)
{
    for (size_t i = 0; i < 300; i++)
        descriptors[(*count)++] =
            (struct memory_descriptor){.type = i % 2 == 0 ? MEMORY_RESERVED : MEMORY_CONVENTIONAL,
                                       .physical_start = 0x310000000000 + i * PAGE_SIZE,
                                       .page_count = 1};
}

/* What the dry run wrote for its map is gone when the real one is smaller. */
static void finishing_again_leaves_nothing_of_the_map_before(void **state)
{
    struct memory_map map;
    unsigned int count;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    (void)finished();
    count = e820_count();
    fake_behaviour.content = many_ranges;
    (void)finished();
    assert_non_null(node_of(1));
    fake_behaviour.content = NULL;
    map = finished();
    assert_null(node_of(1));
    assert_int_equal(e820_count(), count);
    assert_e820_is(&map);
}

static void the_story_of_the_exit_is_told_as_text(void **state)
{
    static char expected[8192];
    struct text text = text_in(expected, sizeof(expected));
    const uint8_t *node;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    fake_map_grow(200); /* so that there is another node */
    (void)finished();
    journal.outcome = EXIT_OUTCOME_LEFT;
    for (unsigned int i = 0; i < 3; i++)
        *exit_journal_attempt(&journal) = (struct exit_attempt){
            .exit_called = true, .key = i, .exit_status = i == 2 ? 0 : FAKE_INVALID_PARAMETER};
    (void)finished();
    exit_journal_put_all(&text, &journal);
    node = node_of(0x4e544142);
    assert_non_null(node);
    assert_non_null(node_of(1));
    assert_int_equal(load(node + 12, 4), text.length);
    assert_memory_equal(node + 16, expected, text.length);
    assert_non_null(strstr(expected, "left boot services"));
}

/* However long the story, it stays in what was reserved for it: the sanitizer and e820 would see.
 */
static void the_longest_story_stays_in_its_place(void **state)
{
    struct memory_map map;

    (void)state;
    make_kernel();
    lay_down();
    prepared();
    memset(&journal, 0xff, sizeof(journal));
    journal.outcome = EXIT_OUTCOME_STUCK;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS;
    journal.settled = true;
    journal.tpl_repaired = true;
    journal.table_cleaned = true;
    journal.late_map_wanted = true;
    journal.late_map_used = true;
    for (size_t i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++) {
        journal.attempts[i].exit_called = true;
        journal.attempts[i].used_reserve = true;
        journal.attempts[i].ragged = true;
        journal.attempts[i].change_count = EXIT_JOURNAL_CHANGES;
    }
    journal.late_map = journal.attempts[0];
    map = finished();
    assert_true(load(node_of(0x4e544142) + 12, 4) < 8192);
    assert_e820_is(&map);
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
    assert_refused("\\kernel", "the kernel can not be read", FAKE_DEVICE_ERROR);
    assert_string_equal(failure.doing, "reading");
}

static void a_kernel_that_has_become_shorter_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    kernel->size = SETUP_SIZE + CODE_SIZE - 1;
    assert_refused("\\kernel", "the kernel can not be read", FAKE_END_OF_FILE);
}

static void an_unsound_header_is_explained(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    store_u32(head + 0x260, 0);
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
    assert_refused("\\initrd1", "the initrd can not be read", FAKE_DEVICE_ERROR);
}

static void an_initrd_that_has_become_shorter_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    open_module(1, 101);
    module_fakes[1]->size = 100;
    assert_refused("\\initrd1", "the initrd can not be read", FAKE_END_OF_FILE);
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

static void an_initrd_whose_end_can_not_be_confirmed_is_named(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    open_module(0, 100);
    module_fakes[0]->fail_read = 2; /* the first gives the content */
    assert_refused("\\initrd0", "more in the file", FAKE_DEVICE_ERROR);
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
    modules[0].size = INT64_MAX;
    modules[1].size = INT64_MAX;
    assert_refused("\\initrd0", "no free memory is large enough for the initrds", 0);
    open_module(2, 1);
    modules[2].size = INT64_MAX;
    assert_refused("\\initrd0", "no free memory is large enough for the initrds", 0);
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
        opened = leases.count;
        leases.count = LEASES_MAX - room; /* held by nobody; never released here */
        assert_false(boot_linux.prepare(firmware, &leases, &request, &plan, &failure));
        assert_non_null(failure.why.problem);
        assert_true(failure.status == FAKE_OUT_OF_RESOURCES);
        lease_release_since(firmware, &leases, LEASES_MAX - room);
        assert_int_equal(fake_memory_held(), 0);
        leases.count = opened;
        (void)end(state);
    }
    (void)begin(state);
}

/*
 * A kernel for which there is one place of each kind has no way around any refusal: each is
 * reported, in the order in which things are placed, and everything is given back.
 */
static void every_allocation_may_fail(void **state)
{
    static const char *const problems[] = {"the only address", "for the initrds",
                                           "for the kernel's tables", "for the memory map",
                                           "for page tables"};
    unsigned int seen[5] = {0};
    size_t needed;
    size_t stage = 0;

    make_fixed_kernel();
    lay_down();
    open_module(0, 101);
    prepared();
    needed = fake_calls_of("AllocatePages");
    for (unsigned int failing = 1; failing <= needed; failing++) {
        unsigned int mark;

        (void)end(state);
        (void)begin(state);
        lay_down();
        open_module(0, 101);
        mark = leases.count;
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        assert_false(boot_linux.prepare(firmware, &leases, &request, &plan, &failure));
        assert_true(failure.status == FAKE_OUT_OF_RESOURCES);
        while (stage < 5 && strstr(failure.why.problem, problems[stage]) == NULL)
            stage++;
        if (stage == 5)
            fail_msg("allocation %u: \"%s\"", failing, failure.why.problem);
        seen[stage]++;
        lease_release_since(firmware, &leases, mark);
        assert_int_equal(fake_memory_held(), 0);
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(seen[i] > 0);
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
        mark = leases.count;
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        if (boot_linux.prepare(firmware, &leases, &request, &plan, &failure)) {
            boots++;
            assert_memory_equal((const void *)(uintptr_t)kernel_address(), kernel_file + SETUP_SIZE,
                                CODE_SIZE);
            assert_memory_equal((const void *)(uintptr_t)initrd_address(), module_files[0], 101);
        } else {
            assert_non_null(failure.why.problem);
        }
        fake_fail_allocation(0, 0);
        lease_release_since(firmware, &leases, mark);
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
    assert_true(boot_linux.recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_null(why.problem);
    assert_true(boot_linux.recognise(span_of(kernel_file, BOOT_HEAD_SIZE),
                                     SETUP_SIZE + CODE_SIZE - 16, &why));
    assert_non_null(strstr(why.problem, "shorter than the kernel"));
    kernel_file[0x202] = 'h';
    assert_false(boot_linux.recognise(span_of(kernel_file, BOOT_HEAD_SIZE), FILE_SIZE, &why));
    assert_string_equal(why.problem, "no HdrS at 0x202");
    assert_false(boot_linux.recognise(span_of(NULL, 0), 0, &why));
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
        TEST(a_small_machine_gives_what_boot_services_leave_behind),
        TEST(everything_goes_above_4_gib_when_asked_to),
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
        TEST(a_small_map_lies_in_the_zero_page),
        TEST(ranges_beyond_128_go_on_behind_the_zero_page),
        TEST(the_largest_map_that_was_announced_can_be_converted),
        TEST(a_map_without_memory_is_refused),
        TEST(the_firmwares_map_is_handed_over_as_it_is),
        TEST(a_map_that_linux_can_not_take_is_made_to_fit),
        TEST(a_map_that_can_not_be_made_to_fit_is_handed_over_all_the_same),
        TEST(finishing_twice_is_finishing_once),
        TEST(finishing_again_leaves_nothing_of_the_map_before),
        TEST(the_story_of_the_exit_is_told_as_text),
        TEST(the_longest_story_stays_in_its_place),
        TEST(a_kernel_that_can_not_be_read_is_named),
        TEST(a_kernel_that_has_become_shorter_is_named),
        TEST(an_unsound_header_is_explained),
        TEST(the_initrd_that_can_not_be_read_is_named),
        TEST(an_initrd_that_has_become_shorter_is_named),
        TEST(an_initrd_that_has_grown_is_named),
        TEST(an_initrd_whose_end_can_not_be_confirmed_is_named),
        TEST(a_read_that_fails_once_is_survived),
        TEST(initrds_larger_than_addresses_are_refused),
        TEST(no_room_for_another_lease_is_said),
        TEST(every_allocation_may_fail),
        TEST(every_allocation_may_fail_with_a_choice_of_places),
        TEST(recognising_says_what_is_wrong_with_a_kernel),
    };

    return cmocka_run_group_tests_name("boot_linux", tests, NULL, NULL);
}
