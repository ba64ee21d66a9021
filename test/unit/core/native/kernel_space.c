/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/kernel_space.h"

#include "arch/arch.h"
#include "arch/x86_64/machine.h"
#include "core/base/page.h"
#include "unit/fixture/walk.h"

#define PHYSICAL     0x5600000ULL
#define GUARD        0x7777000ULL
#define ENTRY_CODE   0x8888234ULL
#define SERVICES     0x9990000ULL
#define SERVICES_END 0x9993000ULL

static struct elf_image image;
static struct kernel_space space;
static struct address_range ranges[KERNEL_SPACE_RANGES_MAX];
static struct address_space mapped;
static uint64_t used_pages;

/* The processor that the page tables are for. */
static unsigned int levels;
static bool gigabyte_pages;

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    assert_int_equal(leaf, 0x80000001);
    return (struct cpuid_answer){.edx = 1U << 20 | (gigabyte_pages ? 1U << 26 : 0)};
}

uint64_t machine_rdmsr(uint32_t msr)
{
    fail_msg("MSR 0x%x", msr);
    return 0;
}

uint64_t machine_cr4(void)
{
    return levels == 5 ? 1U << 12 : 0;
}

/* Code, constants and data of a kernel at `start`, a hole between the last two. */
static void begin(uint64_t start, bool position_independent)
{
    image = (struct elf_image){
        .position_independent = position_independent,
        .upper_half = start >> 63 != 0,
        .start = start,
        .size = 0x9000,
        .segment_count = 3,
        .segments =
            {
                {.address = start + 0x10, .memory_size = 0x1ff0, .executable = true},
                {.address = start + 0x2000, .memory_size = 1},
                {.address = start + 0x5ff8, .memory_size = 0x2009, .writable = true},
            },
    };
    levels = 4;
    gigabyte_pages = true;
    space = (struct kernel_space){
        .identity_end = 6ULL << 30,
        .image = &image,
        .physical = PHYSICAL,
        .guard = GUARD,
        .entry_code = ENTRY_CODE,
        .runtime_code = {.count = 1, .ranges = {{.start = SERVICES, .end = SERVICES_END}}},
    };
}

static void build(void)
{
    uint64_t root = 0;

    kernel_space_ranges(&space, ranges, &mapped);
    assert_in_range(mapped.range_count, 1, KERNEL_SPACE_RANGES_MAX);
    used_pages = arch_space_pages(&mapped);
    assert_true(arch_space_build(&mapped, pool_new(used_pages), used_pages, &root));
    assert_ptr_equal(root, pool_block);
}

static void assert_page(uint64_t address, uint64_t physical, bool writable, bool executable)
{
    struct walked walked = walk_at(pool_block, (uintptr_t)pool_block, used_pages, levels, address);

    if (!walked.present || walked.physical != physical || walked.writable != writable ||
        walked.executable != executable)
        fail_msg("%#lx: present %d, physical %#lx, writable %d, executable %d",
                 (unsigned long)address, walked.present, (unsigned long)walked.physical,
                 walked.writable, walked.executable);
}

static void assert_nothing(uint64_t address)
{
    assert_false(walk_at(pool_block, (uintptr_t)pool_block, used_pages, levels, address).present);
}

static void assert_the_rest(void)
{
    assert_nothing(0);
    assert_nothing(0xfff);
    assert_page(0x1000, 0x1000, true, false);
    assert_nothing(GUARD);
    assert_nothing(GUARD + 0xfff);
    assert_page(GUARD - 1, GUARD - 1, true, false);
    assert_page(GUARD + 0x1000, GUARD + 0x1000, true, false);
    assert_page(ENTRY_CODE, ENTRY_CODE, false, true);
    assert_page(0x8888fff, 0x8888fff, false, true);
    assert_page(0x8889000, 0x8889000, true, false);
    assert_page(SERVICES - 1, SERVICES - 1, true, false);
    assert_page(SERVICES, SERVICES, false, true);
    assert_page(SERVICES_END - 1, SERVICES_END - 1, false, true);
    assert_page(SERVICES_END, SERVICES_END, true, false);
    assert_page(space.identity_end - 1, space.identity_end - 1, true, false);
    assert_nothing(space.identity_end);
}

/* The image's pages at `address`, which are at PHYSICAL. */
static void assert_segments(uint64_t address)
{
    assert_page(address, PHYSICAL, false, true);
    assert_page(address + 0x1fff, PHYSICAL + 0x1fff, false, true);
    assert_page(address + 0x2000, PHYSICAL + 0x2000, false, false);
    assert_page(address + 0x5000, PHYSICAL + 0x5000, true, false);
    assert_page(address + 0x8fff - 0x1000, PHYSICAL + 0x7fff, true, false);
    assert_page(address + 0x8000, PHYSICAL + 0x8000, true, false);
}

static void an_upper_half_kernel_has_its_segments_there_and_a_closed_alias(void **state)
{
    const uint64_t start = 0xffffffff80000000;

    (void)state;
    begin(start, false);
    build();
    assert_segments(start);
    assert_nothing(start - 1);
    assert_nothing(start + 0x3000); /* a hole between segments */
    assert_nothing(start + 0x9000);
    assert_page(PHYSICAL, PHYSICAL, false, false);
    assert_page(PHYSICAL + 0x2000, PHYSICAL + 0x2000, false, false);
    assert_page(PHYSICAL + 0x3000, PHYSICAL + 0x3000, true, false);
    assert_page(PHYSICAL + 0x5000, PHYSICAL + 0x5000, true, false);
    assert_the_rest();
    pool_free();
}

static void a_low_kernel_splits_the_identity_map(void **state)
{
    (void)state;
    begin(PHYSICAL, false);
    build();
    assert_segments(PHYSICAL);
    assert_page(PHYSICAL - 1, PHYSICAL - 1, true, false);
    assert_page(PHYSICAL + 0x3000, PHYSICAL + 0x3000, true, false);
    assert_page(PHYSICAL + 0x9000, PHYSICAL + 0x9000, true, false);
    assert_the_rest();
    pool_free();
}

static void a_position_independent_kernel_is_where_it_was_moved(void **state)
{
    (void)state;
    begin(0, true);
    space.slide = PHYSICAL;
    build();
    assert_segments(PHYSICAL);
    assert_the_rest();
    pool_free();
}

static void a_framebuffer_beyond_the_identity_map_is_mapped_too(void **state)
{
    const uint64_t far = 0x380000000000;

    (void)state;
    begin(0xffffffff80000000, false);
    space.framebuffer_start = far;
    space.framebuffer_end = far + 0x301000;
    build();
    assert_nothing(far - 1);
    assert_page(far, far, true, false);
    assert_page(far + 0x300fff, far + 0x300fff, true, false);
    assert_nothing(far + 0x301000);
    assert_the_rest();
    pool_free();
}

static void what_runtime_services_need_beyond_it_is_mapped_too(void **state)
{
    const uint64_t far = 0x380000000000;

    (void)state;
    begin(0xffffffff80000000, false);
    space.runtime_regions.count = 2;
    space.runtime_regions.region[0].start = far;
    space.runtime_regions.region[0].end = far + 0x3000;
    space.runtime_regions.region[1].start = far + 0x10000;
    space.runtime_regions.region[1].end = far + 0x11000;
    space.runtime_code.count = 2;
    space.runtime_code.ranges[1] = (struct runtime_code_range){far + 0x1000, far + 0x2000};
    build();
    assert_nothing(far - 1);
    assert_page(far, far, true, false);
    assert_page(far + 0x1000, far + 0x1000, false, true);
    assert_page(far + 0x2fff, far + 0x2fff, true, false);
    assert_nothing(far + 0x3000);
    assert_page(far + 0x10000, far + 0x10000, true, false);
    assert_the_rest();
    pool_free();
}

static void five_levels_without_large_pages_give_the_same(void **state)
{
    (void)state;
    begin(0xffffffff80000000, false);
    levels = 5;
    gigabyte_pages = false;
    build();
    assert_segments(0xffffffff80000000);
    assert_the_rest();
    pool_free();
}

/* Every leaf of the tables, not only those that were thought of. */
static void nothing_is_writable_and_executable(void **state)
{
    static const uint64_t starts[] = {0xffffffff80000000, PHYSICAL};

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        begin(starts[i], false);
        build();
        for (uint64_t address = 0; address < space.identity_end;) {
            struct walked walked =
                walk_at(pool_block, (uintptr_t)pool_block, used_pages, 4, address);

            assert_false(walked.writable && walked.executable && walked.present);
            address += walked.present ? walked.size : PAGE_SIZE;
        }
        pool_free();
    }
}

static void an_address_that_can_not_be_mapped_is_refused(void **state)
{
    uint64_t root = 77;
    uint64_t pages;

    (void)state;
    begin(0xffffffff80000000, false);
    space.framebuffer_start = 0x0000900000000000;
    space.framebuffer_end = 0x0000900000001000;
    kernel_space_ranges(&space, ranges, &mapped);
    pages = arch_space_pages(&mapped);
    assert_false(arch_space_build(&mapped, pool_new(pages), pages, &root));
    assert_int_equal(root, 77);
    pool_free();
}

/* As many ranges as there can be have room. */
static void the_largest_kernel_has_room_for_its_ranges(void **state)
{
    (void)state;
    begin(0xffffffff80000000, false);
    image.segment_count = ELF_SEGMENTS_MAX;
    for (uint32_t i = 0; i < ELF_SEGMENTS_MAX; i++)
        image.segments[i] =
            (struct elf_segment){.address = image.start + i * 0x1000ULL, .memory_size = 0x1000};
    space.runtime_code.count = RUNTIME_CODE_MAX;
    for (uint32_t i = 0; i < RUNTIME_CODE_MAX; i++)
        space.runtime_code.ranges[i] =
            (struct runtime_code_range){i * 0x2000ULL + 0x100000, i * 0x2000ULL + 0x101000};
    space.framebuffer_start = 0x380000000000;
    space.framebuffer_end = 0x380000001000;
    space.runtime_regions.count = RUNTIME_REGIONS_MAX;
    kernel_space_ranges(&space, ranges, &mapped);
    assert_int_equal(mapped.range_count, KERNEL_SPACE_RANGES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upper_half_kernel_has_its_segments_there_and_a_closed_alias),
        cmocka_unit_test(a_low_kernel_splits_the_identity_map),
        cmocka_unit_test(a_position_independent_kernel_is_where_it_was_moved),
        cmocka_unit_test(a_framebuffer_beyond_the_identity_map_is_mapped_too),
        cmocka_unit_test(what_runtime_services_need_beyond_it_is_mapped_too),
        cmocka_unit_test(five_levels_without_large_pages_give_the_same),
        cmocka_unit_test(nothing_is_writable_and_executable),
        cmocka_unit_test(the_largest_kernel_has_room_for_its_ranges),
        cmocka_unit_test(an_address_that_can_not_be_mapped_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
