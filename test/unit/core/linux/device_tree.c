/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/device_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 4096U

/* --- a firmware's tree, made token by token --- */

static uint8_t source[ROOM];
static size_t source_size;
static uint8_t strings[256];
static size_t strings_size;

static void word(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void token(uint32_t value)
{
    word(source + source_size, value);
    source_size += 4;
}

static void bytes(const void *data, size_t size)
{
    memcpy(source + source_size, data, size);
    source_size += (size + 3) & ~(size_t)3;
}

static void node(const char *name)
{
    token(1);
    bytes(name, strlen(name) + 1);
}

static void property(const char *name, const void *value, size_t size)
{
    token(3);
    token((uint32_t)size);
    token((uint32_t)strings_size);
    bytes(value, size);
    memcpy(strings + strings_size, name, strlen(name) + 1);
    strings_size += strlen(name) + 1;
}

static void begin(void)
{
    memset(source, 0, sizeof(source));
    source_size = 40 + 16;
    strings_size = 0;
}

static struct span finished(void)
{
    size_t structure_end;

    token(9);
    structure_end = source_size;
    memcpy(source + source_size, strings, strings_size);
    source_size += strings_size;
    word(source, 0xd00dfeed);
    word(source + 4, (uint32_t)source_size);
    word(source + 8, 56);
    word(source + 12, (uint32_t)structure_end);
    word(source + 16, 40);
    word(source + 20, 17);
    word(source + 24, 16);
    word(source + 28, 3);
    word(source + 32, (uint32_t)strings_size);
    word(source + 36, (uint32_t)structure_end - 56);
    return span_of(source, source_size);
}

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
        assert_int_equal(device_tree_size(span_of(target, room)), word_at(target + 4));
    return error;
}

/* The value of `path`, names and a property with "/" between: NULL when there is none. */
static const uint8_t *find(const char *path, uint32_t *ret_size)
{
    const uint8_t *at = target + word_at(target + 8);
    const char *names = (const char *)target + word_at(target + 12);
    char here[256] = "";

    for (;;) {
        uint32_t kind = word_at(at);

        at += 4;
        if (kind == 1) {
            strcat(strcat(here, (const char *)at), "/");
            at += (strlen((const char *)at) + 4) & ~(size_t)3;
        } else if (kind == 2) {
            here[strlen(here) - 1] = '\0';
            *(strrchr(here, '/') != NULL ? strrchr(here, '/') + 1 : here) = '\0';
        } else if (kind == 3) {
            char whole[512];

            *ret_size = word_at(at);
            strcat(strcpy(whole, here), names + word_at(at + 4));
            if (strcmp(whole, path) == 0)
                return at + 8;
            at += 8 + ((*ret_size + 3) & ~3U);
        } else {
            assert_int_equal(kind, 9);
            return NULL;
        }
    }
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
    begin();
    node("");
    property("model", "board", 6);
    token(4); /* a NOP */
    node("memory@40000000");
    property("reg", "\0\0\0\1", 4);
    token(2);
    if (with_chosen) {
        node("chosen");
        property("bootargs", "the firmware's", 15);
        property("stdout-path", "/pl011", 7);
        property("kaslr-seed", "12345678", 8);
        property("linux,uefi-mmap-size", "\1\2\3\4", 4);
        node("below");
        property("bootargs", "another's", 10);
        token(2);
        token(2);
    }
    node("soc");
    node("chosen"); /* not /chosen */
    property("bootargs", "stays", 6);
    token(2);
    token(2);
    token(2);
}

static void a_tree_of_the_firmware_is_kept_but_for_what_a_loader_says(void **state)
{
    (void)state;
    for (int with_chosen = 0; with_chosen < 2; with_chosen++) {
        sample(with_chosen != 0);
        assert_int_equal(make(finished()), DEVICE_TREE_OK);
        assert_chosen();
        assert_value("/model", "board", 6);
        assert_value("/memory@40000000/reg", "\0\0\0\1", 4);
        assert_value("/soc/chosen/bootargs", "stays", 6);
        assert_int_equal(word_at(target + 28), 3); /* the processor that boots */
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
    assert_int_equal(make(finished()), DEVICE_TREE_OK);
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
    tree = finished();
    assert_int_equal(make(tree), DEVICE_TREE_OK);
    needed = word_at(target + 4);
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
    tree = finished();
    for (size_t i = 0; i < tree.size; i++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            source[i] ^= (uint8_t)(1U << bit);
            (void)make(tree); /* checked by the sanitizers, and by make() when it is accepted */
            source[i] ^= (uint8_t)(1U << bit);
        }
    /* Its own size says that it goes on. */
    for (size_t size = 1; size < tree.size; size++)
        assert_int_not_equal(make(span_of(source, size)), DEVICE_TREE_OK);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    sample(true);
    (void)finished();
    word(source, 0xd00dfeee);
    assert_int_equal(make(span_of(source, source_size)), DEVICE_TREE_NO_MAGIC);
    word(source, 0xd00dfeed);
    word(source + 20, 16);
    assert_int_equal(make(span_of(source, source_size)), DEVICE_TREE_VERSION);
    word(source + 20, 18);
    word(source + 24, 18);
    assert_int_equal(make(span_of(source, source_size)), DEVICE_TREE_VERSION);
    word(source + 24, 17);
    assert_int_equal(make(span_of(source, source_size)), DEVICE_TREE_OK);

    word(source + 32, (uint32_t)source_size); /* strings that are the structure, too */
    word(source + 12, 0);
    assert_int_equal(make(span_of(source, source_size)), DEVICE_TREE_MALFORMED);

    begin();
    node("");
    assert_int_equal(make(finished()), DEVICE_TREE_MALFORMED); /* not closed */
    begin();
    token(2);
    assert_int_equal(make(finished()), DEVICE_TREE_MALFORMED);
    begin();
    assert_int_equal(make(finished()), DEVICE_TREE_MALFORMED); /* no root */
    begin();
    node("");
    token(2);
    node("");
    token(2);
    assert_int_equal(make(finished()), DEVICE_TREE_MALFORMED); /* two */
    begin();
    for (int i = 0; i < 65; i++)
        node("n");
    for (int i = 0; i < 65; i++)
        token(2);
    assert_int_equal(make(finished()), DEVICE_TREE_TOO_DEEP);
    chosen.journal_size = DEVICE_TREE_SIZE_MAX;
    assert_int_equal(make((struct span){0}), DEVICE_TREE_TOO_LARGE);
    for (int error = DEVICE_TREE_OK; error <= DEVICE_TREE_TOO_LARGE; error++)
        assert_true(device_tree_explain((enum device_tree_error)error).problem[0] != '\0');
}

static void a_size_that_cannot_be_is_none(void **state)
{
    uint8_t header[DEVICE_TREE_HEADER] = {0xd0, 0x0d, 0xfe, 0xed};

    (void)state;
    word(header + 4, 39);
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), 0);
    word(header + 4, DEVICE_TREE_SIZE_MAX + 1);
    assert_int_equal(device_tree_size(span_of(header, sizeof(header))), 0);
    word(header + 4, DEVICE_TREE_SIZE_MAX);
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
