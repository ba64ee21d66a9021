/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves the order of the Version Format Specification, with the specification's own examples. */
#include "core/text/version.h"

#include "unit/fixture/exact.h"

static int compare(const char *a, const char *b)
{
    int ab = version_compare(a, b);
    int ba = version_compare(b, a);

    /* Both directions agree, always. */
    assert_int_equal((ab > 0) - (ab < 0), (ba < 0) - (ba > 0));
    return (ab > 0) - (ab < 0);
}

static void agrees_with_the_examples_of_the_specification(void **state)
{
    static const struct {
        const char *a;
        int result;
        const char *b;
    } cases[] = {
        {"11", 0, "11"},
        {"systemd-123", 0, "systemd-123"},
        {"bar-123", -1, "foo-123"},
        {"123a", 1, "123"},
        {"123.a", 1, "123"},
        {"123.a", -1, "123.b"},
        {"123a", 1, "123.a"},
        {"11\xCE\xB1", 0, "11\xCE\xB2"},
        {"B", -1, "a"},
        {"", -1, "0"},
        {"0.", 1, "0"},
        {"0.0", 1, "0"},
        {"0", 1, "~"},
        {"", 1, "~"},
        {"1_", 0, "1"},
        {"_1", 0, "1"},
        {"1_", -1, "1.2"},
        {"1_2_3", 1, "1.3.3"},
        {"1+", 0, "1"},
        {"+1", 0, "1"},
        {"1+", -1, "1.2"},
        {"1+2+3", 1, "1.3.3"},
        {"000", 0, "0"},
        {"a1", 0, "a01"},
        {"1~", -1, "1"},
        {"1~~", 1, "1~"},
        {"1^", 1, "1"},
        {"x86_64", 1, "x86-64"},
        {"rc10", 1, "rc9"},
        {"a0b", -1, "ab"},
        {"a0b", 1, "a.b"},
        /* Ids. */
        {"arch.conf", 1, "arch-lts.conf"},
        {"foo.conf", 1, "foo^1.conf"},
        {"foo.conf", 1, "foo-2.conf"},
        {"foo2.conf", 1, "foo.conf"},
        {"foo_3.conf", 1, "foo2.conf"},
        {"foo.conf", 1, "foo~1.conf"},
        /* The first and last of what counts. */
        {"a", 1, ""},
        {"z", 1, ""},
        {"A", 1, ""},
        {"Z", 1, ""},
        {"9", 1, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        if (compare(cases[i].a, cases[i].b) != cases[i].result)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
    }
}

/* The specification calls the first two of these equal, and takes a missing number for 0. */
static void a_number_is_newer_than_none(void **state)
{
    (void)state;
    assert_int_equal(compare("1.0", "1."), 1);
    assert_int_equal(compare("1-0", "1-"), 1);
    assert_int_equal(compare("1.00", "1."), 1);
    assert_int_equal(compare("1.0", "1.a"), 1);
    assert_int_equal(compare("1-0", "1-rc1"), 1);
    assert_int_equal(compare("6.12.0-0.rc1", "6.12.0-rc1"), 1);
}

static void check_ascending(const char *const *versions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (compare(versions[i], versions[j]) != (i > j) - (i < j))
                fail_msg("'%s' and '%s'", versions[i], versions[j]);
        }
    }
}

static void sorts_the_chain_of_the_specification(void **state)
{
    static const char *const chain[] = {
        "122.1",   "123~rc1-1", "123",     "123-a",   "123-a.1", "123-1",
        "123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1",  "124-1",
    };

    (void)state;
    check_ascending(chain, LENGTH_OF(chain));
}

static void sorts_kernels_as_people_expect(void **state)
{
    static const char *const kernels[] = {
        "5.10.0-8-amd64", "5.10.0-28-amd64", "6.1.0~rc3-amd64",
        "6.1.0-9-amd64",  "6.1.0-10-amd64",  "6.1.0-10-cloud-amd64",
        "6.9.1-arch1-1",  "6.10.0-arch1-1",  "6.12.0-55.el10.x86_64",
    };

    (void)state;
    check_ascending(kernels, LENGTH_OF(kernels));
}

static void numbers_have_any_length_and_leading_zeros_say_nothing(void **state)
{
    (void)state;
    assert_int_equal(compare("18446744073709551616", "18446744073709551615"), 1);
    assert_int_equal(compare("18446744073709551616", "0"), 1);
    assert_int_equal(
        compare("99999999999999999999999999999999", "100000000000000000000000000000000"), -1);
    assert_int_equal(compare("007", "7"), 0);
    assert_int_equal(compare("000", "0"), 0);
    assert_int_equal(compare("0001.02", "1.2"), 0);
    assert_int_equal(compare("10", "0009"), 1);
}

/* A sort needs this more than it needs any single result. */
static void is_an_order_whatever_the_strings_are(void **state)
{
    static const char alphabet[] = "01aB.-~^_\xFF";
    uint32_t seed = 3;

    (void)state;
    for (unsigned int round = 0; round < 100000; round++) {
        char versions[3][6] = {"", "", ""};

        for (size_t i = 0; i < 3; i++) {
            for (size_t j = exact_noise(&seed) % 6; j-- > 0;)
                versions[i][j] = alphabet[exact_noise(&seed) % (sizeof(alphabet) - 1)];
        }
        assert_int_equal(compare(versions[0], versions[0]), 0);
        if (compare(versions[0], versions[1]) <= 0 && compare(versions[1], versions[2]) <= 0 &&
            compare(versions[0], versions[2]) > 0)
            fail_msg("'%s', '%s', '%s'", versions[0], versions[1], versions[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_examples_of_the_specification),
        cmocka_unit_test(a_number_is_newer_than_none),
        cmocka_unit_test(sorts_the_chain_of_the_specification),
        cmocka_unit_test(sorts_kernels_as_people_expect),
        cmocka_unit_test(numbers_have_any_length_and_leading_zeros_say_nothing),
        cmocka_unit_test(is_an_order_whatever_the_strings_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
