/* SPDX-License-Identifier: BSD-2-Clause */
/* The key `devicetree` on a machine that may have one: the parser as it is built for that. */
#include "core/base/target.h"

#undef TARGET_HAS_TREES
#define TARGET_HAS_TREES 1
#include "core/entry/bls_entry.c"
#include "unit/fixture/bls_fixture.h"

static void a_tree_is_kept_as_a_path(void **state)
{
    struct outcome o = parse("linux /k\ndevicetree dtb//board.dtb\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.device_tree, "\\dtb\\board.dtb");
    assert_int_equal(o.entry.warning_count, 0);
    free(o.buffer);
    o = parse("linux /k\n");
    assert_null(o.entry.device_tree);
    free(o.buffer);
}

static void of_two_trees_the_last_counts(void **state)
{
    struct outcome o = parse("devicetree /a\ndevicetree /b\nlinux /k\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_string_equal(o.entry.device_tree, "\\b");
    assert_int_equal(o.entry.warning_count, 1);
    assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_TWICE);
    free(o.buffer);
}

/* Without it another machine would be described than what was meant. */
static void a_path_that_cannot_be_used_costs_the_entry(void **state)
{
    struct outcome o = parse("linux /k\ndevicetree /../b\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_TREE_PATH);
    assert_int_equal(o.note.line, 2);
    assert_non_null(o.note.why);
    free(o.buffer);
}

static void overlays_are_obeyed_nowhere(void **state)
{
    struct outcome o = parse("linux /k\ndevicetree-overlay /a /b\n");

    (void)state;
    assert_int_equal(o.error, BLS_ENTRY_OK);
    assert_int_equal(o.entry.warnings[0].kind, BLS_WARNING_NOT_OBEYED);
    free(o.buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_kept_as_a_path),
        cmocka_unit_test(of_two_trees_the_last_counts),
        cmocka_unit_test(a_path_that_cannot_be_used_costs_the_entry),
        cmocka_unit_test(overlays_are_obeyed_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
