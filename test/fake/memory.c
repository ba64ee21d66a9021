/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages and pool. Two regions of the test process stand for physical memory at the addresses they
 * really have; a page that is not allocated is poisoned, so that the address sanitizer sees who
 * touches it. Fresh pages are full of junk, as the specification allows.
 */
#define _GNU_SOURCE /* memfd_create() */

#include "private.h"

#include "core/base/page.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define JUNK       0xa5
#define JUNK_PAGES 512U
#define BLOCK      256U /* pages whose types are compared at once */

struct region {
    uint64_t start;
    uint64_t pages;
    bool is_bare; /* there is no memory behind it */
    uint8_t types[FAKE_LOW_PAGES > FAKE_HIGH_PAGES ? FAKE_LOW_PAGES : FAKE_HIGH_PAGES];
};
static struct region regions[] = {
    {.start = 0, .pages = 0xa0, .is_bare = true},
    {.start = FAKE_LOW, .pages = FAKE_LOW_PAGES},
    {.start = FAKE_HIGH, .pages = FAKE_HIGH_PAGES},
};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

/* What is at addresses where this process has no memory. */
#define EXTRAS_MAX FAKE_DESCRIPTORS_MAX
static struct memory_descriptor extras[EXTRAS_MAX];
static size_t extra_count;
static uint64_t key;
static uint64_t held;
static unsigned int failing_allocation;
static uint64_t failing_status;

#define POOL_MAX 64
static void *pool[POOL_MAX];
static void *kept[4096];
static size_t kept_count;

/* A file of junk. Pages that are mapped from it are full of junk without anybody having written it,
 * and are it again after MADV_DONTNEED. */
static int junk_file(void)
{
    static uint8_t junk[JUNK_PAGES * PAGE_SIZE];
    int file = memfd_create("junk", MFD_CLOEXEC);

    memset(junk, JUNK, sizeof(junk));
    if (file < 0 || write(file, junk, sizeof(junk)) != (ssize_t)sizeof(junk))
        fail_msg("no junk for the fake firmware's memory");
    return file;
}

static void map_region(const struct region *region, int junk)
{
    for (uint64_t page = 0; page < region->pages; page += JUNK_PAGES) {
        void *wanted = (void *)(uintptr_t)(region->start + page * PAGE_SIZE);
        uint64_t pages = region->pages - page < JUNK_PAGES ? region->pages - page : JUNK_PAGES;
        void *got = mmap(wanted, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED_NOREPLACE, junk, 0);

        if (got != wanted)
            fail_msg("no memory at %p for the fake firmware", wanted);
    }
}

static void map_regions(void)
{
    static bool mapped;
    int junk;

    if (mapped)
        return;
    junk = junk_file();
    for (size_t i = 0; i < REGIONS; i++) {
        struct region *region = &regions[i];

        if (region->is_bare)
            continue;
        map_region(region, junk);
        memset(region->types, MEMORY_CONVENTIONAL, sizeof(region->types));
        ASAN_POISON_MEMORY_REGION((void *)(uintptr_t)region->start, region->pages * PAGE_SIZE);
    }
    close(junk);
    mapped = true;
}

static void set_types(struct region *region, uint64_t address, uint64_t pages, uint32_t type)
{
    void *memory = (void *)(uintptr_t)address;

    memset(region->types + (address - region->start) / PAGE_SIZE, (int)type, pages);
    key++;
    if (region->is_bare)
        return;
    if (type == MEMORY_CONVENTIONAL) {
        ASAN_POISON_MEMORY_REGION(memory, pages * PAGE_SIZE);
    } else {
        ASAN_UNPOISON_MEMORY_REGION(memory, pages * PAGE_SIZE);
        madvise(memory, pages * PAGE_SIZE, MADV_DONTNEED);
    }
}

/* How many pages from this one on have its type. Maps are asked for thousands of times. */
static uint64_t alike_from(const struct region *region, uint64_t page)
{
    const uint8_t *types = region->types;
    uint64_t end = page + 1;

    while (end < region->pages && types[end] == types[page]) {
        bool is_room = end - page >= BLOCK && region->pages - end >= BLOCK;

        end += is_room && memcmp(types + end, types + page, BLOCK) == 0 ? BLOCK : 1;
    }
    return end - page;
}

/* All free again. What is free is poisoned already: the whole would be megabytes for each test. */
static void free_region(struct region *region)
{
    for (uint64_t page = 0; page < region->pages;) {
        uint64_t alike = alike_from(region, page);

        if (region->types[page] != MEMORY_CONVENTIONAL)
            set_types(region, region->start + page * PAGE_SIZE, alike, MEMORY_CONVENTIONAL);
        page += alike;
    }
    madvise((void *)(uintptr_t)region->start, region->pages * PAGE_SIZE, MADV_DONTNEED);
}

void fake_memory_begin(void)
{
    map_regions();
    for (size_t i = 0; i < REGIONS; i++) {
        struct region *region = &regions[i];

        if (region->is_bare)
            memset(region->types, MEMORY_BOOT_SERVICES_DATA, sizeof(region->types));
        else
            free_region(region);
    }
    extra_count = 0;
    key = 0x1000;
    held = 0;
    failing_allocation = 0;
    fake_map_add(MEMORY_RUNTIME_SERVICES_DATA, 0x7f000000, 0x100);
    fake_map_add(MEMORY_RUNTIME_SERVICES_CODE, 0x7f200000, 0x100);
    fake_map_add(MEMORY_MAPPED_IO, 0xffc00000, 0x400);
}

void *fake_keep(size_t size)
{
    assert_true(kept_count < sizeof(kept) / sizeof(kept[0]));
    kept[kept_count] = calloc(1, size);
    assert_non_null(kept[kept_count]);
    return kept[kept_count++];
}

void fake_memory_end(void)
{
    unsigned int pieces = 0;

    while (kept_count > 0)
        free(kept[--kept_count]);
    for (size_t i = 0; i < POOL_MAX; i++) {
        pieces += pool[i] != NULL;
        free(pool[i]);
        pool[i] = NULL;
    }
    if (fake_exit_attempted())
        return;
    if (held != 0)
        fail_msg("%lu pages were not given back", (unsigned long)held);
    if (pieces != 0)
        fail_msg("%u pieces of pool were not given back", pieces);
}

static struct region *region_of(uint64_t address, uint64_t pages)
{
    for (size_t i = 0; i < REGIONS; i++) {
        struct region *region = &regions[i];

        if (address >= region->start && (address - region->start) / PAGE_SIZE < region->pages &&
            pages <= region->pages - (address - region->start) / PAGE_SIZE)
            return region;
    }
    return NULL;
}

void fake_memory_below_1_mib(void)
{
    set_types(&regions[0], 0, regions[0].pages, MEMORY_CONVENTIONAL);
}

void fake_memory_set(uint64_t address, uint64_t pages, uint32_t type)
{
    struct region *region = region_of(address, pages);

    assert_non_null(region);
    set_types(region, address, pages, type);
}

uint32_t fake_memory_type(uint64_t address)
{
    const struct region *region = region_of(address, 1);

    assert_non_null(region);
    return region->types[(address - region->start) / PAGE_SIZE];
}

uint64_t fake_memory_held(void)
{
    return held;
}

void fake_memory_disown(uint64_t address, uint64_t pages)
{
    assert_int_not_equal(fake_memory_type(address), MEMORY_CONVENTIONAL);
    held -= pages;
}

void fake_fail_allocation(unsigned int n, uint64_t status)
{
    failing_allocation = n;
    failing_status = status;
}

static bool is_free(const struct region *region, uint64_t first, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++)
        if (region->types[first + i] != MEMORY_CONVENTIONAL)
            return false;
    return true;
}

/* Top-down, as edk2 does, or bottom-up. */
static bool find_free(uint64_t pages, uint64_t maximum, uint64_t *ret_address)
{
    bool up = fake_behaviour.bottom_up;

    for (size_t i = 0; i < REGIONS; i++) {
        const struct region *region = &regions[up ? i : REGIONS - 1 - i];

        for (uint64_t n = 0; n + pages <= region->pages; n++) {
            uint64_t first = up ? n : region->pages - pages - n;
            uint64_t address = region->start + first * PAGE_SIZE;

            if (address + pages * PAGE_SIZE - 1 <= maximum && is_free(region, first, pages)) {
                *ret_address = address;
                return true;
            }
        }
    }
    return false;
}

static EFI_STATUS allocate(EFI_ALLOCATE_TYPE type, UINTN pages, EFI_PHYSICAL_ADDRESS *address,
                           struct region **ret_region)
{
    if (failing_allocation != 0 && --failing_allocation == 0)
        return failing_status;
    if (pages == 0 || (type == AllocateAddress && *address % PAGE_SIZE != 0))
        return EFI_INVALID_PARAMETER;
    if (type == AllocateAddress) {
        *ret_region = region_of(*address, pages);
        if (*ret_region == NULL ||
            !is_free(*ret_region, (*address - (*ret_region)->start) / PAGE_SIZE, pages))
            return EFI_NOT_FOUND;
        return EFI_SUCCESS;
    }
    if (!find_free(pages, type == AllocateMaxAddress ? *address : UINT64_MAX, address))
        return EFI_OUT_OF_RESOURCES;
    *ret_region = region_of(*address, pages);
    return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages,
                                      EFI_PHYSICAL_ADDRESS *address)
{
    struct fake_call *call = fake_enter("AllocatePages", type, pages, *address);
    struct region *region = NULL;
    EFI_STATUS status = allocate(type, pages, address, &region);

    if (status == EFI_SUCCESS && fake_behaviour.pages != NULL) {
        fake_behaviour.pages(pages, address);
        region = region_of(*address, pages);
        assert_non_null(region);
    }
    if (status == EFI_SUCCESS) {
        set_types(region, *address, pages, memory);
        held += pages;
    }
    return fake_leave(call, status);
}

EFI_STATUS EFIAPI fake_free_pages(EFI_PHYSICAL_ADDRESS address, UINTN pages)
{
    struct fake_call *call = fake_enter("FreePages", address, pages, 0);
    struct region *region = region_of(address, pages);

    if (region == NULL || address % PAGE_SIZE != 0)
        fail_msg("FreePages of what was never allocated: 0x%lx", (unsigned long)address);
    for (UINTN i = 0; region != NULL && i < pages; i++)
        if (region->types[(address - region->start) / PAGE_SIZE + i] == MEMORY_CONVENTIONAL)
            fail_msg("FreePages of a free page: 0x%lx", (unsigned long)(address + i * PAGE_SIZE));
    set_types(region, address, pages, MEMORY_CONVENTIONAL);
    held -= pages;
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_allocate_pool(EFI_MEMORY_TYPE type, UINTN size, VOID **ret_buffer)
{
    struct fake_call *call = fake_enter("AllocatePool", type, size, 0);

    for (size_t i = 0; i < POOL_MAX; i++) {
        if (pool[i] != NULL)
            continue;
        pool[i] = malloc(size);
        *ret_buffer = pool[i];
        key++;
        return fake_leave(call, EFI_SUCCESS);
    }
    return fake_leave(call, EFI_OUT_OF_RESOURCES);
}

EFI_STATUS EFIAPI fake_free_pool(VOID *buffer)
{
    struct fake_call *call = fake_enter("FreePool", (uintptr_t)buffer, 0, 0);

    for (size_t i = 0; i < POOL_MAX; i++) {
        if (buffer == NULL || pool[i] != buffer)
            continue;
        free(pool[i]);
        pool[i] = NULL;
        key++;
        return fake_leave(call, EFI_SUCCESS);
    }
    fail_msg("FreePool of what is no pool: %p", buffer);
    return EFI_INVALID_PARAMETER;
}

/* --- the map -----------------------------------------------------------------------------------
 */

void fake_map_add(uint32_t type, uint64_t start, uint64_t pages)
{
    assert_true(extra_count < EXTRAS_MAX);
    extras[extra_count++] =
        (struct memory_descriptor){.type = type, .physical_start = start, .page_count = pages};
    key++;
}

void fake_map_grow(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_map_add(i % 2 == 0 ? MEMORY_RUNTIME_SERVICES_DATA : MEMORY_BOOT_SERVICES_DATA,
                     0x300000000000ULL + extra_count * 2 * PAGE_SIZE, 1);
}

void fake_map_touch(void)
{
    key++;
}

uint64_t fake_key(void)
{
    return key;
}

static uint64_t attribute_of(uint32_t type)
{
    bool runtime = type == MEMORY_RUNTIME_SERVICES_CODE || type == MEMORY_RUNTIME_SERVICES_DATA;

    return type == MEMORY_MAPPED_IO ? 1 | MEMORY_ATTRIBUTE_RUNTIME
                                    : (runtime ? 0xf | MEMORY_ATTRIBUTE_RUNTIME : 0xf);
}

static size_t put_region(const struct region *region, struct memory_descriptor *descriptors)
{
    size_t count = 0;

    for (uint64_t page = 0; page < region->pages;) {
        uint64_t alike = alike_from(region, page);

        descriptors[count++] =
            (struct memory_descriptor){.type = region->types[page],
                                       .physical_start = region->start + page * PAGE_SIZE,
                                       .page_count = alike};
        page += alike;
    }
    return count;
}

static int by_start(const void *a, const void *b)
{
    const struct memory_descriptor *one = a;
    const struct memory_descriptor *other = b;

    return (one->physical_start > other->physical_start) -
           (one->physical_start < other->physical_start);
}

struct memory_map fake_map(void)
{
    static struct memory_descriptor descriptors[FAKE_DESCRIPTORS_MAX + FAKE_LOW_PAGES];
    size_t count = 0;

    for (size_t i = 0; i < REGIONS; i++)
        count += put_region(&regions[i], descriptors + count);
    memcpy(descriptors + count, extras, extra_count * sizeof(*extras));
    count += extra_count;
    qsort(descriptors, count, sizeof(*descriptors), by_start);
    for (size_t i = 0; i < count; i++)
        descriptors[i].attribute = attribute_of(descriptors[i].type);
    if (fake_behaviour.content != NULL)
        fake_behaviour.content(descriptors, &count);
    return (struct memory_map){.data = (uint8_t *)descriptors,
                               .size = count * sizeof(*descriptors),
                               .key = key,
                               .descriptor_size = sizeof(*descriptors),
                               .descriptor_version = 1};
}
