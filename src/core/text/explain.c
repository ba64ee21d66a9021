/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/explain.h"

#include "core/base/packed.h"
#include "core/text/text.h"

static const char *next_text(const char *text)
{
    return text + text_length(text) + 1;
}

/* Out of line: it is called from everywhere. */
__attribute__((noinline)) struct explanation explain_nth(unsigned int index, const char *texts,
                                                         unsigned int count)
{
    return (struct explanation){texts + 1 + (index < count ? index : 0)};
}

struct explained explained(struct explanation why)
{
    const char *problem = packed_text(why.at);
    const char *remedy;
    unsigned int place = 0; /* in the table, from 1 on; 0: in none */

    for (const char *mark = problem; *mark == *EXPLAIN_MARK; mark--)
        place++;
    while (*problem == *EXPLAIN_MARK)
        problem++;
    remedy = next_text(problem);
    for (; place > 1; place--) {
        const char *own;

        problem = next_text(next_text(problem));
        own = next_text(problem);
        if (*own != '\0')
            remedy = own;
    }
    return (struct explained){problem, remedy};
}
