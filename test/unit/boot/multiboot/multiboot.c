/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 from the file to the entry, over the fake firmware: what lies where, what the kernel
 * is told in each of the two forms, what is refused. Kernels that check it from inside are in
 * test/kernel.
 */
#include "arch/x86_entry.h"
#include "fake/tpm.h"
#include "unit/fixture/deflate_fixture.h"
#include "unit/fixture/kernel_fixture.h"

#include "core/base/crc32.h"
#include "core/multiboot/multiboot_info.h"

#define FILE_SIZE   0x2000U
#define FIXED       0x2000000ULL
#define IMAGE_SIZE  0x5000U
#define FILE_PART   0x800U
#define HEADER      0x1000U /* in the file, behind the head */
#define ENTRY_POINT 0x20U

static uint32_t header_size;

static void store(uint32_t offset, uint32_t bytes, uint64_t value)
{
    for (uint32_t i = 0; i < bytes; i++)
        kernel_file[offset + i] = (uint8_t)(value >> (8 * i));
}

static void put_tag(uint32_t type, const uint32_t *words, uint32_t count)
{
    store(HEADER + header_size, 4, type);
    store(HEADER + header_size + 4, 4, 8 + 4 * count);
    for (uint32_t i = 0; i < count; i++)
        store(HEADER + header_size + 8 + 4 * i, 4, words[i]);
    header_size += (8 + 4 * count + 7) & ~7U;
}

#define TAG(type, ...)                                                                             \
    put_tag(type, (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

/* An ELF32 file of one segment; its header is to be added to, and sealed. */
static void begin_kernel(void)
{
    memset(kernel_file, 0x77, sizeof(kernel_file));
    memset(kernel_file, 0, 0x200);
    memcpy(kernel_file,
           "\x7f"
           "ELF\1\1\1",
           7);
    store(16, 2, 2);
    store(18, 2, 3);
    store(24, 4, FIXED + ENTRY_POINT);
    store(28, 4, 52);
    store(42, 2, 32);
    store(44, 2, 1);
    store(52, 4, 1);
    store(56, 4, 0x1800);
    store(60, 4, FIXED);
    store(64, 4, FIXED);
    store(68, 4, FILE_PART);
    store(72, 4, IMAGE_SIZE);
    header_size = 16;
}

static void seal(void)
{
    put_tag(0, NULL, 0);
    store(HEADER, 4, 0xe85250d6);
    store(HEADER + 4, 4, 0);
    store(HEADER + 8, 4, header_size);
    store(HEADER + 12, 4, 0U - 0xe85250d6 - header_size);
}

/* One that keeps boot services, as Xen: relocatable to where there is room. */
static void make_xen(void)
{
    begin_kernel();
    put_tag(7, NULL, 0);
    TAG(9, (uint32_t)FIXED + 0x40);
    TAG(10, 0x400000, 0xffffffff, 0x200000, 2);
    seal();
}

static void make_plain(void)
{
    begin_kernel();
    seal();
}

static void lay_down(unsigned int module_count)
{
    lay_down_kernel(FILE_SIZE);
    boot.environment.acpi_rsdp = 0;
    for (unsigned int i = 0; i < module_count; i++)
        open_module(i, 100 + i);
}

static const uint8_t *info_bytes;

static void prepared(void)
{
    if (!protocol(boot_multiboot).prepare(&boot, &plan))
        fail_msg("%s: %s (%s)", boot.failure.doing, explained(boot.failure.why).problem,
                 boot.failure.detail);
}

/* Services are gone: where the kernel is told of is in the last instructions' numbers. */
static const struct protected_entry *last_entry(void)
{
    return (const struct protected_entry *)(uintptr_t)plan.entry.argument;
}

static bool finished(void)
{
    struct memory_map map = fake_map();

    info_bytes = (const uint8_t *)(uintptr_t)last_entry()->ebx;
    return protocol(boot_multiboot).finish(&plan, &map, &journal);
}

static void assert_refused(const char *problem)
{
    assert_false(protocol(boot_multiboot).prepare(&boot, &plan));
    assert_string_equal(boot.failure.file, "\\kernel");
    if (strstr(explained(boot.failure.why).problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", explained(boot.failure.why).problem, problem);
}

/* The n-th tag of a type: its body; NULL when there is none. */
static const uint8_t *tag_of(uint32_t type, unsigned int n, uint32_t *ret_size)
{
    uint32_t total;
    uint32_t words[2];

    memcpy(&total, info_bytes, 4);
    for (uint32_t at = 8; at < total; at += (words[1] + 7) & ~7U) {
        memcpy(words, info_bytes + at, sizeof(words));
        assert_true(words[1] >= 8);
        *ret_size = words[1] - 8;
        if (words[0] == type && n-- == 0)
            return info_bytes + at + 8;
        if (words[0] == 0)
            break;
    }
    return NULL;
}

static void assert_no_tag(uint32_t type)
{
    uint32_t size;

    assert_null(tag_of(type, 0, &size));
}

static void assert_string(uint32_t type, const char *string)
{
    uint32_t size;
    const uint8_t *body = tag_of(type, 0, &size);

    assert_non_null(body);
    assert_string_equal((const char *)body, string);
    assert_int_equal(size, strlen(string) + 1);
}

static uint64_t number(uint32_t type)
{
    uint32_t size;
    const uint8_t *body = tag_of(type, 0, &size);
    uint64_t value = 0;

    assert_non_null(body);
    assert_true(size <= sizeof(value));
    memcpy(&value, body, size);
    return value;
}

static void assert_module(unsigned int index, const char *words)
{
    uint32_t size;
    const uint8_t *body = tag_of(3, index, &size);
    uint32_t borders[2];

    assert_non_null(body);
    memcpy(borders, body, sizeof(borders));
    assert_int_equal(borders[0] % PAGE_SIZE, 0);
    assert_int_equal(borders[1] - borders[0], 100 + index);
    assert_memory_equal((const void *)(uintptr_t)borders[0], module_files[index], 100 + index);
    assert_int_equal(fake_memory_type(borders[0]), MEMORY_LOADER_DATA);
    assert_string_equal((const char *)body + 8, words);
}

static void assert_image(uint64_t address)
{
    const uint8_t *image = (const uint8_t *)(uintptr_t)address;

    assert_memory_equal(image, kernel_file + 0x1800, FILE_PART);
    for (uint32_t i = FILE_PART; i < IMAGE_SIZE; i++)
        assert_int_equal(image[i], 0);
}

/* --- boot services are kept ----------------------------------------------------------------------
 */

static void a_kernel_that_keeps_services_is_told_of_them(void **state)
{
    uint64_t base;

    (void)state;
    make_xen();
    lay_down(2);
    entry.modules[0] = "\\ignored\0root=/dev/xvda console=hvc0";
    entry.module_count = 1;
    prepared();
    assert_non_null(plan.enter_alive);
    info_bytes = (const uint8_t *)(uintptr_t)plan.entry.argument;
    assert_true((uintptr_t)info_bytes < 1ULL << 32);
    assert_int_equal((uintptr_t)info_bytes % 8, 0);
    base = number(21);
    assert_int_equal(base % 0x200000, 0);
    assert_true(base + IMAGE_SIZE + 0x200000 > LOW_END); /* the highest that fits */
    assert_int_equal(plan.entry.entry, base + 0x40);
    assert_image(base);
    assert_int_equal(fake_memory_type(base), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(base + IMAGE_SIZE - 1), MEMORY_LOADER_CODE);
    assert_string(1, "\\kernel " COMMAND_LINE);
    assert_string(2, "Baton " BATON_VERSION);
    assert_module(0, "\\initrd0 root=/dev/xvda console=hvc0");
    assert_module(1, "\\initrd1");
    assert_int_equal(number(12), SYSTEM_TABLE);
    assert_int_equal(number(18), 0);
    assert_int_equal(number(20), (uintptr_t)firmware->image_handle);
    assert_no_tag(4);
    assert_no_tag(6);
    assert_no_tag(8);
    assert_no_tag(14);
    assert_no_tag(17);
}

static void a_kernel_is_moved_within_its_limits(void **state)
{
    (void)state;
    for (uint32_t preference = 0; preference < 3; preference++) {
        begin_kernel();
        TAG(10, 0x3000000, 0x3ffffff, 0, preference);
        seal();
        lay_down(0);
        prepared();
        assert_true(finished());
        assert_int_equal(number(21), preference == 2 ? 0x4000000 - IMAGE_SIZE : 0x3000000);
        assert_int_equal(last_entry()->entry, number(21) + ENTRY_POINT);
        assert_int_equal(last_entry()->size, 0);
        assert_image(number(21));
        end(state);
        begin(state);
    }
    begin_kernel();
    TAG(10, 0x3000000, 0x3000000 + IMAGE_SIZE - 2, 0, 0);
    seal();
    lay_down(0);
    assert_refused("not enough free memory");
}

static void such_a_kernel_may_change_itself(void **state)
{
    const struct fake_call *call = NULL;

    (void)state;
    make_xen();
    lay_down(0);
    fake_page_access(0);
    prepared();
    for (size_t i = 0; i < fake_call_count(); i++) {
        if (strcmp(fake_call_at(i)->service, "ClearMemoryAttributes") == 0)
            call = fake_call_at(i);
    }
    assert_non_null(call);
    assert_int_equal(call->a, plan.entry.entry - 0x40);
    assert_int_equal(call->b, IMAGE_SIZE);
}

static void where_it_may_not_change_itself_it_is_refused(void **state)
{
    (void)state;
    make_xen();
    lay_down(0);
    fake_page_access(FAKE_ACCESS_DENIED);
    assert_refused("does not let this kernel change itself");
    assert_true(boot.failure.status == FAKE_ACCESS_DENIED);
}

static void a_fixed_place_that_is_taken_is_refused_while_services_live(void **state)
{
    (void)state;
    begin_kernel();
    put_tag(7, NULL, 0);
    TAG(9, (uint32_t)FIXED);
    seal();
    lay_down(0);
    fake_memory_set(FIXED + 0x4000, 1, MEMORY_BOOT_SERVICES_DATA);
    assert_refused("in use by the firmware");
    assert_string_equal(boot.failure.detail, "0x2000000 to 0x2004fff");
}

/* --- boot services are left ----------------------------------------------------------------------
 */

static void a_kernel_without_wishes_gets_the_final_map(void **state)
{
    static uint8_t rsdp[36] = "RSD PTR ";
    uint32_t size;
    const uint8_t *body;

    (void)state;
    make_plain();
    lay_down(2);
    rsdp[15] = 2;
    rsdp[20] = 36;
    boot.environment.acpi_rsdp = (uintptr_t)rsdp;
    boot.environment.framebuffer = (struct framebuffer){.address = 0x80000000};
    entry.modules[0] = "\\ignored\0first words";
    entry.module_count = 1;
    prepared();
    assert_null(plan.enter_alive);
    assert_true(finished());
    assert_image(FIXED);
    assert_int_equal(last_entry()->entry, FIXED + ENTRY_POINT);
    assert_int_equal(last_entry()->eax, 0x36d76289);
    assert_int_equal(last_entry()->size, 0); /* it lies where it belongs */
    assert_string(1, COMMAND_LINE);
    assert_module(0, "first words");
    assert_module(1, "\\initrd1");
    assert_int_equal(number(21), FIXED);
    assert_int_equal(number(12), SYSTEM_TABLE);
    body = tag_of(14, 0, &size);
    assert_int_equal(size, 20);
    assert_memory_equal(body, rsdp, 20);
    body = tag_of(15, 0, &size);
    assert_int_equal(size, 36);
    assert_memory_equal(body, rsdp, 36);
    assert_no_tag(8); /* it has not asked */
    assert_no_tag(18);
    assert_no_tag(20);
    body = tag_of(17, 0, &size);
    assert_int_equal(size, 8 + fake_map().size);
    assert_memory_equal(body + 8, fake_map().data, fake_map().size);
    assert_true(number(4) >> 32 > 0);
    body = tag_of(6, 0, &size);
    assert_true(size > 8 + 24);
}

static void an_rsdp_that_lies_about_its_length_is_an_old_one(void **state)
{
    static const uint32_t lengths[] = {0, 35, 4097, UINT32_MAX};
    static const uint32_t true_one = 36;
    static uint8_t rsdp[36];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        make_plain();
        lay_down(0);
        rsdp[15] = 2;
        memcpy(rsdp + 20, &lengths[i], 4);
        boot.environment.acpi_rsdp = (uintptr_t)rsdp;
        prepared();
        assert_true(finished());
        assert_no_tag(15);
        end(state);
        begin(state);
    }
    make_plain();
    lay_down(0);
    rsdp[15] = 0; /* the length is somebody else's bytes */
    memcpy(rsdp + 20, &true_one, 4);
    boot.environment.acpi_rsdp = (uintptr_t)rsdp;
    prepared();
    assert_true(finished());
    assert_no_tag(15);
}

static void finishing_twice_gives_the_last_map_and_calls_nobody(void **state)
{
    size_t calls;
    uint32_t size;
    uint32_t later;

    (void)state;
    make_plain();
    lay_down(1);
    prepared();
    calls = fake_call_count();
    assert_true(finished());
    (void)tag_of(6, 0, &size);
    fake_map_add(MEMORY_ACPI_NVS, 0x90000000, 16);
    assert_true(finished());
    (void)tag_of(6, 0, &later);
    assert_int_equal(later, size + 24);
    assert_module(0, "\\initrd0");
    assert_int_equal(fake_call_count(), calls);
}

static void the_largest_map_that_was_announced_can_be_converted(void **state)
{
    struct memory_map map;

    (void)state;
    make_plain();
    lay_down(0);
    prepared();
    map = fake_map();
    fake_map_grow(DESCRIPTORS - map.size / map.descriptor_size);
    assert_true(finished());
    fake_map_grow(1);
    assert_false(finished());
}

static void a_place_that_boot_services_hold_is_taken_in_the_last_moment(void **state)
{
    const struct protected_entry *last;

    (void)state;
    make_plain();
    lay_down(0);
    fake_memory_set(FIXED + 0x1000, 2, MEMORY_BOOT_SERVICES_DATA);
    prepared();
    last = last_entry();
    assert_int_equal(last->to, FIXED);
    assert_int_equal(last->size, IMAGE_SIZE);
    assert_int_equal(last->entry, FIXED + ENTRY_POINT);
    assert_image(last->from);
    assert_int_equal(fake_memory_type(FIXED), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(FIXED + 0x1000), MEMORY_BOOT_SERVICES_DATA);
    /* Nothing that is needed until then is where it goes. */
    assert_true(last->from >= FIXED + IMAGE_SIZE || last->from + IMAGE_SIZE <= FIXED);
    assert_true(plan.entry.entry >= FIXED + IMAGE_SIZE || plan.entry.stack <= FIXED);
    assert_true(finished());
    assert_int_equal(number(21), FIXED);
}

/* It is half of the memory and more. */
static void a_kernel_without_a_place_to_wait_in_is_refused(void **state)
{
    (void)state;
    make_plain();
    store(72, 4, LOW_END - FIXED - (4U << 20));
    lay_down(0);
    fake_memory_set(FIXED + 0x1000, 2, MEMORY_BOOT_SERVICES_DATA);
    assert_refused("memory");
    assert_string_equal(boot.failure.doing, "placing");
}

static void what_has_become_somebody_elses_is_no_place(void **state)
{
    for (uint64_t page = 0; page < IMAGE_SIZE; page += PAGE_SIZE) {
        end(state);
        begin(state);
        make_plain();
        lay_down(0);
        fake_memory_set(FIXED + 0x1000, 2, MEMORY_BOOT_SERVICES_DATA);
        prepared();
        assert_true(finished());
        fake_map_add(MEMORY_RUNTIME_SERVICES_DATA, FIXED + page, 1);
        assert_false(finished());
    }
}

static void a_place_that_runtime_services_hold_is_refused(void **state)
{
    (void)state;
    make_plain();
    lay_down(0);
    fake_memory_set(FIXED + 0x1000, 1, MEMORY_RUNTIME_SERVICES_DATA);
    assert_refused("in use by the firmware");
}

static void a_framebuffer_is_for_those_who_ask(void **state)
{
    uint32_t size;

    (void)state;
    begin_kernel();
    TAG(4, 1);
    TAG(5, 0, 0, 0);
    seal();
    lay_down(0);
    boot.environment.framebuffer = (struct framebuffer){.address = 0x80000000};
    prepared();
    assert_true(finished());
    assert_non_null(tag_of(8, 0, &size));
}

static void a_console_that_is_required_has_to_be_there(void **state)
{
    (void)state;
    begin_kernel();
    TAG(4, 1);
    TAG(5, 0, 0, 0);
    seal();
    lay_down(0);
    assert_refused("requires a console");
    begin_kernel();
    TAG(4, 1);
    seal();
    end(state);
    begin(state);
    lay_down(0);
    boot.environment.framebuffer = (struct framebuffer){.address = 0x80000000};
    assert_refused("requires a console");
}

/* --- files ---------------------------------------------------------------------------------------
 */

/* The kernel in kernel_file as a gzip file in `packed`. */
static void pack(void)
{
    uint32_t crc = crc32_update(0, kernel_file, FILE_SIZE);

    deflate_begin();
    put_bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put_stored(kernel_file, FILE_SIZE, true);
    put(crc & 0xffff, 16);
    put(crc >> 16, 16);
    put(FILE_SIZE, 16);
    put(0, 16);
}

static void lay_down_packed(void)
{
    lay_down(0);
    (void)fake_file_add("\\packed", packed, packed_size());
    assert_int_equal(file_open(firmware, root, "\\packed", &boot.payload.kernel.file), 0);
    boot.payload.kernel.size = packed_size();
}

static void a_packed_kernel_is_unpacked(void **state)
{
    (void)state;
    make_plain();
    pack();
    lay_down_packed();
    prepared();
    assert_image(FIXED);
}

static void what_is_in_a_packed_file_is_said_when_it_is_no_kernel(void **state)
{
    (void)state;
    make_plain();
    memset(kernel_file, 'x', FILE_SIZE);
    pack();
    lay_down_packed();
    assert_refused("no Multiboot2 kernel");
    assert_string_equal(boot.failure.detail, "it looks like a text file");
}

static void a_damaged_packed_file_is_refused(void **state)
{
    (void)state;
    make_plain();
    pack();
    packed[100] ^= 1;
    lay_down_packed();
    assert_refused("checksum");
}

static void what_is_in_memory_is_not_read_again(void **state)
{
    (void)state;
    make_plain();
    lay_down(0);
    boot.payload.kernel.bytes = kernel_file;
    boot.payload.kernel.file = NULL;
    prepared();
    assert_image(FIXED);
    assert_int_equal(kernel->reads, 0);
}

static void kernels_are_recognised_by_their_header_or_by_being_packed(void **state)
{
    struct explanation why;

    (void)state;
    make_plain();
    assert_true(
        protocol(boot_multiboot).recognise(span_of(kernel_file, FILE_SIZE), FILE_SIZE, &why));
    assert_null(why.at);
    assert_false(protocol(boot_multiboot).recognise(span_of(kernel_file, HEADER), FILE_SIZE, &why));
    assert_non_null(strstr(explained(why).problem, "no Multiboot2 header"));
    store(HEADER + 20, 4, 0);
    assert_true(
        protocol(boot_multiboot).recognise(span_of(kernel_file, FILE_SIZE), FILE_SIZE, &why));
    assert_non_null(strstr(explained(why).problem, "damaged"));
    assert_true(protocol(boot_multiboot).recognise(span_of("\x1f\x8b\x08", 3), 3, &why));
    assert_null(why.at);
}

static void a_kernel_that_cannot_be_loaded_is_refused(void **state)
{
    (void)state;
    make_plain();
    store(72, 4, FILE_PART - 1);
    lay_down(0);
    assert_refused("shrinks");
}

/* --- failures and measurements -------------------------------------------------------------------
 */

static void every_allocation_may_fail(void **state)
{
    for (unsigned int keeps = 0; keeps < 2; keeps++) {
        bool done = false;

        for (unsigned int failing = 1; !done; failing++) {
            end(state);
            begin(state);
            if (keeps != 0)
                make_xen();
            else
                make_plain();
            lay_down(2);
            if (keeps == 0)
                fake_memory_set(FIXED + 0x1000, 2, MEMORY_BOOT_SERVICES_DATA);
            fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
            done = protocol(boot_multiboot).prepare(&boot, &plan);
            fake_fail_allocation(0, 0);
            assert_true(done || boot.failure.why.at != NULL);
            assert_true(failing < 40);
        }
    }
}

/* Kernel: PCR 4, by boot.c. Options: 12 and 9. Modules: the words that the kernel gets, contents.
 */
static void options_and_modules_are_measured_with_their_words(void **state)
{
    static const uint16_t options[] = u"root=/dev/vda quiet";
    static const char *const names[] = {"dom0 words", "\\initrd0 dom0 words"};

    for (unsigned int keeps = 0; keeps < 2; keeps++) {
        end(state);
        begin(state);
        if (keeps != 0)
            make_xen();
        else
            make_plain();
        lay_down(1);
        entry.modules[0] = "\\ignored\0dom0 words";
        entry.module_count = 1;
        (void)fake_tpm_add(FAKE_TCG2);
        tpm = tpm_find(firmware);
        prepared();
        assert_int_equal(fake_measurement_count(), 4);
        assert_int_equal(fake_measurement_at(0)->index, 12);
        assert_memory_equal(fake_measurement_at(0)->data, options, sizeof(options));
        assert_int_equal(fake_measurement_at(1)->index, 9);
        assert_int_equal(fake_measurement_at(2)->index, 9);
        assert_int_equal(fake_measurement_at(2)->data_size, strlen(names[keeps]) + 1);
        assert_memory_equal(fake_measurement_at(2)->data, names[keeps], strlen(names[keeps]) + 1);
        assert_int_equal(fake_measurement_at(3)->index, 9);
        assert_int_equal(fake_measurement_at(3)->data_size, 100);
        assert_memory_equal(fake_measurement_at(3)->data, module_files[0], 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_that_keeps_services_is_told_of_them),
        TEST(a_kernel_is_moved_within_its_limits),
        TEST(such_a_kernel_may_change_itself),
        TEST(where_it_may_not_change_itself_it_is_refused),
        TEST(a_fixed_place_that_is_taken_is_refused_while_services_live),
        TEST(a_kernel_without_wishes_gets_the_final_map),
        TEST(an_rsdp_that_lies_about_its_length_is_an_old_one),
        TEST(finishing_twice_gives_the_last_map_and_calls_nobody),
        TEST(the_largest_map_that_was_announced_can_be_converted),
        TEST(a_place_that_boot_services_hold_is_taken_in_the_last_moment),
        TEST(a_kernel_without_a_place_to_wait_in_is_refused),
        TEST(what_has_become_somebody_elses_is_no_place),
        TEST(a_place_that_runtime_services_hold_is_refused),
        TEST(a_framebuffer_is_for_those_who_ask),
        TEST(a_console_that_is_required_has_to_be_there),
        TEST(a_packed_kernel_is_unpacked),
        TEST(what_is_in_a_packed_file_is_said_when_it_is_no_kernel),
        TEST(a_damaged_packed_file_is_refused),
        TEST(what_is_in_memory_is_not_read_again),
        TEST(kernels_are_recognised_by_their_header_or_by_being_packed),
        TEST(a_kernel_that_cannot_be_loaded_is_refused),
        TEST(every_allocation_may_fail),
        TEST(options_and_modules_are_measured_with_their_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
