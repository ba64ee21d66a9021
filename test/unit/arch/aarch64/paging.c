/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/aarch64/paging.h"

#include "core/base/page.h"
#include "unit/fixture/arm_walk.h"
#include "unit/fixture/maps.h"

#define MODEL_MAX 12
#define TWO_MIB   (1ULL << 21)
#define ONE_GIB   (1ULL << 30)
#define UPPER     0xffff000000000000ULL

/* The tables under test, and what was asked of them. */
static struct paging paging;
static struct address_range asked[MODEL_MAX];
static size_t asked_count;
static uint8_t *pool;
static uint64_t pool_pages;

static void begin(void)
{
    asked_count = 0;
}

static void ask(uint64_t virtual, uint64_t physical, uint64_t size, enum memory_access access)
{
    asked[asked_count++] = (struct address_range){virtual, physical, size, access};
}

static void pool_new(uint64_t pages)
{
    pool_pages = pages;
    pool = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
    assert_non_null(pool);
    memset(pool, 0xa5, pages * PAGE_SIZE);
}

/* All of it, in a pool of exactly the size that was computed before. */
static void build(void)
{
    uint64_t pages = PAGING_ROOTS;

    for (size_t i = 0; i < asked_count; i++)
        pages += paging_cost(&asked[i]);
    pool_new(pages);
    paging_begin(pool, pages, &paging);
    for (size_t i = 0; i < asked_count; i++)
        assert_true(paging_map(&paging, &asked[i]));
    assert_true(paging.used_pages <= pages);
    assert_ptr_equal(paging.pool, pool);
}

static struct arm_walked walk(uint64_t address)
{
    return arm_walk((uintptr_t)pool, (uintptr_t)pool, paging.used_pages * PAGE_SIZE, address);
}

/* The model: the last mapping that has the address decides. */
static void assert_as_asked(uint64_t address)
{
    struct arm_walked walked = walk(address);
    const struct address_range *decides = NULL;
    unsigned int attribute = 0;

    for (size_t i = 0; i < asked_count; i++)
        if (address - asked[i].virtual < asked[i].size)
            decides = &asked[i];
    if (decides == NULL || decides->access == ACCESS_NONE) {
        assert_false(walked.present);
        return;
    }
    if ((decides->access & ACCESS_DEVICE) != 0)
        attribute = 1;
    if ((decides->access & ACCESS_UNCACHED) != 0)
        attribute = 2;
    assert_true(walked.present);
    assert_int_equal(walked.physical, decides->physical + (address - decides->virtual));
    assert_int_equal(walked.writable, (decides->access & ACCESS_WRITE) != 0);
    assert_int_equal(walked.executable, (decides->access & ACCESS_EXECUTE) != 0);
    assert_int_equal(walked.attribute, attribute);
}

/* All borders, a page to both sides, and addresses inside. */
static void assert_all(void)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < asked_count; i++) {
        assert_as_asked(asked[i].virtual);
        assert_as_asked(asked[i].virtual - 1);
        assert_as_asked(asked[i].virtual + asked[i].size - 1);
        assert_as_asked(asked[i].virtual + asked[i].size);
        for (int j = 0; j < 16; j++)
            assert_as_asked(asked[i].virtual + next_random(&seed) % asked[i].size);
    }
    free(pool);
}

static void pages_of_every_size_translate(void **state)
{
    (void)state;
    begin();
    ask(0, 0, 3 * ONE_GIB + 5 * TWO_MIB + 7 * PAGE_SIZE, ACCESS_WRITE);
    ask(0x0000fffffffff000, 0x0000fffffffff000, PAGE_SIZE, ACCESS_WRITE);
    ask(0x9000000000, 0x9000000000, ONE_GIB, ACCESS_WRITE | ACCESS_DEVICE);
    ask(UPPER, 0x12345000, 0x3000, ACCESS_EXECUTE);
    ask(UPPER + 0x3000, 0x12348000, 0x1000, ACCESS_READ);
    ask(0xffff800000000000, 0x40000000, ONE_GIB, ACCESS_WRITE | ACCESS_UNCACHED);
    ask(0xfffffffffffff000, 0x5000, PAGE_SIZE, ACCESS_READ);
    build();
    assert_int_equal(walk(0x1000).size, ONE_GIB);
    assert_int_equal(walk(3 * ONE_GIB).size, TWO_MIB);
    assert_int_equal(walk(3 * ONE_GIB + 5 * TWO_MIB).size, PAGE_SIZE);
    assert_all();
}

static void exceptions_split_blocks_and_leave_the_rest(void **state)
{
    (void)state;
    begin();
    ask(0, 0, 4 * ONE_GIB, ACCESS_WRITE);
    ask(ONE_GIB + 3 * TWO_MIB + 0x5000, ONE_GIB + 3 * TWO_MIB + 0x5000, PAGE_SIZE, ACCESS_EXECUTE);
    ask(2 * ONE_GIB, 2 * ONE_GIB, 4 * TWO_MIB, ACCESS_WRITE | ACCESS_UNCACHED);
    ask(0, 0, PAGE_SIZE, ACCESS_NONE);
    ask(3 * ONE_GIB + TWO_MIB, 0, TWO_MIB, ACCESS_NONE);
    ask(9 * ONE_GIB, 0, 3 * PAGE_SIZE, ACCESS_NONE); /* nothing was there */
    build();
    assert_int_equal(walk(ONE_GIB + 3 * TWO_MIB).size, PAGE_SIZE);
    assert_int_equal(walk(ONE_GIB + 2 * TWO_MIB).size, TWO_MIB);
    assert_all();
}

/* Neighbours within one block, as a memory map has them; a mapping that is moved by less than one.
 */
static void what_does_not_fit_a_block_has_pages(void **state)
{
    (void)state;
    begin();
    ask(TWO_MIB / 2, TWO_MIB / 2, 3 * TWO_MIB, ACCESS_WRITE);
    ask(TWO_MIB / 2 + 3 * TWO_MIB, TWO_MIB / 2 + 3 * TWO_MIB, TWO_MIB,
        ACCESS_WRITE | ACCESS_DEVICE);
    ask(UPPER, PAGE_SIZE, 2 * TWO_MIB, ACCESS_READ);
    build();
    assert_int_equal(walk(TWO_MIB).size, TWO_MIB);
    assert_int_equal(walk(UPPER).size, PAGE_SIZE);
    assert_all();
}

static void what_cannot_be_mapped_is_refused(void **state)
{
    static const struct address_range bad[] = {
        {0x1001, 0x1000, 0x1000, ACCESS_WRITE},
        {0x1000, 0x1001, 0x1000, ACCESS_WRITE},
        {0x1000, 0x1000, 0x1001, ACCESS_WRITE},
        {0x1000, 0x1000, 0, ACCESS_WRITE},
        {0x0000fffffffff000, 0x1000, 0x2000, ACCESS_WRITE},
        {0x0001000000000000, 0x1000, 0x1000, ACCESS_WRITE},
        {0xfffeffffffff0000, 0x1000, 0x1000, ACCESS_WRITE},
        {0xfffffffffffff000, 0x1000, 0x2000, ACCESS_WRITE},
        {0x1000, 0x0000fffffffff000, 0x2000, ACCESS_WRITE},
        {0x1000, 0xfffffffffffff000, 0x1000, ACCESS_WRITE},
        {0x1000, 0x1000, 1ULL << 49, ACCESS_WRITE},
        {0xfffeffffffff0000, 0, 0x1000, ACCESS_NONE},
    };

    (void)state;
    pool_new(8);
    paging_begin(pool, 8, &paging);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (paging_map(&paging, &bad[i]))
            fail_msg("%zu was mapped", i);
    assert_int_equal(paging.used_pages, PAGING_ROOTS);
    free(pool);
}

static void a_pool_that_is_too_small_is_noticed(void **state)
{
    const struct address_range range = {UPPER + 0x5000, 0x5000, PAGE_SIZE, ACCESS_READ};

    (void)state;
    assert_int_equal(paging_cost(&range), 3);
    for (uint64_t pages = PAGING_ROOTS; pages < PAGING_ROOTS + 4; pages++) {
        pool_new(pages); /* ASan sees a page too far */
        paging_begin(pool, pages, &paging);
        assert_int_equal(paging_map(&paging, &range), pages == PAGING_ROOTS + 3);
        free(pool);
    }
}

static void blocks_cost_less_than_pages(void **state)
{
    (void)state;
    assert_int_equal(paging_cost(&(struct address_range){0, 0, 1ULL << 39, ACCESS_WRITE}), 1);
    assert_int_equal(paging_cost(&(struct address_range){0, 0, TWO_MIB, ACCESS_WRITE}), 2);
    assert_int_equal(paging_cost(&(struct address_range){0, PAGE_SIZE, TWO_MIB, ACCESS_WRITE}), 3);
    assert_int_equal(paging_cost(&(struct address_range){0, 0, 0, ACCESS_WRITE}), 0);
    /* Three gigabytes with odd ends: two tables of pages, one of blocks at each end, one of all. */
    assert_int_equal(
        paging_cost(&(struct address_range){0x1000, 0x1000, 3 * ONE_GIB, ACCESS_WRITE}), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_every_size_translate),
        cmocka_unit_test(exceptions_split_blocks_and_leave_the_rest),
        cmocka_unit_test(what_does_not_fit_a_block_has_pages),
        cmocka_unit_test(what_cannot_be_mapped_is_refused),
        cmocka_unit_test(a_pool_that_is_too_small_is_noticed),
        cmocka_unit_test(blocks_cost_less_than_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
