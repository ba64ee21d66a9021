/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each module says about each of its errors: half a sentence on the problem, half on the
 * remedy. They are handed around by address: each is a problem with its remedy behind it, or one of
 * the marks that a module's packed table begins with, a byte for each of its errors.
 */
#ifndef BATON_CORE_TEXT_EXPLAIN_H
#define BATON_CORE_TEXT_EXPLAIN_H

#include "core/base/packed.h"

struct explanation {
    const char *at; /* NULL: there is nothing to explain */
};

/*
 * Shown as "baton: <doing> <file>: <problem>; <remedy>". Static strings, UTF-8, lower case, no full
 * stop, no newline. `remedy` is never NULL or empty: an error that leaves the user without a next
 * step is a defect.
 */
struct explained {
    const char *problem;
    const char *remedy;
};

/* The words of an explanation, which is one. */
struct explained explained(struct explanation why);

/* For explanations that are no error of a module: two literals. */
#define because(problem, remedy) ((struct explanation){PACKED_LITERAL("2", problem "\0" remedy)})

/*
 * A module lists its errors in their order, the one that means success first,
 *
 *     #define EXPLANATIONS(X)                               \
 *         X(FOO_OK, "nothing is wrong", "go on")            \
 *         X(FOO_CUT, "the file is cut", "copy it again")    \
 *         X(FOO_BAD, "the file is bad", AS_BEFORE)
 *     EXPLAIN_TABLE(EXPLANATIONS)
 *
 * and answers with EXPLAIN(error). A list in another order than the enum does not compile. What is
 * no error of the module gets the first text.
 */
#define AS_BEFORE ""

/* No text begins with one of these. */
#define EXPLAIN_BEGIN "\2"
#define EXPLAIN_MARK  "\1"

#define EXPLAIN_MARK_OF(error, problem, remedy) EXPLAIN_MARK
#define EXPLAIN_TEXT(error, problem, remedy)    problem "\0" remedy "\0"
#define EXPLAIN_PLACE(error, problem, remedy)   PLACE_OF_##error,
#define EXPLAIN_CHECK(error, problem, remedy)                                                      \
    _Static_assert((unsigned int)(error) == (unsigned int)PLACE_OF_##error, "in the enum's "       \
                                                                            "order");

#define EXPLAIN_TABLE(list)                                                                        \
    enum { list(EXPLAIN_PLACE) EXPLANATION_COUNT };                                                \
    list(EXPLAIN_CHECK) PACKED_AMONG("1") static const char explanation_texts[] =                  \
        EXPLAIN_BEGIN list(EXPLAIN_MARK_OF) list(EXPLAIN_TEXT);

#define EXPLAIN(error) explain_nth((unsigned int)(error), explanation_texts, EXPLANATION_COUNT)

/* Entry `index` of the `count` in a table; entry 0 when there is no such. */
struct explanation explain_nth(unsigned int index, const char *texts, unsigned int count);

#endif
