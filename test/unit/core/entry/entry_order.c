/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves the order of the Boot Loader Specification and the choice of the default. */
#include "core/entry/entry_order.h"

#include "unit/fixture/exact.h"

#include <stdio.h>

static struct bls_entry entry_named(const char *id, const char *sort_key, const char *machine_id,
                                    const char *version)
{
    return (struct bls_entry){.id = id,
                              .title = "",
                              .sort_key = sort_key,
                              .machine_id = machine_id,
                              .version = version,
                              .kernel = "\\k",
                              .options = ""};
}

static struct bls_entry counted(struct bls_entry entry, uint32_t left, uint32_t done)
{
    entry.counter = (struct bls_counter){.counted = true, .left = left, .done = done};
    return entry;
}

/* Sorts `entries`, given in the expected order, from every rotation and from the reverse. */
static void check_order(const struct bls_entry *entries, size_t count)
{
    const struct bls_entry *shuffled[16];
    uint16_t order[16];

    assert_true(count <= LENGTH_OF(order));
    for (size_t turn = 0; turn <= count; turn++) {
        for (size_t i = 0; i < count; i++)
            shuffled[i] = turn == count ? &entries[count - 1 - i] : &entries[(i + turn) % count];
        entry_order(shuffled, count, NULL, order);
        for (size_t i = 0; i < count; i++) {
            if (shuffled[order[i]] != &entries[i])
                fail_msg("turn %zu, place %zu: '%s' instead of '%s'", turn, i,
                         shuffled[order[i]]->id, entries[i].id);
        }
    }
}

static void sorts_as_the_specification_says(void **state)
{
    const struct bls_entry entries[] = {
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
    const struct bls_entry entries[] = {
        counted(entry_named("c", "", "", ""), 1, 9),
        entry_named("b", "", "", ""),
        counted(entry_named("a", "", "", ""), 3, 0),
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void the_same_name_is_ordered_by_its_counters(void **state)
{
    const struct bls_entry entries[] = {
        counted(entry_named("a", "", "", ""), 3, 0),
        counted(entry_named("a", "", "", ""), 2, 0),
        counted(entry_named("a", "", "", ""), 2, 1),
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void machine_ids_and_sort_keys_compare_as_bytes(void **state)
{
    const struct bls_entry entries[] = {
        entry_named("a", "B", "", ""),        entry_named("a", "a", "", ""),
        entry_named("a", "a", "0", ""),       entry_named("a", "aa", "", ""),
        entry_named("a", "\xC3\xA4", "", ""), /* above ASCII, whatever char's sign is */
    };

    (void)state;
    check_order(entries, LENGTH_OF(entries));
}

static void equal_entries_stay_as_they_were_read(void **state)
{
    struct bls_entry entry = entry_named("same", "", "", "");
    const struct bls_entry *entries[5];
    uint16_t order[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        entries[i] = &entry;
    entry_order(entries, 5, NULL, order);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(order[i], i);
}

static void check_default(const char *pattern, const char *expected)
{
    const struct bls_entry entries[] = {
        entry_named("debian-6.1", "", "", ""),
        entry_named("debian-6.10", "", "", ""),
        entry_named("arch", "", "", ""),
        counted(entry_named("rescue", "", "", ""), 0, 3),
    };
    const struct bls_entry *pointers[4];
    uint16_t order[4];
    char result[64] = "";

    for (size_t i = 0; i < 4; i++)
        pointers[i] = &entries[i];
    entry_order(pointers, 4, pattern, order);
    for (size_t i = 0; i < 4; i++)
        strcat(strcat(result, i == 0 ? "" : " "), entries[order[i]].id);
    assert_string_equal(result, expected);
}

static void the_default_is_tried_first_and_the_rest_in_order(void **state)
{
    (void)state;
    check_default(NULL, "debian-6.10 debian-6.1 arch rescue");
    check_default("nothing-*", "debian-6.10 debian-6.1 arch rescue");
    check_default("", "debian-6.10 debian-6.1 arch rescue");
    check_default("arch", "arch debian-6.10 debian-6.1 rescue");
    check_default("ARCH.CONF", "arch debian-6.10 debian-6.1 rescue");
    check_default("debian-*", "debian-6.10 debian-6.1 arch rescue");
    check_default("debian-6.1", "debian-6.1 debian-6.10 arch rescue");
    check_default("debian-?.1.conf", "debian-6.1 debian-6.10 arch rescue");
    check_default("rescue", "rescue debian-6.10 debian-6.1 arch");
    check_default("*", "debian-6.10 debian-6.1 arch rescue");
    check_default("*.conf", "debian-6.10 debian-6.1 arch rescue");
}

/* Users write the name of the file, and so does the boot loader interface. */
static void an_image_is_named_with_its_own_suffix(void **state)
{
    struct bls_entry entries[] = {entry_named("b", "", "", ""), entry_named("a", "", "", "")};
    const struct bls_entry *pointers[] = {&entries[0], &entries[1]};
    uint16_t order[2];

    (void)state;
    entries[1].is_image = true;
    entry_order(pointers, 2, "*.efi", order);
    assert_int_equal(order[0], 1);
    entry_order(pointers, 2, "a.efi", order);
    assert_int_equal(order[0], 1);
    entry_order(pointers, 2, "a", order);
    assert_int_equal(order[0], 1);
    entry_order(pointers, 2, "a.conf", order);
    assert_int_equal(order[0], 0);
    entry_order(pointers, 2, "b.efi", order);
    assert_int_equal(order[0], 0);
}

static void orders_none_and_one(void **state)
{
    const struct bls_entry entry = entry_named("a", "", "", "");
    const struct bls_entry *pointer = &entry;
    uint16_t order[1] = {4711};

    (void)state;
    entry_order(NULL, 0, "a", order);
    assert_int_equal(order[0], 4711);
    entry_order(&pointer, 1, "a", order);
    assert_int_equal(order[0], 0);
}

/* The most entries there can be; every place is checked against its neighbour. */
static void orders_the_most_entries_there_can_be(void **state)
{
    static struct bls_entry entries[ENTRY_ORDER_MAX];
    static const struct bls_entry *pointers[ENTRY_ORDER_MAX];
    static char ids[ENTRY_ORDER_MAX][16];
    uint16_t order[ENTRY_ORDER_MAX];
    bool seen[ENTRY_ORDER_MAX] = {false};
    uint32_t seed = 5;

    (void)state;
    for (size_t i = 0; i < ENTRY_ORDER_MAX; i++) {
        sprintf(ids[i], "%u.%u", exact_noise(&seed) % 10, exact_noise(&seed) % 100);
        entries[i] = entry_named(ids[i], exact_noise(&seed) % 4 == 0 ? "k" : "", "", "");
        pointers[i] = &entries[i];
    }
    entry_order(pointers, ENTRY_ORDER_MAX, NULL, order);
    for (size_t i = 0; i < ENTRY_ORDER_MAX; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        if (i > 0)
            assert_true(entry_compare(pointers[order[i - 1]], pointers[order[i]]) <= 0);
    }
}

static struct bls_entry numbered[2 * ENTRY_ORDER_MAX];
static char numbers[2 * ENTRY_ORDER_MAX][16];

/* Adds entries 0 to `total` - 1, and says which of them was left out last. */
static const struct bls_entry *keep(size_t total, const struct bls_entry **kept, size_t *ret_count)
{
    const struct bls_entry *left_out = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < total; i++) {
        const struct bls_entry *leaves = entry_keep(kept, ret_count, &numbered[i]);

        assert_int_equal(leaves != NULL, i >= ENTRY_ORDER_MAX);
        left_out = leaves;
    }
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
    static const struct bls_entry *kept[ENTRY_ORDER_MAX];
    uint16_t order[ENTRY_ORDER_MAX];
    size_t count;

    (void)state;
    number(ENTRY_ORDER_MAX, false);
    assert_null(keep(ENTRY_ORDER_MAX, kept, &count));
    assert_int_equal(count, ENTRY_ORDER_MAX);
    for (unsigned int way = 0; way < 2; way++) {
        size_t total = ENTRY_ORDER_MAX + 300;
        const struct bls_entry *left_out;

        number(total, way == 1);
        left_out = keep(total, kept, &count);
        assert_string_equal(left_out->id, way == 0 ? "299" : "0");
        assert_int_equal(count, ENTRY_ORDER_MAX);
        for (size_t i = 1; i < count; i++)
            assert_true(kept[i] > kept[i - 1]); /* in the order they were read */
        entry_order(kept, count, NULL, order);
        for (size_t i = 0; i < count; i++)
            assert_ptr_equal(kept[order[i]], &numbered[way == 0 ? total - 1 - i : i]);
    }
}

static void never_leaves_out_what_is_wanted(void **state)
{
    static const struct bls_entry *kept[ENTRY_ORDER_MAX];
    const size_t total = 2 * ENTRY_ORDER_MAX;
    uint16_t order[ENTRY_ORDER_MAX];
    size_t count;

    (void)state;
    for (unsigned int way = 0; way < 2; way++) {
        number(total, way == 1);
        for (size_t i = 0; i < total; i++)
            numbered[i].wanted = entry_matches(&numbered[i], "1.conf") ? 2
                                 : entry_matches(&numbered[i], "*")    ? 1
                                                                       : 0;
        (void)keep(total, kept, &count);
        entry_order(kept, count, "1.conf", order);
        assert_string_equal(kept[order[0]]->id, "1");
        assert_string_equal(kept[order[1]]->id, "2047");
        assert_string_equal(kept[order[count - 1]]->id, "1025");
    }
}

/* Of a name on two volumes the first counts: it must stay, and stay in front. */
static void of_equal_entries_the_last_one_is_left_out(void **state)
{
    static const struct bls_entry *kept[ENTRY_ORDER_MAX];
    size_t count;

    (void)state;
    for (size_t i = 0; i <= ENTRY_ORDER_MAX; i++)
        numbered[i] = entry_named("same", "", "", "");
    assert_ptr_equal(keep(ENTRY_ORDER_MAX + 1, kept, &count), &numbered[ENTRY_ORDER_MAX]);
    assert_ptr_equal(kept[0], &numbered[0]);
    assert_ptr_equal(kept[count - 1], &numbered[count - 1]);
    numbered[ENTRY_ORDER_MAX].wanted = 1;
    assert_ptr_equal(keep(ENTRY_ORDER_MAX + 1, kept, &count), &numbered[ENTRY_ORDER_MAX - 1]);
    assert_ptr_equal(kept[count - 1], &numbered[ENTRY_ORDER_MAX]);
}

/* A match without a bound makes this a matter of minutes. */
static void the_costliest_pattern_ends_soon(void **state)
{
    static struct bls_entry entries[ENTRY_ORDER_MAX];
    static const struct bls_entry *pointers[ENTRY_ORDER_MAX];
    static uint16_t order[ENTRY_ORDER_MAX];
    static char pattern[8192 + 1] = "*";
    static char id[766];

    (void)state;
    memset(id, 'a', sizeof(id) - 1);
    for (size_t i = 1; i + 8 <= sizeof(pattern) - 1; i += 8)
        memcpy(pattern + i, "[b-zaaa]", 8);
    for (size_t i = 0; i < ENTRY_ORDER_MAX; i++) {
        entries[i] = entry_named(id, "", "", "");
        pointers[i] = &entries[i];
    }
    entry_order(pointers, ENTRY_ORDER_MAX, pattern, order);
    for (size_t i = 0; i < ENTRY_ORDER_MAX; i++)
        assert_int_equal(order[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_as_the_specification_says),
        cmocka_unit_test(tries_left_put_nothing_last_but_zero),
        cmocka_unit_test(the_same_name_is_ordered_by_its_counters),
        cmocka_unit_test(machine_ids_and_sort_keys_compare_as_bytes),
        cmocka_unit_test(equal_entries_stay_as_they_were_read),
        cmocka_unit_test(the_default_is_tried_first_and_the_rest_in_order),
        cmocka_unit_test(an_image_is_named_with_its_own_suffix),
        cmocka_unit_test(orders_none_and_one),
        cmocka_unit_test(orders_the_most_entries_there_can_be),
        cmocka_unit_test(keeps_those_that_come_first_in_the_order),
        cmocka_unit_test(never_leaves_out_what_is_wanted),
        cmocka_unit_test(of_equal_entries_the_last_one_is_left_out),
        cmocka_unit_test(the_costliest_pattern_ends_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
