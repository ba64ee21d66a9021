/* SPDX-License-Identifier: BSD-2-Clause */
/* What device trees say of an ARM board, in the shapes that boards have. */
#include "core/linux/tree_board.h"

#include "unit/fixture/exact.h"
#include "unit/fixture/tree_fixture.h"

#define CELLS_1 "\0\0\0\1"
#define CELLS_2 "\0\0\0\2"

static struct span psci(const void *method, size_t size)
{
    tree_begin();
    tree_node("");
    tree_node("psci");
    tree_property("compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
    if (method != NULL)
        tree_property("method", method, size);
    tree_token(2);
    tree_token(2);
    return tree_finished();
}

static void psci_is_called_by_its_method(void **state)
{
    (void)state;
    assert_int_equal(tree_psci(psci("hvc", 4)), PSCI_HVC);
    assert_int_equal(tree_psci(psci("smc", 4)), PSCI_SMC);
    assert_int_equal(tree_psci(psci("svc", 4)), PSCI_UNSAID);
    assert_int_equal(tree_psci(psci("hvc", 3)), PSCI_UNSAID); /* no NUL */
    assert_int_equal(tree_psci(psci(NULL, 0)), PSCI_UNSAID);
    assert_int_equal(tree_psci(span_of(NULL, 0)), PSCI_UNSAID);
}

/* On a bus that has `ranges`, when that is not NULL, with addresses of one cell. */
static struct span on_bus(const void *ranges, size_t size)
{
    tree_begin();
    tree_node("");
    tree_property("#address-cells", CELLS_2, 4);
    tree_property("#size-cells", CELLS_2, 4);
    tree_node("soc");
    tree_property("#address-cells", CELLS_1, 4);
    tree_property("#size-cells", CELLS_1, 4);
    if (ranges != NULL)
        tree_property("ranges", ranges, size);
    tree_node("serial@7000");
    tree_property("compatible", "arm,pl011", 10);
    tree_property("reg", "\0\0\x70\0\0\0\x10\0", 8);
    tree_token(2);
    tree_node("interrupt-controller@f9010000");
    tree_property("reg", "\xf9\1\0\0\0\0\x10\0\xf9\2\0\0\0\0\x20\0", 16);
    tree_property("compatible", "arm,gic-400", 12);
    tree_token(2);
    tree_token(2);
    tree_token(2);
    return tree_finished();
}

/* At the root, as QEMU has it: addresses of two cells, and a node in it. */
static struct span at_root(const char *compatible, size_t size, size_t registers)
{
    tree_begin();
    tree_node("");
    tree_property("#size-cells", CELLS_2, 4);
    tree_node("intc@8000000");
    tree_property("compatible", compatible, size);
    tree_property("reg",
                  "\0\0\0\1\x08\0\0\0\0\0\0\0\0\1\0\0"
                  "\0\0\0\2\x08\x0a\0\0\0\0\0\0\0\xf6\0\0",
                  registers);
    tree_node("its@8080000");
    tree_property("reg", "\0\0\0\0\x08\x08\0\0\0\0\0\0\0\2\0\0", 16);
    tree_token(2);
    tree_token(2);
    tree_token(2);
    return tree_finished();
}

static void assert_gic(struct span tree, unsigned int version, uint64_t shared, uint64_t own)
{
    struct gic gic = tree_gic(tree);

    assert_int_equal(gic.version, version);
    assert_int_equal(gic.distributor, shared);
    assert_int_equal(gic.processor, own);
}

static void a_controller_is_known_by_what_it_is_compatible_with(void **state)
{
    (void)state;
    assert_gic(at_root("arm,gic-v3", 11, 32), 3, 0x108000000, 0x2080a0000);
    assert_gic(at_root("arm,cortex-a15-gic", 19, 32), 2, 0x108000000, 0x2080a0000);
    assert_gic(at_root("arm,cortex-a7-gic", 18, 32), 2, 0x108000000, 0x2080a0000);
    assert_gic(at_root("arm,cortex-a9-gic", 18, 32), 2, 0x108000000, 0x2080a0000);
    assert_gic(at_root("riscv,plic0", 12, 32), 0, 0, 0);
}

static void registers_that_are_not_all_there_are_none(void **state)
{
    (void)state;
    assert_gic(at_root("arm,gic-v3", 11, 16), 0, 0, 0);
    assert_gic(at_root("arm,gic-v3", 11, 20), 0, 0, 0);
    assert_gic(at_root("arm,gic-v3", 11, 0), 0, 0, 0);
}

static void a_bus_without_addresses_of_its_own_is_no_hindrance(void **state)
{
    (void)state;
    assert_gic(on_bus("", 0), 2, 0xf9010000, 0xf9020000);
    assert_gic(on_bus(NULL, 0), 0, 0, 0);
    assert_gic(on_bus("\0\0\0\0\0\0\0\0\x40\0\0\0\xff\0\0\0", 16), 0, 0, 0);
}

static void a_bus_on_such_a_bus_is_one_too(void **state)
{
    (void)state;
    tree_begin();
    tree_node("");
    tree_node("a");
    tree_property("ranges", "\0\0\0\0\0\0\0\0\x40\0\0\0\xff\0\0\0", 16);
    tree_node("b");
    tree_property("ranges", "", 0);
    tree_node("intc");
    tree_property("compatible", "arm,gic-400", 12);
    tree_property("reg", "\0\0\0\0\x08\0\0\0\0\1\0\0\0\0\0\0\x09\0\0\0\0\1\0\0", 24);
    tree_token(2);
    tree_token(2);
    tree_token(2);
    tree_token(2);
    assert_gic(tree_finished(), 0, 0, 0);
}

static struct span with_hart(const void *value, size_t size)
{
    tree_begin();
    tree_node("");
    tree_node("chosen");
    tree_property("boot-hartid", value, size);
    tree_token(2);
    tree_token(2);
    return tree_finished();
}

static void the_hart_has_one_cell_or_two(void **state)
{
    uint64_t hart = 7;

    (void)state;
    assert_false(tree_boot_hart(psci(NULL, 0), &hart));
    assert_false(tree_boot_hart(with_hart("", 0), &hart));
    assert_false(tree_boot_hart(with_hart("\0\0\0\1\0", 5), &hart));
    assert_false(tree_boot_hart(with_hart("\0\0\0\1\0\0\0\2\0\0\0\3", 12), &hart));
    assert_int_equal(hart, 7);
    assert_true(tree_boot_hart(with_hart("\0\0\0\0", 4), &hart));
    assert_int_equal(hart, 0);
    assert_true(tree_boot_hart(with_hart("\0\0\0\1\0\0\0\2", 8), &hart));
    assert_true(hart == 0x100000002);
}

static void a_tree_that_ends_anywhere_is_survived(void **state)
{
    struct span whole = at_root("arm,gic-v3", 11, 32);
    uint64_t hart;

    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        struct span copy = exact_copy(whole.data, size);

        assert_int_equal(tree_gic(copy).version, 0);
        assert_int_equal(tree_psci(copy), PSCI_UNSAID);
        assert_false(tree_boot_hart(copy, &hart));
        exact_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psci_is_called_by_its_method),
        cmocka_unit_test(a_controller_is_known_by_what_it_is_compatible_with),
        cmocka_unit_test(registers_that_are_not_all_there_are_none),
        cmocka_unit_test(a_bus_without_addresses_of_its_own_is_no_hindrance),
        cmocka_unit_test(a_bus_on_such_a_bus_is_one_too),
        cmocka_unit_test(the_hart_has_one_cell_or_two),
        cmocka_unit_test(a_tree_that_ends_anywhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
