/* SPDX-License-Identifier: BSD-2-Clause */
/* What is laid out for the last instructions; what they do is seen by the kernel of test/kernel. */
#include "arch/x86_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const uint8_t arch_protected_begin[];
extern const uint8_t arch_protected_end[];

static void code_and_numbers_lie_in_one_page(void **state)
{
    static uint8_t page[2 * ARCH_PROTECTED_SIZE] __attribute__((aligned(4096)));
    const struct protected_entry kernel = {1, 2, 3, 4, 5, 6};
    struct entry_state entry = {.address_space = 7};
    size_t size = (size_t)(arch_protected_end - arch_protected_begin);

    (void)state;
    memset(page, 0x5a, sizeof(page));
    arch_protected_build(&kernel, page, &entry);
    assert_true(size > 0);
    assert_int_equal(entry.entry, (uintptr_t)page);
    assert_memory_equal(page, arch_protected_begin, size);
    assert_true(entry.argument >= entry.entry + size);
    assert_int_equal(entry.argument % 8, 0);
    assert_memory_equal((const void *)(uintptr_t)entry.argument, &kernel, sizeof(kernel));
    /* Room for what is pushed, and nothing behind the page. */
    assert_int_equal(entry.stack, (uintptr_t)page + ARCH_PROTECTED_SIZE);
    assert_true(entry.argument + sizeof(kernel) + 256 <= entry.stack);
    assert_int_equal(page[ARCH_PROTECTED_SIZE], 0x5a);
    assert_int_equal(entry.code, (uintptr_t)page);
    assert_int_equal(entry.code_size, ARCH_PROTECTED_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_and_numbers_lie_in_one_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
