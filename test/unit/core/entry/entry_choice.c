/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves which entry is booted, whoever asks for what. */
#include "core/entry/entry_choice.h"

#include "unit/fixture/exact.h"

static struct bls_entry named(const char *id)
{
    return (struct bls_entry){.id = id, .image_id = id, .is_image = strstr(id, ".efi") != NULL};
}

static void a_pattern_means_an_id_with_or_without_its_suffix(void **state)
{
    static const struct {
        const char *id;
        const char *pattern;
        bool matches;
    } cases[] = {
        {"arch.conf", "arch.conf", true}, {"arch.conf", "ARCH.Conf", true},
        {"arch.conf", "arch", true},      {"arch.conf", "ar", false},
        {"arch.conf", "ar*", true},       {"arch.conf", "?rch", true},
        {"arch.conf", "[a-c]rch", true},  {"arch.conf", "[!a]rch", false},
        {"arch.conf", "arch.efi", false}, {"arch.efi", "*.efi", true},
        {"arch.efi", "arch", true},       {"arch.efi", "arch.conf", false},
        {"arch.conf", "", false},         {"a", "a", true},
        {"a.b.efi", "a.b", true},         {"a.b.efi", "a", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        /* Nothing but its id counts: of a file that was not read no more is known. */
        const struct bls_entry entry = {.id = cases[i].id, .image_id = cases[i].id};

        if (entry_matches(&entry, cases[i].pattern) != cases[i].matches)
            fail_msg("%s and %s", cases[i].id, cases[i].pattern);
    }
}

static void a_profile_is_meant_by_its_whole_id_only(void **state)
{
    struct bls_entry entry = named("u.efi@rescue");

    (void)state;
    entry.image_id = "u.efi";
    assert_true(entry_matches(&entry, "u.efi@rescue"));
    assert_true(entry_matches(&entry, "u*"));
    assert_false(entry_matches(&entry, "u.efi"));
    assert_false(entry_matches(&entry, "u.efi@res"));
}

/* Each wish wins over all that are asked after it: systemd-boot 262, measured. */
static void the_stronger_wish_wins(void **state)
{
    static const char *const ids[ENTRY_WISHES] = {"0.conf", "1.conf", "2.conf", "3.conf",
                                                  "4.conf", "5.conf", "6.conf"};
    struct entry_wishes wishes = {.patterns = {NULL, "1*", "2*", "3*", "4*", "5*", "6*"}};
    struct bls_entry entries[ENTRY_WISHES];
    struct bls_entry *pointers[ENTRY_WISHES];

    (void)state;
    for (size_t i = 0; i < ENTRY_WISHES; i++) {
        entries[i] = named(ids[i]);
        pointers[i] = &entries[i];
    }
    for (size_t strongest = ENTRY_WISHES; strongest-- > 0;) {
        for (size_t i = 0; i < ENTRY_WISHES; i++)
            entries[i].wanted = entry_wanted(&entries[i], &wishes);
        assert_int_equal(entries[strongest].wanted, strongest);
        assert_int_equal(entry_choose(pointers, ENTRY_WISHES), strongest);
        /* One that matches nothing is dropped. */
        if (strongest > 0)
            wishes.patterns[strongest] = "nothing-*";
    }
}

static void only_what_is_preferred_has_to_have_tries_left(void **state)
{
    struct bls_entry entry = named("a.conf");

    (void)state;
    entry.counter = (struct entry_counter){.counted = true, .left = 0, .done = 3};
    for (unsigned int wish = 1; wish < ENTRY_WISHES; wish++) {
        struct entry_wishes wishes = {0};
        bool preferred = wish == ENTRY_PREFERRED_CONF || wish == ENTRY_PREFERRED_VARIABLE;

        wishes.patterns[wish] = "a*";
        assert_int_equal(entry_wanted(&entry, &wishes), preferred ? ENTRY_UNASKED : wish);
        entry.counter.left = 1;
        assert_int_equal(entry_wanted(&entry, &wishes), wish);
        entry.counter.left = 0;
    }
}

static void of_those_that_a_pattern_means_the_first_is_chosen(void **state)
{
    struct bls_entry entries[] = {named("c.conf"), named("b-2.conf"), named("b-1.conf")};
    struct bls_entry *pointers[] = {&entries[0], &entries[1], &entries[2]};
    const struct entry_wishes wishes = {.patterns = {[ENTRY_DEFAULT_CONF] = "b-*"}};

    (void)state;
    assert_int_equal(entry_choose(pointers, 3), 0);
    for (size_t i = 0; i < 3; i++)
        entries[i].wanted = entry_wanted(&entries[i], &wishes);
    assert_int_equal(entry_choose(pointers, 3), 1);
    assert_int_equal(entry_choose(pointers, 0), 0);
}

/* Bad ones count too: they are last in the order. */
static void nobodys_wish_is_the_first_that_is_no_further_profile(void **state)
{
    struct bls_entry entries[] = {named("u.efi@a"), named("u.efi@b"), named("z+0.conf")};
    struct bls_entry *pointers[] = {&entries[0], &entries[1], &entries[2]};

    (void)state;
    entries[0].profile = 1;
    entries[1].profile = 2;
    entries[2].counter.counted = true;
    assert_int_equal(entry_choose(pointers, 3), 2);
    assert_int_equal(entry_choose(pointers, 2), 0);
    entries[1].wanted = ENTRY_DEFAULT_CONF;
    assert_int_equal(entry_choose(pointers, 2), 1);
}

static void profiles_of_an_image_do_not_stand_in_for_others(void **state)
{
    struct bls_entry entry = named("u.efi@a");

    (void)state;
    assert_true(entry_may_follow(&entry));
    entry.profile = 1;
    assert_false(entry_may_follow(&entry));
    entry.is_image = false;
    assert_true(entry_may_follow(&entry));
}

static void automatic_entries_have_to_be_asked_for(void **state)
{
    struct bls_entry entries[] = {named("a.conf"), named("auto-windows"), named("auto-reboot")};
    struct bls_entry *pointers[] = {&entries[1], &entries[2], &entries[0]};

    (void)state;
    entries[1].kind = BLS_EFI;
    entries[2].kind = BLS_ACTION;
    entries[1].is_automatic = entries[2].is_automatic = true;
    assert_int_equal(entry_choose(pointers, 3), 2);
    assert_int_equal(entry_choose(pointers, 2), 0);
    for (size_t i = 1; i < 3; i++) {
        assert_false(entry_may_follow(&entries[i]));
        assert_false(entry_matches(&entries[i], "auto-win"));
        assert_false(entry_matches(&entries[i], "auto-re"));
    }
    assert_true(entry_may_run(&entries[1]));
    assert_false(entry_may_run(&entries[2]));
    entries[2].wanted = ENTRY_DEFAULT_CONF;
    assert_int_equal(entry_choose(pointers, 3), 1);
    assert_true(entry_may_run(&entries[2]));
}

static void saved_is_what_was_booted_last(void **state)
{
    struct entry_wishes wishes = {.patterns = {NULL, "@saved", "@other", "a", "@saved", "", NULL}};

    (void)state;
    assert_true(entry_wishes_resolve(&wishes, "last.conf"));
    assert_string_equal(wishes.patterns[1], "last.conf");
    assert_null(wishes.patterns[2]);
    assert_string_equal(wishes.patterns[3], "a");
    assert_string_equal(wishes.patterns[4], "last.conf");
    assert_null(wishes.patterns[5]);
    assert_false(entry_wishes_resolve(&wishes, "last.conf"));
    wishes.patterns[1] = "@saved";
    assert_true(entry_wishes_resolve(&wishes, NULL));
    assert_null(wishes.patterns[1]);
}

/* A match without a bound makes this a matter of minutes. */
static void the_costliest_pattern_ends_soon(void **state)
{
    static char pattern[8192 + 1] = "*";
    static char id[766];
    struct bls_entry entry = named(id);

    (void)state;
    memset(id, 'a', sizeof(id) - 1);
    for (size_t i = 1; i + 8 <= sizeof(pattern) - 1; i += 8)
        memcpy(pattern + i, "[b-zaaa]", 8);
    for (size_t i = 0; i < 1000; i++)
        assert_false(entry_matches(&entry, pattern));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_means_an_id_with_or_without_its_suffix),
        cmocka_unit_test(a_profile_is_meant_by_its_whole_id_only),
        cmocka_unit_test(the_stronger_wish_wins),
        cmocka_unit_test(only_what_is_preferred_has_to_have_tries_left),
        cmocka_unit_test(of_those_that_a_pattern_means_the_first_is_chosen),
        cmocka_unit_test(nobodys_wish_is_the_first_that_is_no_further_profile),
        cmocka_unit_test(profiles_of_an_image_do_not_stand_in_for_others),
        cmocka_unit_test(automatic_entries_have_to_be_asked_for),
        cmocka_unit_test(saved_is_what_was_booted_last),
        cmocka_unit_test(the_costliest_pattern_ends_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
