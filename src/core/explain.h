/* SPDX-License-Identifier: BSD-2-Clause */
/* What each module says about each of its errors: half a sentence on the problem, half on the
 * remedy. */
#ifndef BATON_CORE_EXPLAIN_H
#define BATON_CORE_EXPLAIN_H

/*
 * Shown as "baton: <file>: <problem>; <remedy>". Static strings, UTF-8, lower case, no full stop,
 * no newline. `remedy` is never NULL: an error that leaves the user without a next step is a
 * defect.
 */
struct explanation {
    const char *problem;
    const char *remedy;
};

#endif
