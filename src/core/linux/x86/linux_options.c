/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/linux_options.h"

#include "core/base/mem.h"
#include "core/base/span.h"

struct option {
    struct span name;
    struct span value;
    bool has_value;
};

/* The kernel's isspace(), which takes a Latin-1 no-break space for one. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == (char)0xa0;
}

static struct span between(const char *start, const char *end)
{
    return span_of(start, start < end ? (size_t)(end - start) : 0);
}

static bool is(struct span word, const char *text, size_t length)
{
    return word.size == length && memcmp(word.data, text, length) == 0;
}
#define IS(word, text) is(word, text, sizeof(text) - 1)

/* Reads the word at `at`, which is no space; returns what is behind it. */
static const char *read_option(const char *at, struct option *ret_option)
{
    bool quoted = *at == '"';
    bool in_quotes = false;
    const char *start = at + quoted;
    const char *equals = NULL;
    const char *end;

    for (; *at != '\0' && (in_quotes || !is_space(*at)); at++) {
        if (*at == '"')
            in_quotes = !in_quotes;
        if (*at == '=' && equals == NULL)
            equals = at;
    }
    /* Quotes around the whole word, or around the value, are not part of it. */
    end = at;
    if (equals != NULL && equals[1] == '"')
        quoted = true;
    if (quoted && end[-1] == '"')
        end--;
    *ret_option = (struct option){.name = between(start, end)};
    if (equals != NULL) {
        ret_option->has_value = true;
        ret_option->name = between(start, equals);
        ret_option->value = between(equals + 1 + (equals[1] == '"'), end);
    }
    return at;
}

/* Is the word in the list, whose parts are parted by commas? */
static bool list_has(struct span list, const char *word, size_t length)
{
    size_t start = 0;

    for (size_t i = 0; i <= list.size; i++) {
        if (i < list.size && list.data[i] != ',')
            continue;
        if (is(span_of(list.data + start, i - start), word, length))
            return true;
        start = i + 1;
    }
    return false;
}
#define LIST_HAS(list, word) list_has(list, word, sizeof(word) - 1)

bool linux_options_soft_reserve(const char *command_line)
{
    bool soft_reserve = true;
    struct option option;

    while (*command_line != '\0') {
        if (is_space(*command_line)) {
            command_line++;
            continue;
        }
        command_line = read_option(command_line, &option);
        if (!option.has_value && IS(option.name, "--"))
            break;
        if (option.has_value && IS(option.name, "efi"))
            soft_reserve = !LIST_HAS(option.value, "nosoftreserve");
    }
    return soft_reserve;
}
