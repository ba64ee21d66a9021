/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that packed explanations come apart again, and that a repeated remedy is found. */
#include "core/text/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum sample { SAMPLE_OK, SAMPLE_CUT, SAMPLE_SHORT, SAMPLE_BAD };

#define EXPLANATIONS(X)                                                                            \
    X(SAMPLE_OK, "nothing", "go on")                                                               \
    X(SAMPLE_CUT, "cut", "copy it")                                                                \
    X(SAMPLE_SHORT, "short", AS_BEFORE)                                                            \
    X(SAMPLE_BAD, "bad", "throw it away")
EXPLAIN_TABLE(EXPLANATIONS)

static void expect(unsigned int index, const char *problem, const char *remedy)
{
    struct explanation explanation = EXPLAIN(index);

    assert_string_equal(explained(explanation).problem, problem);
    assert_string_equal(explained(explanation).remedy, remedy);
}

static void each_error_has_its_own_text(void **state)
{
    (void)state;
    expect(SAMPLE_OK, "nothing", "go on");
    expect(SAMPLE_CUT, "cut", "copy it");
    expect(SAMPLE_BAD, "bad", "throw it away");
}

static void a_remedy_as_before_is_that_of_the_error_before(void **state)
{
    (void)state;
    expect(SAMPLE_SHORT, "short", "copy it");
}

static void what_is_no_error_gets_the_first_text(void **state)
{
    (void)state;
    expect(SAMPLE_BAD + 1, "nothing", "go on");
    expect(UINT32_MAX, "nothing", "go on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_has_its_own_text),
        cmocka_unit_test(a_remedy_as_before_is_that_of_the_error_before),
        cmocka_unit_test(what_is_no_error_gets_the_first_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
