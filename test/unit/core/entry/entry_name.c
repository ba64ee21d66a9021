/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that names of entries are read, and counted down, as systemd-boot and its tools do. */
#include "core/entry/entry_name.h"

#include "unit/fixture/exact.h"

static void reads_ids_and_counters(void **state)
{
    static const struct {
        const char *name;
        const char *id;
        struct entry_counter counter;
    } cases[] = {
        {"debian.conf", "debian.conf", {false, 0, 0}},
        {"Debian.CONF", "debian.conf", {false, 0, 0}},
        {"\xC3\x84.Conf", "\xC3\x84.conf", {false, 0, 0}},
        {"a+3.conf", "a.conf", {true, 3, 0}},
        {"a+3-0.conf", "a.conf", {true, 3, 0}},
        {"a+0-3.conf", "a.conf", {true, 0, 3}},
        {"a+00003-00010.conf", "a.conf", {true, 3, 10}},
        {"a+b+1-2.conf", "a+b.conf", {true, 1, 2}},
        {"a+2+1.conf", "a+2.conf", {true, 1, 0}},
        {"a+2147483647-2147483647.conf", "a.conf", {true, INT32_MAX, INT32_MAX}},
        {"a+2147483648.conf", "a+2147483648.conf", {false, 0, 0}},
        {"a+1-2147483648.conf", "a+1-2147483648.conf", {false, 0, 0}},
        {"a+.conf", "a+.conf", {false, 0, 0}},
        {"a+-1.conf", "a+-1.conf", {false, 0, 0}},
        {"a+1-.conf", "a+1-.conf", {false, 0, 0}},
        {"a+1-2-3.conf", "a+1-2-3.conf", {false, 0, 0}},
        {"plus+x.conf", "plus+x.conf", {false, 0, 0}},
        {"plus+3x.conf", "plus+3x.conf", {false, 0, 0}},
        {"a-1.conf", "a-1.conf", {false, 0, 0}},
        {"+3.conf", ".conf", {true, 3, 0}},
        {"a.conf.conf", "a.conf.conf", {false, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        size_t size = strlen(cases[i].id) + 1;
        struct entry_counter counter;
        struct entry_name name;

        assert_true(entry_name_parse(cases[i].name, ".conf", &name));
        assert_false(entry_name_parse(cases[i].name, ".efi", &(struct entry_name){0}));
        counter = name.counter;
        for (size_t left = 0; left <= size; left++) {
            char *buffer = exact_buffer(left);
            struct string_pool pool = {.next = buffer, .left = left};
            const char *id = entry_name_id(cases[i].name, &name, &pool);

            if ((id != NULL) != (left >= size) || (id != NULL && strcmp(id, cases[i].id) != 0))
                fail_msg("%s with room for %zu: %s", cases[i].name, left, id);
            assert_int_equal(pool.left, id == NULL ? left : left - size);
            free(buffer);
        }
        if (counter.counted != cases[i].counter.counted || counter.left != cases[i].counter.left ||
            counter.done != cases[i].counter.done)
            fail_msg("%s", cases[i].name);
    }
}

static void reads_the_names_of_images_too(void **state)
{
    struct entry_name name;

    (void)state;
    assert_true(entry_name_parse("arch-6.9+3-1.EFI", ".efi", &name));
    assert_int_equal(name.stem, 8);
    assert_int_equal(name.suffix, 12);
    assert_int_equal(name.counter.left, 3);
    assert_int_equal(name.counter.done, 1);
    assert_true(entry_name_parse("x.efi", ".efi", &name));
    assert_int_equal(name.stem, 1);
    assert_false(name.counter.counted);
    assert_false(entry_name_parse(".efi", ".efi", &name));
    assert_false(entry_name_parse("efi", ".efi", &name));
    assert_false(entry_name_parse("x.efi.extra.d", ".efi", &name));
}

static void hides_dots_and_names_that_are_taken(void **state)
{
    (void)state;
    assert_true(entry_name_is_hidden(".a.conf"));
    assert_true(entry_name_is_hidden("auto-windows.conf"));
    assert_true(entry_name_is_hidden("Auto-.conf"));
    assert_false(entry_name_is_hidden("auto.conf"));
    assert_false(entry_name_is_hidden("a.auto-.conf"));
    assert_false(entry_name_is_hidden(""));
}

static void counts_down_and_keeps_the_width(void **state)
{
    static const struct {
        const char *name;
        const char *next;
    } cases[] = {
        {"k+3.conf", "k+2-1.conf"},
        {"k+2-1.conf", "k+1-2.conf"},
        {"k+1-2.CONF", "k+0-3.CONF"},
        {"k+0-3.conf", "k+0-4.conf"},
        {"k+0.conf", "k+0-1.conf"},
        {"k+10.conf", "k+09-1.conf"},
        {"k+03-00.conf", "k+02-01.conf"},
        {"k+1-9.conf", "k+0-9.conf"},
        {"k+1-99.conf", "k+0-99.conf"},
        {"k+1-09.conf", "k+0-10.conf"},
        {"a+2+1.conf", "a+2+0-1.conf"},
        {"+3.conf", "+2-1.conf"},
        {"k+2147483647-2147483647.conf", "k+2147483646-2147483647.conf"},
        {"k+000000000003-000000000000.conf", "k+000000000002-000000000001.conf"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        size_t size = strlen(cases[i].next) + 1;
        struct entry_name name;

        assert_true(entry_name_parse(cases[i].name, ".conf", &name));
        for (size_t capacity = 1; capacity <= size; capacity++) {
            char *buffer = exact_buffer(capacity);

            assert_int_equal(entry_name_next(cases[i].name, &name, buffer, capacity),
                             capacity == size);
            if (capacity == size)
                assert_string_equal(buffer, cases[i].next);
            free(buffer);
        }
    }
}

/* Until nothing is left, whatever the counter is like: then it is bad for good. */
static void ends_with_no_tries_left(void **state)
{
    char name[64] = "kernel+5-07.efi";

    (void)state;
    for (unsigned int tries = 5; tries > 0; tries--) {
        struct entry_name parts;
        char next[64];

        assert_true(entry_name_parse(name, ".efi", &parts));
        assert_int_equal(parts.counter.left, tries);
        assert_true(entry_name_next(name, &parts, next, sizeof(next)));
        strcpy(name, next);
    }
    assert_string_equal(name, "kernel+0-12.efi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ids_and_counters),
        cmocka_unit_test(reads_the_names_of_images_too),
        cmocka_unit_test(hides_dots_and_names_that_are_taken),
        cmocka_unit_test(counts_down_and_keeps_the_width),
        cmocka_unit_test(ends_with_no_tries_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
