/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/device_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/fixture/tree_fixture.h"

/* --- reading what came of it --- */

static uint8_t *target;
static struct device_tree_blanks blanks;
static struct device_tree_chosen chosen;

static enum device_tree_error make(struct span tree)
{
    size_t room = device_tree_room(tree.size, &chosen);
    enum device_tree_error error;

    free(target);
    target = malloc(room); /* as large as is promised to be enough */
    assert_non_null(target);
    error = device_tree_make(tree, &chosen, target, room, &blanks);
    if (error == DEVICE_TREE_OK)
        assert_int_equal(device_tree_size(span_of(target, room)), tree_word(target + 4));
    return error;
}

static const uint8_t *find(const char *path, uint32_t *ret_size)
{
    return tree_find(target, path, ret_size);
}

static void assert_value(const char *path, const void *value, size_t size)
{
    uint32_t found_size;
    const uint8_t *found = find(path, &found_size);

    assert_non_null(found);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, value, size);
}

static int setup(void **state)
{
    (void)state;
    chosen = (struct device_tree_chosen){.bootargs = "ro quiet",
                                         .initrd_start = 0x123456789000,
                                         .initrd_end = 0x12345678a123,
                                         .system_table = 0xabcdef018,
                                         .secure_boot = 2,
                                         .journal_size = 100};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(target);
    target = NULL;
    return 0;
}

static void assert_chosen(void)
{
    static const uint8_t zeros[100];

    assert_value("/chosen/bootargs", "ro quiet", 9);
    assert_value("/chosen/linux,initrd-start", "\0\0\x12\x34\x56\x78\x90\0", 8);
    assert_value("/chosen/linux,initrd-end", "\0\0\x12\x34\x56\x78\xa1\x23", 8);
    assert_value("/chosen/linux,uefi-system-table", "\0\0\0\x0a\xbc\xde\xf0\x18", 8);
    assert_value("/chosen/linux,uefi-secure-boot", "\0\0\0\2", 4);
    assert_value("/chosen/baton,exit-journal", zeros, 100);
}

static void a_machine_without_a_tree_gets_one_with_nothing_but_chosen(void **state)
{
    uint32_t size;

    (void)state;
    assert_int_equal(make((struct span){0}), DEVICE_TREE_OK);
    assert_chosen();
    assert_value("/#address-cells", "\0\0\0\2", 4);
    assert_value("/#size-cells", "\0\0\0\2", 4);
    assert_null(find("/chosen/kaslr-seed", &size));
}

static void what_only_the_exit_knows_goes_into_its_place(void **state)
{
    (void)state;
    assert_int_equal(make((struct span){0}), DEVICE_TREE_OK);
    device_tree_fill_map(&blanks, 0x1122334455667788, 0x99aabbcc, 48, 1);
    assert_value("/chosen/linux,uefi-mmap-start", "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
    assert_value("/chosen/linux,uefi-mmap-size", "\x99\xaa\xbb\xcc", 4);
    assert_value("/chosen/linux,uefi-mmap-desc-size", "\0\0\0\x30", 4);
    assert_value("/chosen/linux,uefi-mmap-desc-ver", "\0\0\0\1", 4);
    memcpy(blanks.journal, "left", 4);
    assert_memory_equal(find("/chosen/baton,exit-journal", &(uint32_t){0}), "left", 4);
}

static void sample(bool with_chosen)
{
    tree_begin();
    tree_node("");
    tree_property("model", "board", 6);
    tree_token(4); /* a NOP */
    tree_node("memory@40000000");
    tree_property("reg", "\0\0\0\1", 4);
    tree_token(2);
    if (with_chosen) {
        tree_node("chosen");
        tree_property("bootargs", "the firmware's", 15);
        tree_property("stdout-path", "/pl011", 7);
        tree_property("kaslr-seed", "12345678", 8);
        tree_property("linux,uefi-mmap-size", "\1\2\3\4", 4);
        tree_node("below");
        tree_property("bootargs", "another's", 10);
        tree_token(2);
        tree_token(2);
    }
    tree_node("soc");
    tree_node("chosen"); /* not /chosen */
    tree_property("bootargs", "stays", 6);
    tree_token(2);
    tree_token(2);
    tree_token(2);
}

static void a_tree_of_the_firmware_is_kept_but_for_what_a_loader_says(void **state)
{
    (void)state;
    for (int with_chosen = 0; with_chosen < 2; with_chosen++) {
        sample(with_chosen != 0);
        assert_int_equal(make(tree_finished()), DEVICE_TREE_OK);
        assert_chosen();
        assert_value("/model", "board", 6);
        assert_value("/memory@40000000/reg", "\0\0\0\1", 4);
        assert_value("/soc/chosen/bootargs", "stays", 6);
        assert_int_equal(tree_word(target + 28), 3); /* the processor that boots */
    }
    assert_value("/chosen/stdout-path", "/pl011", 7);
    assert_value("/chosen/kaslr-seed", "12345678", 8);
    assert_value("/chosen/below/bootargs", "another's", 10);
    device_tree_fill_map(&blanks, 0, 0x600, 48, 1);
    assert_value("/chosen/linux,uefi-mmap-size", "\0\0\6\0", 4);
}

static void a_seed_of_our_own_replaces_the_firmwares(void **state)
{
    (void)state;
    chosen.kaslr_seed = span_of("abcdefgh", 8);
    sample(true);
    assert_int_equal(make(tree_finished()), DEVICE_TREE_OK);
    assert_value("/chosen/kaslr-seed", "abcdefgh", 8);
}

static void no_initrd_no_words_about_one(void **state)
{
    uint32_t size;

    (void)state;
    chosen.initrd_start = chosen.initrd_end = 0;
    assert_int_equal(make((struct span){0}), DEVICE_TREE_OK);
    assert_null(find("/chosen/linux,initrd-start", &size));
    assert_null(find("/chosen/linux,initrd-end", &size));
}

static void room_for_less_is_refused_and_not_overrun(void **state)
{
    struct span tree;
    size_t needed;

    (void)state;
    sample(true);
    tree = tree_finished();
    assert_int_equal(make(tree), DEVICE_TREE_OK);
    needed = tree_word(target + 4);
    for (size_t room = 0; room < needed; room++) {
        uint8_t *small = malloc(room + 1);

        assert_non_null(small);
        small[room] = 0xa5;
        assert_int_equal(device_tree_make(tree, &chosen, small, room, &blanks),
                         DEVICE_TREE_TOO_LARGE);
        assert_int_equal(small[room], 0xa5);
        free(small);
    }
}

static void whatever_is_cut_or_changed_is_refused_or_sound(void **state)
{
    struct span tree;

    (void)state;
    sample(true);
    tree = tree_finished();
    for (size_t i = 0; i < tree.size; i++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            tree_source[i] ^= (uint8_t)(1U << bit);
            (void)make(tree); /* checked by the sanitizers, and by make() when it is accepted */
            tree_source[i] ^= (uint8_t)(1U << bit);
        }
    /* Its own size says that it goes on. */
    for (size_t size = 1; size < tree.size; size++)
        assert_int_not_equal(make(span_of(tree_source, size)), DEVICE_TREE_OK);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    sample(true);
    (void)tree_finished();
    tree_put_word(tree_source, 0xd00dfeee);
    assert_int_equal(make(span_of(tree_source, tree_source_size)), DEVICE_TREE_NO_MAGIC);
    tree_put_word(tree_source, 0xd00dfeed);
    tree_put_word(tree_source + 20, 16);
    assert_int_equal(make(span_of(tree_source, tree_source_size)), DEVICE_TREE_VERSION);
    tree_put_word(tree_source + 20, 18);
    tree_put_word(tree_source + 24, 18);
    assert_int_equal(make(span_of(tree_source, tree_source_size)), DEVICE_TREE_VERSION);
    tree_put_word(tree_source + 24, 17);
    assert_int_equal(make(span_of(tree_source, tree_source_size)), DEVICE_TREE_OK);

    tree_put_word(tree_source + 32,
                  (uint32_t)tree_source_size); /* strings that are the structure, too */
    tree_put_word(tree_source + 12, 0);
    assert_int_equal(make(span_of(tree_source, tree_source_size)), DEVICE_TREE_MALFORMED);

    tree_begin();
    tree_node("");
    assert_int_equal(make(tree_finished()), DEVICE_TREE_MALFORMED); /* not closed */
    tree_begin();
    tree_token(2);
    assert_int_equal(make(tree_finished()), DEVICE_TREE_MALFORMED);
    tree_begin();
    assert_int_equal(make(tree_finished()), DEVICE_TREE_MALFORMED); /* no root */
    tree_begin();
    tree_node("");
    tree_token(2);
    tree_node("");
    tree_token(2);
    assert_int_equal(make(tree_finished()), DEVICE_TREE_MALFORMED); /* two */
    tree_begin();
    for (int i = 0; i < 65; i++)
        tree_node("n");
    for (int i = 0; i < 65; i++)
        tree_token(2);
    assert_int_equal(make(tree_finished()), DEVICE_TREE_TOO_DEEP);
    chosen.journal_size = DEVICE_TREE_SIZE_MAX;
    assert_int_equal(make((struct span){0}), DEVICE_TREE_TOO_LARGE);
    for (int error = DEVICE_TREE_OK; error <= DEVICE_TREE_TOO_LARGE; error++)
        assert_true(explained(device_tree_explain((enum device_tree_error)error)).problem[0] !=
                    '\0');
}

static void a_size_that_cannot_be_is_none(void **state)
{
    uint8_t header[DEVICE_TREE_HEADER] = {0xd0, 0x0d, 0xfe, 0xed};

    (void)state;
    tree_put_word(header + 4, 39);
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), 0);
    tree_put_word(header + 4, DEVICE_TREE_SIZE_MAX + 1);
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), 0);
    tree_put_word(header + 4, DEVICE_TREE_SIZE_MAX);
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), DEVICE_TREE_SIZE_MAX);
    assert_int_equal(device_tree_size(span_of(header, 7)), 0);
    header[3] = 0;
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_without_a_tree_gets_one_with_nothing_but_chosen),
        TEST(what_only_the_exit_knows_goes_into_its_place),
        TEST(a_tree_of_the_firmware_is_kept_but_for_what_a_loader_says),
        TEST(a_seed_of_our_own_replaces_the_firmwares),
        TEST(no_initrd_no_words_about_one),
        TEST(room_for_less_is_refused_and_not_overrun),
        TEST(whatever_is_cut_or_changed_is_refused_or_sound),
        TEST(what_is_wrong_is_named),
        TEST(a_size_that_cannot_be_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
