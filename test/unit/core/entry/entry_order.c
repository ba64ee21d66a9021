/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves the order of entries: the specification's, and systemd-boot's listed order as measured. */
#include "core/entry/entry_order.h"

#include "core/entry/entry_choice.h"
#include "unit/fixture/exact.h"

#include <stdio.h>

static struct bls_entry entry_named(const char *id, const char *sort_key, const char *machine_id,
                                    const char *version)
{
    return (struct bls_entry){.id = id,
                              .image_id = id,
                              .title = "",
                              .sort_key = sort_key,
                              .machine_id = machine_id,
                              .version = version,
                              .kernel = "\\k",
                              .options = ""};
}

static struct bls_entry counted(struct bls_entry entry, uint32_t left, uint32_t done)
{
    entry.counter = (struct entry_counter){.counted = true, .left = left, .done = done};
    return entry;
}

/* Sorts `entries`, given in the expected order, from every rotation and from the reverse. */
static void check_order(struct bls_entry *entries, size_t count)
{
    struct bls_entry *shuffled[64];
    struct entry_list list = {.entries = shuffled, .count = count};

    assert_true(count <= LENGTH_OF(shuffled));
    for (size_t i = 0; i < count; i++)
        entries[i].place = (uint32_t)i;
    for (size_t turn = 0; turn <= count; turn++) {
        for (size_t i = 0; i < count; i++)
            shuffled[i] = turn == count ? &entries[count - 1 - i] : &entries[(i + turn) % count];
        entry_sort(&list);
        for (size_t i = 0; i < count; i++) {
            if (shuffled[i] != &entries[i])
                fail_msg("turn %zu, place %zu: '%s' instead of '%s'", turn, i, shuffled[i]->id,
                         entries[i].id);
        }
    }
}

static void sorts_as_the_specification_says(void **state)
{
    struct bls_entry entries[] = {
        /* With a sort-key first, ascending; then machine-id ascending; then version descending. */
        entry_named("z", "arch", "", ""),
        entry_named("y", "debian", "1111", "6.10"),
        entry_named("x", "debian", "1111", "6.9"),
        entry_named("w", "debian", "1111", "6.9~rc1"),
        entry_named("v", "debian", "2222", "7.0"),
        /* All the same: by file name, as versions, descending. */
        entry_named("fedora-10", "fedora", "", "1"),
        entry_named("fedora-9", "fedora", "", "1"),
        /* Without a sort-key: by file name alone. */
        entry_named("b-1.10", "", "1111", "1"),
        entry_named("b-1.9", "", "0000", "9"),
        entry_named("a", "", "", ""),
        /* Bad ones last, among themselves as above. */
        counted(entry_named("bad-2", "arch", "", ""), 0, 3),
        counted(entry_named("bad-3", "", "", ""), 0, 1),
        counted(entry_named("bad-1", "", "", ""), 0, 1),
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void tries_left_put_nothing_last_but_zero(void **state)
{
    struct bls_entry entries[] = {
        counted(entry_named("c", "", "", ""), 1, 9),
        entry_named("b", "", "", ""),
        counted(entry_named("a", "", "", ""), 3, 0),
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void the_same_name_is_ordered_by_its_counters(void **state)
{
    struct bls_entry entries[] = {
        counted(entry_named("a", "", "", ""), 3, 0),
        counted(entry_named("a", "", "", ""), 2, 0),
        counted(entry_named("a", "", "", ""), 2, 1),
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void machine_ids_and_sort_keys_compare_as_bytes(void **state)
{
    struct bls_entry entries[] = {
        entry_named("a", "B", "", ""),        entry_named("a", "a", "", ""),
        entry_named("a", "a", "0", ""),       entry_named("a", "aa", "", ""),
        entry_named("a", "\xC3\xA4", "", ""), /* above ASCII, whatever char's sign is */
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

/* The listed order of systemd-boot 262 for one ESP and one XBOOTLDR partition, as measured. */
static void lists_what_systemd_boot_lists(void **state)
{
#define M1 "11111111111111111111111111111111"
#define M2 "22222222222222222222222222222222"
    static const struct {
        const char *file;
        const char *sort_key;
        const char *machine_id;
        const char *version;
    } listed[] = {
        {"sk-upper.conf", "A", "", "1"},
        {"sk-a-10.conf", "a", "", "10"},
        {"sk-a-3.conf", "a", "", "3"},
        {"sk-a-2.conf", "a", "", "2"},
        {"sk-a-2rc.conf", "a", "", "2~rc1"},
        {"sk-a-1.conf", "a", "", "1"},
        {"sk-b-m0.conf", "b", "", "0.1"},
        {"sk-b-m1.conf", "b", M1, "1"},
        {"sk-b-nov.conf", "b", M1, ""},
        {"sk-b-m2.conf", "b", M2, "9"},
        {"sk-c-0.conf", "c", "", "6.12.0-0.rc1"},
        {"sk-c-rc.conf", "c", "", "6.12.0-rc1"},
        {"u3+2-1.efi", "debian", "", "77"},
        {"u1.efi", "debian", "", "12"},
        {"u1.efi", "debian", "", "12"}, /* on XBOOTLDR */
        {"u2.efi", "img", "", "7"},
        {"u2.efi@rescue", "img", "", "7"},
        {"u2.efi@2", "img", "", "7"},
        {"u2.efi@3", "img", "", "7"},
        {"x-only.conf", "", "", ""},
        {"UPPER.CONF", "", "", ""},
        {"u4-nover.efi", "", "", ""},
        {"two-linux.conf", "", "", ""},
        {"skempty.conf", "", "", ""},
        {"plus+3x.conf", "", "", ""},
        {"plus+x.conf", "", "", ""},
        {"pad+03-00.conf", "", "", ""},
        {"num-1.0.conf", "", "", ""},
        {"num-1.a.conf", "", "", ""},
        {"foo_3.conf", "", "", ""},
        {"foo2.conf", "", "", ""},
        {"foo.conf", "", "", ""},
        {"foo^1.conf", "", "", ""},
        {"foo-2.conf", "", "", ""},
        {"foo~1.conf", "", "", ""},
        {"dup.conf", "", "", ""},
        {"dup.conf", "", "", ""}, /* on XBOOTLDR */
        {"dump.conf", "", "", ""},
        {"Debian-6.1.0-20-amd64.conf", "", "", ""},
        {"debian-6.1.0-18-amd64.conf", "", "", "6.1.0-18"},
        {"debian-6.1.0-9-amd64.conf", "", "", "6.1.0-9"},
        {"ct3+2-1.conf", "", "", ""},
        {"ct+3.conf", "", "", ""},
        {"ct+1-2.conf", "", "", ""},
        {"arch-x64.conf", "", "", ""},
        {"a+2+1.conf", "", "", ""},
        {"a b.conf", "", "", ""},
        {"skct+0.conf", "a", "", "99"},
        {"ct2+0-3.conf", "", "", ""},
    };
    static char ids[LENGTH_OF(listed)][64];
    static struct bls_entry entries[LENGTH_OF(listed)];

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(listed); i++) {
        struct string_pool pool = {.next = ids[i], .left = sizeof(ids[i])};
        const char *at = strchr(listed[i].file, '@');
        struct entry_name name;

        entries[i] = entry_named(listed[i].file, listed[i].sort_key, listed[i].machine_id,
                                 listed[i].version);
        if (at != NULL) {
            entries[i].image_id = "u2.efi";
            entries[i].profile = at[1] == 'r' ? 1 : (uint32_t)(at[1] - '0');
            continue;
        }
        assert_true(entry_name_parse(listed[i].file, ".conf", &name) ||
                    entry_name_parse(listed[i].file, ".efi", &name));
        entries[i].id = entries[i].image_id = entry_name_id(listed[i].file, &name, &pool);
        entries[i].counter = name.counter;
    }
    check_order(entries, LENGTH_OF(listed));
}

static void equal_entries_stay_as_they_were_read(void **state)
{
    struct bls_entry entries[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        entries[i] = entry_named("same", "", "", "");
    check_order(entries, 5);
}

static void a_counter_says_nothing_to_a_name_without_one(void **state)
{
    struct bls_entry entries[] = {
        entry_named("same", "", "", ""),
        counted(entry_named("same", "", "", ""), 3, 0),
        entry_named("same", "", "", ""),
    };

    (void)state;
    check_order(entries, 2);
    check_order(entries + 1, 2);
}

static void orders_none(void **state)
{
    struct entry_list list = {.entries = NULL};

    (void)state;
    entry_sort(&list);
    assert_int_equal(list.count, 0);
}

/* The most entries there can be; every place is checked against its neighbour. */
static void orders_the_most_entries_there_can_be(void **state)
{
    static struct bls_entry entries[ENTRY_ORDER_MAX];
    static struct bls_entry *pointers[ENTRY_ORDER_MAX];
    static char ids[ENTRY_ORDER_MAX][16];
    struct entry_list list = {.entries = pointers, .count = ENTRY_ORDER_MAX};
    uint32_t seed = 5;

    (void)state;
    for (size_t i = 0; i < ENTRY_ORDER_MAX; i++) {
        sprintf(ids[i], "%u.%u", exact_noise(&seed) % 10, exact_noise(&seed) % 100);
        entries[i] = entry_named(ids[i], exact_noise(&seed) % 4 == 0 ? "k" : "", "", "");
        entries[i].place = (uint32_t)i;
        pointers[i] = &entries[i];
    }
    entry_sort(&list);
    for (size_t i = 1; i < ENTRY_ORDER_MAX; i++) {
        int result = entry_compare(pointers[i - 1], pointers[i]);

        assert_true(result < 0 || (result == 0 && pointers[i - 1] < pointers[i]));
    }
}

static struct bls_entry numbered[2 * ENTRY_ORDER_MAX];
static char numbers[2 * ENTRY_ORDER_MAX][16];

/* Offers entries 0 to `total` - 1, and says which of them was left out last. */
static const struct bls_entry *keep(size_t total, struct entry_list *list)
{
    const struct bls_entry *left_out = NULL;

    list->count = list->offered = 0;
    for (size_t i = 0; i < total; i++) {
        left_out = entry_keep(list, &numbered[i]);
        assert_int_equal(left_out != NULL, i >= ENTRY_ORDER_MAX);
    }
    assert_int_equal(list->offered, total);
    return left_out;
}

static void number(size_t total, bool downward)
{
    for (size_t i = 0; i < total; i++) {
        sprintf(numbers[i], "%zu", downward ? total - 1 - i : i);
        numbered[i] = entry_named(numbers[i], "", "", "");
    }
}

/* As many as there may be; then the newest are kept, whether they are found first or last. */
static void keeps_those_that_come_first_in_the_order(void **state)
{
    static struct bls_entry *kept[ENTRY_ORDER_MAX];
    struct entry_list list = {.entries = kept};

    (void)state;
    number(ENTRY_ORDER_MAX, false);
    assert_null(keep(ENTRY_ORDER_MAX, &list));
    assert_int_equal(list.count, ENTRY_ORDER_MAX);
    for (unsigned int way = 0; way < 2; way++) {
        size_t total = ENTRY_ORDER_MAX + 300;
        const struct bls_entry *left_out;

        number(total, way == 1);
        left_out = keep(total, &list);
        assert_string_equal(left_out->id, way == 0 ? "299" : "0");
        assert_int_equal(list.count, ENTRY_ORDER_MAX);
        entry_sort(&list);
        for (size_t i = 0; i < list.count; i++)
            assert_ptr_equal(kept[i], &numbered[way == 0 ? total - 1 - i : i]);
    }
}

static void never_leaves_out_what_is_wanted(void **state)
{
    static struct bls_entry *kept[ENTRY_ORDER_MAX];
    struct entry_list list = {.entries = kept};
    const size_t total = 2 * ENTRY_ORDER_MAX;

    (void)state;
    for (unsigned int way = 0; way < 2; way++) {
        number(total, way == 1);
        for (size_t i = 0; i < total; i++)
            numbered[i].wanted = strcmp(numbered[i].id, "1") == 0 ? ENTRY_DEFAULT_VARIABLE
                                 : strlen(numbered[i].id) == 1    ? ENTRY_DEFAULT_CONF
                                                                  : ENTRY_UNASKED;
        (void)keep(total, &list);
        entry_sort(&list);
        assert_string_equal(kept[entry_choose(kept, list.count)]->id, "1");
        assert_string_equal(kept[0]->id, "2047");
        assert_string_equal(kept[list.count - 11]->id, "1034");
        assert_string_equal(kept[list.count - 10]->id, "9");
        assert_string_equal(kept[list.count - 1]->id, "0");
    }
}

/* Of a name on two volumes the first counts: it must stay, and stay in front. */
static void of_equal_entries_the_last_one_is_left_out(void **state)
{
    static struct bls_entry *kept[ENTRY_ORDER_MAX];
    struct entry_list list = {.entries = kept};

    (void)state;
    for (size_t i = 0; i <= ENTRY_ORDER_MAX; i++)
        numbered[i] = entry_named("same", "", "", "");
    assert_ptr_equal(keep(ENTRY_ORDER_MAX + 1, &list), &numbered[ENTRY_ORDER_MAX]);
    entry_sort(&list);
    assert_ptr_equal(kept[0], &numbered[0]);
    assert_ptr_equal(kept[list.count - 1], &numbered[list.count - 1]);
    numbered[ENTRY_ORDER_MAX].wanted = 1;
    assert_ptr_equal(keep(ENTRY_ORDER_MAX + 1, &list), &numbered[ENTRY_ORDER_MAX - 1]);
}

static struct bls_entry file_of(const char *file, uint32_t left, uint32_t done)
{
    struct bls_entry entry = counted(entry_named("k.conf", "", "", ""), left, done);

    entry.file = file;
    entry.text = "linux /k\n";
    return entry;
}

/* The files of one entry and its neighbours, sorted; how many are left, the first of them. */
static size_t join(struct bls_entry *entries, size_t count, struct bls_entry **ret_first)
{
    struct bls_entry *listed[8];
    struct entry_list list = {.entries = listed, .count = count};

    for (size_t i = 0; i < count; i++)
        listed[i] = &entries[i];
    entry_join(&list);
    *ret_first = listed[0];
    return list.count;
}

static void copies_of_an_entry_with_fewer_tries_become_one(void **state)
{
    struct bls_entry entries[] = {file_of("k+2.conf", 2, 0), file_of("k+1-1.conf", 1, 1),
                                  entry_named("a.conf", "", "", ""), file_of("k+0-2.conf", 0, 2),
                                  file_of("k+0-3.conf", 0, 3)};
    struct bls_entry *first;

    (void)state;
    /* What is between them stays where it is; where the trace begins is where counting does. */
    assert_int_equal(join(entries, 5, &first), 2);
    assert_ptr_equal(first, &entries[2]);
    assert_string_equal(entries[4].file, "k+2.conf");
    assert_int_equal(entries[4].counter.left, 0);
    assert_int_equal(entries[4].counter.done, 3);
}

static void what_is_no_copy_stays(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 7; i++) {
        struct bls_entry entries[] = {file_of("k+2.conf", 2, 0), file_of("k+1-1.conf", 1, 1)};
        struct bls_entry *first;

        if (i == 0)
            entries[1].id = "l.conf";
        else if (i == 1)
            entries[1].text = "linux /l\n";
        else if (i == 2)
            entries[1].volume = 1;
        else if (i == 3)
            entries[1].counter.done = 2;
        else if (i == 4)
            entries[0].text = entries[1].text = NULL; /* images */
        else if (i == 5)
            entries[1].text = NULL;
        else
            entries[0].counter = (struct entry_counter){.counted = false};
        assert_int_equal(join(entries, 2, &first), 2);
        assert_ptr_equal(first, &entries[0]);
        assert_string_equal(entries[1].file, "k+1-1.conf");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_an_entry_with_fewer_tries_become_one),
        cmocka_unit_test(what_is_no_copy_stays),
        cmocka_unit_test(sorts_as_the_specification_says),
        cmocka_unit_test(tries_left_put_nothing_last_but_zero),
        cmocka_unit_test(the_same_name_is_ordered_by_its_counters),
        cmocka_unit_test(machine_ids_and_sort_keys_compare_as_bytes),
        cmocka_unit_test(lists_what_systemd_boot_lists),
        cmocka_unit_test(equal_entries_stay_as_they_were_read),
        cmocka_unit_test(a_counter_says_nothing_to_a_name_without_one),
        cmocka_unit_test(orders_none),
        cmocka_unit_test(orders_the_most_entries_there_can_be),
        cmocka_unit_test(keeps_those_that_come_first_in_the_order),
        cmocka_unit_test(never_leaves_out_what_is_wanted),
        cmocka_unit_test(of_equal_entries_the_last_one_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
