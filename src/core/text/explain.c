/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/explain.h"

#include "core/text/text.h"

static const char *next_text(const char *text)
{
    return text + text_length(text) + 1;
}

struct explanation explain_nth(const char *texts, unsigned int count, unsigned int index)
{
    const char *problem = texts;
    const char *remedy = next_text(texts);

    if (index >= count)
        index = 0;
    for (; index > 0; index--) {
        const char *own;

        problem = next_text(next_text(problem));
        own = next_text(problem);
        if (*own != '\0')
            remedy = own;
    }
    return (struct explanation){problem, remedy};
}
