/* SPDX-License-Identifier: BSD-2-Clause */
/* What the processor says of its page sizes: three fields with two meanings of 0 and 15 (Arm ARM,
 * ID_AA64MMFR0_EL1). */
#include "arch/arm_entry.h"

#include "core/base/page.h"
#include "fake/arm/board.h"
#include "unit/fixture/arm_walk.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void pages_are_those_that_the_processor_says(void **state)
{
    (void)state;
    fake_board = (struct fake_board){.memory_model = 0};
    assert_true(arch_page_size(4096));
    assert_false(arch_page_size(16384));
    assert_true(arch_page_size(65536));
    fake_board.memory_model = 0xff100000;
    assert_false(arch_page_size(4096));
    assert_true(arch_page_size(16384));
    assert_false(arch_page_size(65536));
    /* Of 52 bits of address, too. */
    fake_board.memory_model = 0x10200000;
    assert_true(arch_page_size(4096));
    assert_true(arch_page_size(16384));
    assert_true(arch_page_size(65536));
}

static void nothing_is_encrypted_and_no_hypervisor_is_seen(void **state)
{
    (void)state;
    assert_false(arch_memory_is_encrypted());
    assert_false(arch_is_virtual());
    assert_true(arch_identity_end(0x123000) == 1ULL << 39);
}

/* The page in front of the tables has all that exceptions go to. */
static void exceptions_wait_in_a_page_of_their_own(void **state)
{
    const struct address_range memory = {1ULL << 30, 1ULL << 30, 1ULL << 30, ACCESS_WRITE};
    const struct address_space space = {.ranges = &memory, .range_count = 1};
    uint64_t pages = arch_space_pages(&space);
    uint32_t *pool = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
    uint64_t root = 0;
    struct arm_walked vectors;

    (void)state;
    assert_non_null(pool);
    fake_board = (struct fake_board){0};
    assert_true(arch_space_build(&space, pool, pages, &root));
    assert_int_equal(root, (uintptr_t)pool + ARCH_VECTORS_SIZE);
    for (size_t i = 0; i < 0x1000 / sizeof(*pool); i += 2) {
        assert_int_equal(pool[i], 0xd503205f);     /* wfe */
        assert_int_equal(pool[i + 1], 0x17ffffff); /* b .-4 */
    }
    vectors = arm_walk(root, root, pages * PAGE_SIZE, (uintptr_t)pool);
    assert_true(vectors.present && vectors.executable && !vectors.writable);
    assert_int_equal(vectors.physical, (uintptr_t)pool);
    assert_int_equal(vectors.size, PAGE_SIZE);
    assert_true(arm_walk(root, root, pages * PAGE_SIZE, 1ULL << 30).writable);
    /* Vectors, two roots, a table for the memory, three for the page of vectors. */
    assert_ptr_equal(fake_board.cleaned, pool);
    assert_int_equal(fake_board.cleaned_size, 7 * PAGE_SIZE);
    free(pool);
}

static void a_space_that_cannot_be_is_refused(void **state)
{
    const struct address_range far = {1ULL << 48, 0, PAGE_SIZE, ACCESS_WRITE};
    const struct address_space space = {.ranges = &far, .range_count = 1};
    uint64_t pages = arch_space_pages(&space);
    uint32_t *pool = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
    uint64_t root = 77;

    (void)state;
    assert_non_null(pool);
    assert_false(arch_space_build(&space, pool, pages, &root));
    assert_false(arch_space_build(&(struct address_space){0}, pool, 4, &root));
    assert_int_equal(root, 77);
    free(pool);
}

static void el2_is_kept_by_who_wants_it_where_it_can_be(void **state)
{
    (void)state;
    fake_board = (struct fake_board){.exception_level = 2, .memory_model_1 = 0x100};
    assert_int_equal(arch_entry_level(true), 2);
    assert_int_equal(arch_entry_level(false), 1);
    fake_board.memory_model_1 = 0xfffffffffffff0ff; /* no host extensions */
    assert_int_equal(arch_entry_level(true), 1);
    fake_board = (struct fake_board){.exception_level = 1, .memory_model_1 = 0x100};
    assert_int_equal(arch_entry_level(true), 1);
    fake_board.processor = 0x80000003;
    assert_int_equal(arch_processor(), 0x80000003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_those_that_the_processor_says),
        cmocka_unit_test(exceptions_wait_in_a_page_of_their_own),
        cmocka_unit_test(a_space_that_cannot_be_is_refused),
        cmocka_unit_test(el2_is_kept_by_who_wants_it_where_it_can_be),
        cmocka_unit_test(nothing_is_encrypted_and_no_hypervisor_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
