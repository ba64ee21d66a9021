/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/memory/runtime_identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STRIDE 48U

static uint8_t bytes[4 * STRIDE];
static struct memory_map map = {
    .data = bytes, .size = sizeof(bytes), .descriptor_size = STRIDE, .descriptor_version = 1};

static void put(size_t index, uint32_t type, uint64_t start, uint64_t pages, uint64_t attribute)
{
    struct memory_descriptor descriptor = {.type = type,
                                           .physical_start = start,
                                           .virtual_start = 0x77,
                                           .page_count = pages,
                                           .attribute = attribute};

    memset(bytes + index * STRIDE, 0xee, STRIDE);
    memcpy(bytes + index * STRIDE, &descriptor, sizeof(descriptor));
}

static void runtime_regions_are_called_where_they_are_and_nothing_else_changes(void **state)
{
    uint8_t before[sizeof(bytes)];

    (void)state;
    put(0, MEMORY_CONVENTIONAL, 0x40000000, 16, 8);
    put(1, MEMORY_RUNTIME_SERVICES_CODE, 0x5c440000, 0x80, MEMORY_ATTRIBUTE_RUNTIME | 8);
    put(2, MEMORY_MAPPED_IO, 0x4000000, 0x4000, MEMORY_ATTRIBUTE_RUNTIME | 1);
    put(3, MEMORY_RUNTIME_SERVICES_DATA, 0x123000, 0, MEMORY_ATTRIBUTE_RUNTIME);
    memcpy(before, bytes, sizeof(before));
    assert_int_equal(runtime_identity_set(&map), 0x5c4c0000);
    for (size_t i = 1; i < 4; i++)
        memcpy(before + i * STRIDE + 16, before + i * STRIDE + 8, 8);
    assert_memory_equal(bytes, before, sizeof(bytes));
}

static void a_map_without_runtime_regions_stays(void **state)
{
    uint8_t before[sizeof(bytes)];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        put(i, MEMORY_CONVENTIONAL, i << 20, 16, 8);
    memcpy(before, bytes, sizeof(before));
    assert_int_equal(runtime_identity_set(&map), 0);
    assert_memory_equal(bytes, before, sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runtime_regions_are_called_where_they_are_and_nothing_else_changes),
        cmocka_unit_test(a_map_without_runtime_regions_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
