/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/setup_data.h"

#include "core/base/store.h"
#include "unit/fixture/exact.h"

#define CAPACITY 128U

/* Exactly as large as it says, so that the sanitizer sees every byte too many. */
static struct setup_nodes nodes_in(uint8_t *memory, uint64_t capacity)
{
    return (struct setup_nodes){.memory = memory, .capacity = capacity};
}

static void assert_node(const uint8_t *node, uint64_t next, uint32_t type, uint32_t length)
{
    uint8_t expected[16];

    store_u64(expected, next);
    store_u32(expected + 8, type);
    store_u32(expected + 12, length);
    assert_memory_equal(node, expected, sizeof(expected));
}

static void nodes_form_a_list_that_ends(void **state)
{
    uint8_t *memory = malloc(CAPACITY);
    struct setup_nodes nodes = nodes_in(memory, CAPACITY);

    (void)state;
    assert_ptr_equal(setup_nodes_payload(&nodes, 5), memory + 16);
    memcpy(memory + 16, "hello", 5);
    assert_true(setup_nodes_add(&nodes, 3, 5));
    assert_node(memory, 0, 3, 5);
    assert_int_equal(nodes.used, 24);

    assert_ptr_equal(setup_nodes_payload(&nodes, 8), memory + 40);
    assert_true(setup_nodes_add(&nodes, 5, 8));
    assert_int_equal(nodes.used, 48);
    assert_true(setup_nodes_add(&nodes, 6, 0));
    assert_node(memory, (uintptr_t)memory + 24, 3, 5);
    assert_node(memory + 24, (uintptr_t)memory + 48, 5, 8);
    assert_node(memory + 48, 0, 6, 0);
    assert_memory_equal(memory + 16, "hello", 5);
    free(memory);
}

static void counting_comes_to_what_filling_needs(void **state)
{
    struct setup_nodes counted = {.capacity = UINT64_MAX};

    (void)state;
    assert_null(setup_nodes_payload(&counted, 1));
    assert_true(setup_nodes_add(&counted, 3, 1));
    assert_int_equal(counted.used, 24);
    assert_true(setup_nodes_add(&counted, 3, 16));
    assert_int_equal(counted.used, 56);
}

static void what_has_no_room_changes_nothing(void **state)
{
    uint8_t *memory = malloc(40);
    struct setup_nodes nodes = nodes_in(memory, 40);

    (void)state;
    assert_null(setup_nodes_payload(&nodes, 25));
    assert_false(setup_nodes_add(&nodes, 3, 25));
    assert_int_equal(nodes.used, 0);
    assert_true(setup_nodes_add(&nodes, 3, 8));
    assert_false(setup_nodes_add(&nodes, 3, 1));
    assert_null(setup_nodes_payload(&nodes, 1));
    assert_node(memory, 0, 3, 8);
    assert_int_equal(nodes.used, 24);
    assert_true(setup_nodes_add(&nodes, 3, 0));
    assert_int_equal(nodes.used, 40);
    free(memory);
}

/* The length is a number of 32 bits, and the sums must not wrap. */
static void no_node_is_longer_than_its_length_can_say(void **state)
{
    struct setup_nodes counted = {.capacity = UINT64_MAX};

    (void)state;
    assert_false(setup_nodes_add(&counted, 3, 1ULL << 32));
    assert_false(setup_nodes_add(&counted, 3, UINT64_MAX));
    assert_int_equal(counted.used, 0);
    assert_true(setup_nodes_add(&counted, 3, UINT32_MAX));
    assert_int_equal(counted.used, (1ULL << 32) + 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_form_a_list_that_ends),
        cmocka_unit_test(counting_comes_to_what_filling_needs),
        cmocka_unit_test(what_has_no_room_changes_nothing),
        cmocka_unit_test(no_node_is_longer_than_its_length_can_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
