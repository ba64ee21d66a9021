/* SPDX-License-Identifier: BSD-2-Clause */
/* Device paths of a firmware that lies about lengths. Each is in a block of exactly its size. */
#include "efi/device_path.h"

#include "unit/fixture/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t disk[] = {
    0x02, 0x01, 12,   0,    0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0, /* PciRoot(0x0) */
    0x01, 0x01, 6,    0,    0x00, 0x02,                         /* Pci(0x2,0x0) */
    0x7f, 0xff, 0x04, 0x00,
};

static void nodes_end_before_the_end_node(void **state)
{
    struct span nodes;

    (void)state;
    assert_true(device_path_nodes(disk, &nodes));
    assert_ptr_equal(nodes.data, disk);
    assert_int_equal(nodes.size, sizeof(disk) - 4);
    assert_false(device_path_is_end(disk));
    assert_true(device_path_is_end(disk + sizeof(disk) - 4));
    assert_true(device_path_nodes(disk + sizeof(disk) - 4, &nodes));
    assert_int_equal(nodes.size, 0);
}

static void no_path_has_no_nodes(void **state)
{
    struct span nodes = {.size = 77};

    (void)state;
    assert_false(device_path_nodes(NULL, &nodes));
    assert_int_equal(nodes.size, 77);
}

static void node_shorter_than_its_header_is_refused(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 4; length++) {
        const uint8_t path[] = {1, 1, length, 0, 0x7f, 0xff, 4, 0};
        struct span nodes = {.size = 77};

        assert_false(device_path_nodes(path, &nodes));
        assert_int_equal(nodes.size, 77);
    }
}

/* One byte too long, and the longest; nothing behind DEVICE_PATH_MAX and one header is read. */
static void path_without_an_end_is_believed_so_far_and_no_further(void **state)
{
    struct span nodes = {.size = 77};
    uint8_t *path = (uint8_t *)exact_buffer(DEVICE_PATH_MAX + 4);

    (void)state;
    for (size_t at = 0; at < DEVICE_PATH_MAX; at += 8)
        memcpy(path + at, (const uint8_t[]){1, 1, 8, 0, 0, 0, 0, 0}, 8);
    memcpy(path + DEVICE_PATH_MAX, (const uint8_t[]){1, 1, 8, 0}, 4);
    assert_false(device_path_nodes(path, &nodes));
    memcpy(path + DEVICE_PATH_MAX, (const uint8_t[]){0x7f, 0xff, 4, 0}, 4);
    assert_true(device_path_nodes(path, &nodes));
    assert_int_equal(nodes.size, DEVICE_PATH_MAX);
    path[DEVICE_PATH_MAX - 6] = 9;
    nodes.size = 77;
    assert_false(device_path_nodes(path, &nodes));
    path[DEVICE_PATH_MAX - 5] = 0xff;
    assert_false(device_path_nodes(path, &nodes));
    assert_int_equal(nodes.size, 77);
    free(path);
}

#define FILE_NODE(size) 4, 4, 4 + (size), 0
#define UNIT(c)         (c), 0
#define END             0x7f, 0xff, 4, 0

static uint16_t joined[8];

static size_t name_of(const void *path, size_t capacity)
{
    struct span nodes;

    memset(joined, 0x5a, sizeof(joined));
    assert_true(device_path_nodes(path, &nodes));
    return device_path_file_name(nodes, joined, capacity);
}

static void no_file_node_is_no_name(void **state)
{
    static const uint8_t other[] = {4, 3, 8, 0, 'a', 0, 'b', 0, END}; /* media, and no file */
    static const uint8_t another[] = {3, 4, 8, 0, 'a', 0, 'b', 0, END};

    (void)state;
    assert_int_equal(name_of(disk, 8), 0);
    assert_int_equal(name_of(other, 8), 0);
    assert_int_equal(name_of(another, 8), 0);
    assert_int_equal(device_path_file_name(span_of(NULL, 0), joined, 8), 0);
}

/* With a NUL, without one, with a byte too many, behind other nodes. */
static void name_of_one_file_node(void **state)
{
    static const uint8_t ended[] = {1, 1, 6, 0, 0, 2, FILE_NODE(6), UNIT('a'), 0xe9, 1, 0, 0, END};
    static const uint8_t open_ended[] = {FILE_NODE(4), UNIT('a'), 0xe9, 1, END};
    static const uint8_t odd[] = {FILE_NODE(5), UNIT('a'), 0xe9, 1, 'x', END};
    static const uint8_t empty[] = {FILE_NODE(0), END};
    const void *paths[] = {ended, open_ended, odd};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(name_of(paths[i], 8), 2);
        assert_int_equal(joined[0], 'a');
        assert_int_equal(joined[1], 0x1e9);
        assert_int_equal(joined[2], 0x5a5a);
    }
    assert_int_equal(name_of(empty, 8), 0);
}

static void names_of_several_file_nodes_are_joined_by_one_backslash(void **state)
{
    static const uint8_t none[] = {FILE_NODE(2), UNIT('a'), FILE_NODE(4), UNIT('b'), 0, 0, END};
    static const uint8_t behind[] = {FILE_NODE(4), UNIT('a'), UNIT('\\'),
                                     FILE_NODE(2), UNIT('b'), END};
    static const uint8_t before[] = {FILE_NODE(2), UNIT('a'), FILE_NODE(4),
                                     UNIT('\\'),   UNIT('b'), END};
    static const uint8_t both[] = {FILE_NODE(6), UNIT('a'),  UNIT('\\'), UNIT('\\'), FILE_NODE(6),
                                   UNIT('\\'),   UNIT('\\'), UNIT('b'),  END};
    static const uint8_t apart[] = {
        FILE_NODE(2), UNIT('a'), 1,  1, 6, 0, 0, 2, FILE_NODE(0), FILE_NODE(2), 0, 0,
        FILE_NODE(2), UNIT('b'), END};
    const void *paths[] = {none, behind, before, both, apart};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(name_of(paths[i], 3), 3);
        assert_memory_equal(joined, u"a\\b", 6);
        assert_int_equal(joined[3], 0x5a5a);
        assert_int_equal(name_of(paths[i], 2), 0); /* no room: none of it */
        assert_int_equal(joined[2], 0x5a5a);
        assert_int_equal(name_of(paths[i], 0), 0);
    }
}

/* As GRUB writes them; and what is only the root in front of a joined, or a name in two nodes. */
static void three_nodes_and_the_root_alone(void **state)
{
    static const uint8_t three[] = {FILE_NODE(4), UNIT('\\'),   UNIT('a'), FILE_NODE(2),
                                    UNIT('b'),    FILE_NODE(2), UNIT('c'), END};
    static const uint8_t root[] = {FILE_NODE(2), UNIT('\\'), FILE_NODE(2), UNIT('b'), END};
    static const uint8_t last[] = {FILE_NODE(2), UNIT('b'), FILE_NODE(2), UNIT('\\'), END};

    (void)state;
    assert_int_equal(name_of(three, 8), 6);
    assert_memory_equal(joined, u"\\a\\b\\c", 12);
    assert_int_equal(name_of(three, 5), 0);
    assert_int_equal(name_of(root, 8), 2);
    assert_memory_equal(joined, u"\\b", 4);
    assert_int_equal(name_of(last, 8), 1);
    assert_memory_equal(joined, u"b", 2);
}

static void path_of_a_file_is_the_device_the_file_and_the_end(void **state)
{
    static const uint8_t tail[] = {4, 4, 10, 0, '\\', 0, 0xe9, 0, 0, 0, 0x7f, 0xff, 4, 0};
    static uint8_t buffer[DEVICE_PATH_FILE_MAX];
    struct span nodes;

    (void)state;
    assert_true(device_path_nodes(disk, &nodes));
    assert_int_equal(device_path_of_file(nodes, "\\\xc3\xa9", buffer), nodes.size + sizeof(tail));
    assert_memory_equal(buffer, disk, nodes.size);
    assert_memory_equal(buffer + nodes.size, tail, sizeof(tail));
    assert_int_equal(device_path_of_file(span_of(NULL, 0), "\\\xc3\xa9", buffer), sizeof(tail));
    assert_memory_equal(buffer, tail, sizeof(tail));
}

/* The most of both fills the buffer to its last byte. */
static void longest_device_and_name_fit(void **state)
{
    uint8_t *buffer = (uint8_t *)exact_buffer(DEVICE_PATH_FILE_MAX);
    static uint8_t device[DEVICE_PATH_MAX];
    char name[PATH_CAPACITY + 1];

    (void)state;
    memset(name, 'x', sizeof(name));
    name[PATH_CAPACITY] = '\0';
    assert_int_equal(device_path_of_file(span_of(device, sizeof(device)), name, buffer), 0);
    name[PATH_CAPACITY - 1] = '\0';
    assert_int_equal(device_path_of_file(span_of(device, sizeof(device)), name, buffer),
                     DEVICE_PATH_FILE_MAX);
    assert_int_equal(buffer[DEVICE_PATH_MAX + 2] + buffer[DEVICE_PATH_MAX + 3] * 256,
                     4 + PATH_CAPACITY * 2);
    assert_int_equal(device_path_of_file(span_of(device, 0), "\xff", buffer), 0);
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_end_before_the_end_node),
        cmocka_unit_test(no_path_has_no_nodes),
        cmocka_unit_test(node_shorter_than_its_header_is_refused),
        cmocka_unit_test(path_without_an_end_is_believed_so_far_and_no_further),
        cmocka_unit_test(no_file_node_is_no_name),
        cmocka_unit_test(name_of_one_file_node),
        cmocka_unit_test(names_of_several_file_nodes_are_joined_by_one_backslash),
        cmocka_unit_test(three_nodes_and_the_root_alone),
        cmocka_unit_test(path_of_a_file_is_the_device_the_file_and_the_end),
        cmocka_unit_test(longest_device_and_name_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
