/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/x86_64/paging.h"

#include "core/base/page.h"
#include "unit/fixture/walk.h"

#define MODEL_MAX 12

struct mapping {
    uint64_t virtual;
    uint64_t physical;
    uint64_t size;
    enum memory_access access;
};

/* The tables under test, and what was asked of them. */
struct space {
    struct paging paging;
    struct mapping asked[MODEL_MAX];
    size_t count;
};

static const struct paging_features all_features[] = {
    {.levels = 4, .gigabyte_pages = true, .no_execute = true},
    {.levels = 4, .gigabyte_pages = false, .no_execute = true},
    {.levels = 5, .gigabyte_pages = true, .no_execute = true},
    {.levels = 5, .gigabyte_pages = false, .no_execute = true},
};
#define FEATURES (sizeof(all_features) / sizeof(all_features[0]))

/* Maps everything in `asked`, in a pool of exactly the size that was computed before. */
static void build(struct space *space, struct paging_features features)
{
    uint64_t pages = 1;

    for (size_t i = 0; i < space->count; i++)
        pages += paging_cost(features, space->asked[i].virtual, space->asked[i].physical,
                             space->asked[i].size);
    paging_begin(features, pool_new(pages), POOL_ADDRESS, pages, &space->paging);
    for (size_t i = 0; i < space->count; i++)
        assert_true(paging_map(&space->paging, space->asked[i].virtual, space->asked[i].physical,
                               space->asked[i].size, space->asked[i].access));
    assert_true(space->paging.used_pages <= pages);
    assert_int_equal(paging_root(&space->paging), POOL_ADDRESS);
}

static struct walked walk_in(const struct space *space, uint64_t address)
{
    return walk(space->paging.pool, space->paging.used_pages, space->paging.features.levels,
                address);
}

/* The model: the last mapping that has the address decides. */
static void assert_as_asked(const struct space *space, uint64_t address)
{
    struct walked walked = walk_in(space, address);
    const struct mapping *decides = NULL;

    for (size_t i = 0; i < space->count; i++) {
        if (address - space->asked[i].virtual < space->asked[i].size)
            decides = &space->asked[i];
    }
    if (decides == NULL || decides->access == ACCESS_NONE) {
        assert_false(walked.present);
        return;
    }
    assert_true(walked.present);
    assert_int_equal(walked.physical, decides->physical + (address - decides->virtual));
    assert_int_equal(walked.writable, (decides->access & ACCESS_WRITE) != 0);
    assert_int_equal(walked.executable, (decides->access & ACCESS_EXECUTE) != 0);
    assert_false(walked.user);
    assert_int_equal(walked.cache, 0);
}

/* All borders, a page to both sides, and addresses inside. */
static void assert_space(const struct space *space, uint64_t *seed)
{
    for (size_t i = 0; i < space->count; i++) {
        const struct mapping *asked = &space->asked[i];

        assert_as_asked(space, asked->virtual);
        assert_as_asked(space, asked->virtual - 1);
        assert_as_asked(space, asked->virtual + asked->size - 1);
        assert_as_asked(space, asked->virtual + asked->size);
        for (int j = 0; j < 8; j++)
            assert_as_asked(space, asked->virtual + next_random(seed) % asked->size);
    }
}

static void ask(struct space *space, uint64_t virtual, uint64_t physical, uint64_t size,
                enum memory_access access)
{
    space->asked[space->count++] =
        (struct mapping){.virtual = virtual, .physical = physical, .size = size, .access = access};
}

static void pages_of_every_size_translate(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < FEATURES; i++) {
        struct space space = {0};

        ask(&space, 0, 0, 3 * PAGING_1G + 5 * PAGING_2M + 7 * PAGE_SIZE, ACCESS_WRITE);
        ask(&space, 0xffffffff80000000, 0x12345000, 0x3000, ACCESS_EXECUTE);
        ask(&space, 0xffffffff80003000, 0x12348000, 0x1000, ACCESS_READ);
        ask(&space, 0xffff800000000000, 0x40000000, PAGING_1G, ACCESS_WRITE);
        ask(&space, 0x00007ffffffff000, 0x000ffffffffff000, PAGE_SIZE, ACCESS_ALL);
        ask(&space, 0xfffffffffffff000, 0x5000, PAGE_SIZE, ACCESS_READ);
        build(&space, all_features[i]);
        assert_space(&space, &seed);
        assert_int_equal(walk_in(&space, 0x1000).size,
                         all_features[i].gigabyte_pages ? PAGING_1G : PAGING_2M);
        assert_int_equal(walk_in(&space, 3 * PAGING_1G).size, PAGING_2M);
        assert_int_equal(walk_in(&space, 3 * PAGING_1G + 5 * PAGING_2M).size, PAGE_SIZE);
        pool_free();
    }
}

static void an_exception_splits_a_large_page_and_nothing_else_changes(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (size_t i = 0; i < FEATURES; i++) {
        struct space space = {0};

        ask(&space, 0, 0, 4 * PAGING_1G, ACCESS_WRITE);
        ask(&space, PAGING_1G + 5 * PAGING_2M + 3 * PAGE_SIZE,
            PAGING_1G + 5 * PAGING_2M + 3 * PAGE_SIZE, PAGE_SIZE, ACCESS_NONE);
        ask(&space, 0, 0, PAGE_SIZE, ACCESS_NONE);
        ask(&space, 2 * PAGING_1G - PAGE_SIZE, 2 * PAGING_1G - PAGE_SIZE, 2 * PAGE_SIZE,
            ACCESS_EXECUTE);
        build(&space, all_features[i]);
        assert_space(&space, &seed);
        assert_int_equal(walk_in(&space, 3 * PAGING_1G).size,
                         all_features[i].gigabyte_pages ? PAGING_1G : PAGING_2M);
        assert_int_equal(walk_in(&space, PAGING_1G).size, PAGING_2M);
        pool_free();
    }
}

static void unmapping_what_is_not_mapped_costs_nothing(void **state)
{
    struct space space = {0};

    (void)state;
    ask(&space, 0x400000, 0x400000, PAGE_SIZE, ACCESS_NONE);
    build(&space, all_features[0]);
    assert_int_equal(space.paging.used_pages, 1);
    assert_as_asked(&space, 0x400000);
    pool_free();
}

static uint64_t random_pages(uint64_t *seed)
{
    static const uint64_t units[] = {PAGE_SIZE, PAGE_SIZE, PAGING_2M, PAGING_2M, PAGING_1G};
    uint64_t unit = units[next_random(seed) % 5];

    return unit * (1 + next_random(seed) % 3) + PAGE_SIZE * (next_random(seed) % 2);
}

static void any_order_of_mappings_comes_out_as_the_model_has_it(void **state)
{
    uint64_t seed = 0x5eed;

    (void)state;
    for (int round = 0; round < 1500; round++) {
        struct space space = {0};
        size_t count = 1 + next_random(&seed) % (MODEL_MAX - 1);

        for (size_t i = 0; i < count; i++) {
            static const uint64_t bases[] = {0, 0, 3 * PAGING_1G, 0xffffffff00000000};
            uint64_t size = random_pages(&seed);
            uint64_t virtual = bases[next_random(&seed) % 4] + random_pages(&seed) - PAGE_SIZE;
            uint64_t physical = virtual % (8 * PAGING_1G);

            /* Out of step with its pages now and then, but then not gigabytes of 4 KiB. */
            if (next_random(&seed) % 4 == 0 && size < 8 * PAGING_2M)
                physical += PAGE_SIZE * (next_random(&seed) % 600);
            if (virtual + (size - 1) < virtual)
                continue;
            ask(&space, virtual, physical, size, (enum memory_access)(next_random(&seed) % 5));
        }
        build(&space, all_features[next_random(&seed) % FEATURES]);
        assert_space(&space, &seed);
        pool_free();
    }
}

static void arguments_that_can_not_be_mapped_are_refused(void **state)
{
    static const struct mapping wrong[] = {
        {0, 0, 0, ACCESS_READ},
        {1, 0, PAGE_SIZE, ACCESS_READ},
        {0, 1, PAGE_SIZE, ACCESS_READ},
        {0, 0, 1, ACCESS_READ},
        {0x00007ffffffff000, 0, 2 * PAGE_SIZE, ACCESS_READ},
        {0x0000800000000000, 0, PAGE_SIZE, ACCESS_READ},
        {0xffff7ffffffff000, 0, 2 * PAGE_SIZE, ACCESS_READ},
        {0xfffffffffffff000, 0, 2 * PAGE_SIZE, ACCESS_READ},
        {0, 0x000ffffffffff000, 2 * PAGE_SIZE, ACCESS_READ},
        {0, 0x0010000000000000, PAGE_SIZE, ACCESS_READ},
        {0, 0xfffffffffffff000, PAGE_SIZE, ACCESS_READ},
        {0, 0, UINT64_MAX & ~0xfffULL, ACCESS_READ},
    };
    struct paging paging;

    (void)state;
    paging_begin(all_features[0], pool_new(8), POOL_ADDRESS, 8, &paging);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(paging_map(&paging, wrong[i].virtual, wrong[i].physical, wrong[i].size,
                                wrong[i].access));
    assert_int_equal(paging.used_pages, 1);
    pool_free();
}

static void five_levels_have_a_larger_canonical_range(void **state)
{
    struct space space = {0};
    uint64_t seed = 3;

    (void)state;
    ask(&space, 0x00fffffffffff000, 0, PAGE_SIZE, ACCESS_READ);
    ask(&space, 0xff00000000000000, 0x1000, PAGE_SIZE, ACCESS_WRITE);
    build(&space, all_features[2]);
    assert_space(&space, &seed);
    assert_false(paging_map(&space.paging, 0x0100000000000000, 0, PAGE_SIZE, ACCESS_READ));
    pool_free();
}

static void a_pool_that_is_too_small_is_not_overrun(void **state)
{
    (void)state;
    for (uint64_t pages = 1; pages <= 4; pages++) {
        struct paging paging;

        paging_begin(all_features[0], pool_new(pages), POOL_ADDRESS, pages, &paging);
        assert_int_equal(paging_map(&paging, 0x123456789000, 0x1000, PAGE_SIZE, ACCESS_READ),
                         pages == 4);
        assert_int_equal(paging.used_pages, pages);
        pool_free();
    }
}

static void without_nx_no_reserved_bit_is_set(void **state)
{
    struct space space = {0};
    struct paging_features features = all_features[0];
    struct walked walked;

    (void)state;
    features.no_execute = false;
    ask(&space, 0, 0, PAGING_2M, ACCESS_WRITE);
    build(&space, features);
    walked = walk_in(&space, 0);
    assert_true(walked.present && walked.executable);
    pool_free();
}

static void features_are_read_from_cr4_and_cpuid(void **state)
{
    struct paging_features features = paging_features(0, 0);

    (void)state;
    assert_int_equal(features.levels, 4);
    assert_false(features.gigabyte_pages || features.no_execute);
    features = paging_features(1U << 12, 1U << 26);
    assert_int_equal(features.levels, 5);
    assert_true(features.gigabyte_pages && !features.no_execute);
    features = paging_features(~(1ULL << 12), 1U << 20);
    assert_int_equal(features.levels, 4);
    assert_true(!features.gigabyte_pages && features.no_execute);
}

static void the_identity_map_reaches_its_limit_and_no_further(void **state)
{
    static const uint64_t ends[] = {
        0, 1, 4 * PAGING_1G, 4 * PAGING_1G + 1, 9 * PAGING_1G + PAGING_2M, 40 * PAGING_1G - 1};

    (void)state;
    for (size_t i = 0; i < FEATURES * (sizeof(ends) / sizeof(ends[0])); i++) {
        struct paging_features features = all_features[i % FEATURES];
        struct space space = {0};
        uint64_t end = ends[i / FEATURES];
        uint64_t limit = paging_identity_limit(features, end);
        uint64_t pages = paging_identity_pages(features, limit);
        uint64_t seed = i + 1;

        assert_true(limit >= end && limit >= 4 * PAGING_1G && limit - end < 4 * PAGING_1G + 1);
        assert_int_equal(limit % PAGING_2M, 0);
        assert_true(paging_identity(features, pool_new(pages), POOL_ADDRESS, pages, limit,
                                    ACCESS_ALL, &space.paging));
        assert_int_equal(space.paging.used_pages, pages); /* not one more than needed */
        ask(&space, 0, 0, limit, ACCESS_ALL);
        assert_space(&space, &seed);
        assert_int_equal(walk_in(&space, 3 * PAGING_1G).size, PAGING_2M);
        if (features.gigabyte_pages && limit >= 5 * PAGING_1G)
            assert_int_equal(walk_in(&space, 4 * PAGING_1G).size, PAGING_1G);
        pool_free();
    }
}

static void the_identity_map_stays_affordable(void **state)
{
    (void)state;
    for (size_t i = 0; i < FEATURES; i++) {
        uint64_t limit = paging_identity_limit(all_features[i], 1ULL << 52);

        assert_int_equal(limit, all_features[i].gigabyte_pages ? 64ULL << 40 : 512ULL << 30);
        assert_true(paging_identity_pages(all_features[i], limit) <= 520);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_every_size_translate),
        cmocka_unit_test(an_exception_splits_a_large_page_and_nothing_else_changes),
        cmocka_unit_test(unmapping_what_is_not_mapped_costs_nothing),
        cmocka_unit_test(any_order_of_mappings_comes_out_as_the_model_has_it),
        cmocka_unit_test(arguments_that_can_not_be_mapped_are_refused),
        cmocka_unit_test(five_levels_have_a_larger_canonical_range),
        cmocka_unit_test(a_pool_that_is_too_small_is_not_overrun),
        cmocka_unit_test(without_nx_no_reserved_bit_is_set),
        cmocka_unit_test(features_are_read_from_cr4_and_cpuid),
        cmocka_unit_test(the_identity_map_reaches_its_limit_and_no_further),
        cmocka_unit_test(the_identity_map_stays_affordable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
