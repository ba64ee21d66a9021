/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the Linux protocol share: a made-up bzImage on the bench of kernel_bench.h, and
 * ways to look at the zero page. Offsets are written as the boot protocol document gives them, not
 * as the code names them.
 */
#ifndef BATON_TEST_UNIT_LINUX_BENCH_H
#define BATON_TEST_UNIT_LINUX_BENCH_H

#include "core/store.h"
#include "kernel_bench.h"

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
#define EFI_MAP_MAX      0x40000U

/* A relocatable kernel of protocol 2.15 that can be above 4 GiB; a signature follows the code. */
static inline void make_kernel(void)
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
static inline void make_fixed_kernel(void)
{
    make_kernel();
    kernel_file[0x234] = 0;
    store_u16(kernel_file + 0x236, 1);
}

static inline void lay_down(void)
{
    lay_down_kernel(FILE_SIZE);
}

static inline uint64_t load(const uint8_t *bytes, unsigned int size)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

static inline uint8_t *zero_page(void)
{
    return (uint8_t *)(uintptr_t)plan.entry.argument;
}

static inline uint64_t field(unsigned int offset, unsigned int size)
{
    return load(zero_page() + offset, size);
}

/* A field in two halves: `low` in the setup header, `high` where there was room. */
static inline uint64_t split(unsigned int low, unsigned int high)
{
    return field(low, 4) | field(high, 4) << 32;
}

static inline uint64_t initrd_address(void)
{
    return split(0x218, 0x0c0);
}

static inline uint64_t initrd_size(void)
{
    return split(0x21c, 0x0c4);
}

static inline uint64_t kernel_address(void)
{
    return plan.entry.entry - 0x200;
}

static inline void prepared(void)
{
    if (!boot_linux.prepare(firmware, &leases, &request, &plan, &failure))
        fail_msg("%s %s: %s", failure.doing, failure.file, failure.why.problem);
}

static inline struct memory_map finished(void)
{
    struct memory_map map = fake_map();

    assert_true(boot_linux.finish(&plan, &map, &journal));
    return map;
}

/* Refused with that message about that file; after that everything is given back. */
static inline void assert_refused(const char *file, const char *problem, uint64_t status)
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

#endif
