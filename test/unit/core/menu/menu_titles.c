/* SPDX-License-Identifier: BSD-2-Clause */
/* Titles that are equal, and what tells them apart. */
#include "core/menu/menu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS_MAX 1100

static struct menu_item items[ITEMS_MAX];
static size_t count;
static uint64_t values[2 * ITEMS_MAX];

static void add(const char *title, const char *version, const char *machine_id, const char *id)
{
    items[count++] = (struct menu_item){.title = title, .marks = {version, machine_id, id}};
}

static int setup(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static const char *title_of(size_t item)
{
    static char buffer[4096];
    struct text text = text_in(buffer, sizeof(buffer));

    menu_put_title(&text, &items[item]);
    return buffer;
}

/* One after the other; NULL ends them. */
static void assert_titles(const char *const *titles)
{
    menu_tell_apart(items, count, values);
    for (size_t i = 0; titles[i] != NULL; i++)
        assert_string_equal(title_of(i), titles[i]);
}

static void titles_that_differ_stay(void **state)
{
    (void)state;
    add("Debian 12", "6.1", "0123456789abcdef", "a.conf");
    add("Debian 11", "6.1", "0123456789abcdef", "b.conf");
    assert_titles((const char *const[]){"Debian 12", "Debian 11", NULL});
}

static void the_version_tells_kernels_apart(void **state)
{
    (void)state;
    add("Debian", "6.1.0-18-amd64", "0123456789abcdef", "a.conf");
    add("Other", "6.1.0-9-amd64", "", "o.conf");
    add("Debian", "6.1.0-9-amd64", "0123456789abcdef", "b.conf");
    assert_titles(
        (const char *const[]){"Debian (6.1.0-18-amd64)", "Other", "Debian (6.1.0-9-amd64)", NULL});
}

/* Each step for those only that are still equal. */
static void every_step_is_taken(void **state)
{
    (void)state;
    add("Debian", "1", "0123456789abcdef", "a.conf");
    add("Debian", "1", "fedcba9876543210", "b.conf");
    add("Debian", "2", "0123456789abcdef", "c.conf");
    add("Debian", "3", "0123456789abcdef", "d.conf");
    add("Debian", "3", "01234567ffffffff", "e.conf");
    assert_titles((const char *const[]){"Debian (1) (01234567)", "Debian (1) (fedcba98)",
                                        "Debian (2)", "Debian (3) (01234567) (d.conf)",
                                        "Debian (3) (01234567) (e.conf)", NULL});
}

/* What an entry has not got is left out: the other one's is enough. */
static void entries_that_lack_something(void **state)
{
    (void)state;
    add("Debian", "", "", "a.conf");
    add("Debian", "1", "", "b.conf");
    add("Fedora", "", "", "c.conf");
    add("Fedora", "", "", "d.conf");
    add("Gentoo", "", "abc", "e.conf");
    add("Gentoo", "", "", "f.conf");
    assert_titles((const char *const[]){"Debian", "Debian (1)", "Fedora (c.conf)",
                                        "Fedora (d.conf)", "Gentoo (abc)", "Gentoo", NULL});
}

/* The same file on two volumes: nothing is left to say. */
static void equal_ids_stay_equal(void **state)
{
    (void)state;
    add("Debian", "1", "", "a.conf");
    add("Debian", "1", "", "a.conf");
    assert_titles((const char *const[]){"Debian (1) (a.conf)", "Debian (1) (a.conf)", NULL});
}

/* What looks the same is the same, and nothing reaches the screen that is not shown. */
static void what_is_not_shown_tells_nothing(void **state)
{
    (void)state;
    add("\xFF", "", "", "a\xE2\x80\xAE.conf");
    add("\xFE", "", "", "b\xC2\x9B.conf");
    add("c\xE2\x80\x8B.conf", "", "", "c\xE2\x80\x8B.conf");
    add("d", "\x1B[2J", "", "d.conf");
    add("d", "1\t2", "", "d.conf");
    assert_titles((const char *const[]){"? (a?.conf)", "? (b?.conf)", "c?.conf", "d (?[2J)",
                                        "d (1 2)", NULL});
}

/* As many as there may be, and all alike; a title that fills a row has no room for more. */
static void a_thousand_that_are_equal(void **state)
{
    static char ids[ITEMS_MAX][16];
    static char endless[2 * MENU_ROW_SIZE];
    char wanted[64];

    (void)state;
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "%zu.conf", i);
        add("Debian", "1", "0123456789abcdef", ids[i]);
    }
    assert_titles((const char *const[]){"Debian (1) (01234567) (0.conf)", NULL});
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(wanted, sizeof(wanted), "Debian (1) (01234567) (%zu.conf)", i);
        assert_string_equal(title_of(i), wanted);
    }
    memset(endless, 'x', sizeof(endless) - 1);
    count = 0;
    add(endless, "1", "", "a.conf");
    add(endless, "2", "", "b.conf");
    menu_tell_apart(items, count, values);
    assert_int_equal(strlen(title_of(0)), 2 * MENU_ROW_SIZE - 1 + strlen(" (1) (a.conf)"));
}

static void none_and_one(void **state)
{
    (void)state;
    menu_tell_apart(items, 0, values);
    add("Debian", "1", "", "a.conf");
    assert_titles((const char *const[]){"Debian", NULL});
}

#define ONE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(titles_that_differ_stay),   ONE(the_version_tells_kernels_apart),
        ONE(every_step_is_taken),       ONE(entries_that_lack_something),
        ONE(equal_ids_stay_equal),      ONE(what_is_not_shown_tells_nothing),
        ONE(a_thousand_that_are_equal), ONE(none_and_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
