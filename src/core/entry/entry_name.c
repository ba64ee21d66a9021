/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how counters are written into names; must not know what the files hold. */
#include "core/entry/entry_name.h"

#include "core/text/text.h"

/* `bytes` are `<digits>`. */
static bool read_tries(struct span bytes, uint32_t *ret_value)
{
    return value_decimal(bytes, ENTRY_TRIES_MAX, ret_value);
}

/* Where the numbers of a counter are; the second has size 0 when it is not there. */
struct digits {
    struct span left;
    struct span done;
};

static bool find_digits(const char *file_name, size_t end, size_t *ret_stem,
                        struct digits *ret_digits)
{
    size_t plus = end;
    size_t minus;

    while (plus > 0 && file_name[plus - 1] != '+')
        plus--;
    if (plus == 0)
        return false;
    for (minus = plus; minus < end && file_name[minus] != '-'; minus++)
        ;
    *ret_stem = plus - 1;
    ret_digits->left = span_of(file_name + plus, minus - plus);
    ret_digits->done =
        minus == end ? span_of(NULL, 0) : span_of(file_name + minus + 1, end - minus - 1);
    return true;
}

bool entry_name_parse(const char *file_name, const char *suffix, struct entry_name *ret_name)
{
    size_t length = text_length(file_name);
    size_t suffix_length = text_length(suffix);
    struct entry_name name = {.suffix = length - suffix_length};
    struct entry_counter counter = {.counted = true};
    struct digits digits;

    if (length <= suffix_length || !text_equal_ignoring_case(file_name + name.suffix, suffix))
        return false;
    if (find_digits(file_name, name.suffix, &name.stem, &digits) &&
        read_tries(digits.left, &counter.left) &&
        (digits.done.data == NULL || read_tries(digits.done, &counter.done)))
        name.counter = counter;
    else
        name.stem = name.suffix;
    *ret_name = name;
    return true;
}

bool entry_name_is_hidden(const char *file_name)
{
    static const char prefix[] = "auto-";
    size_t i = 0;

    while (prefix[i] != '\0' && text_lower(file_name[i]) == prefix[i])
        i++;
    return file_name[0] == '.' || prefix[i] == '\0';
}

const char *entry_name_id(const char *file_name, const struct entry_name *name,
                          struct string_pool *pool)
{
    struct text id = text_in(pool->next, pool->left);

    if (pool->left == 0)
        return NULL;
    for (size_t i = 0; file_name[i] != '\0'; i++) {
        if (i < name->stem || i >= name->suffix)
            text_put_char(&id, text_lower(file_name[i]));
    }
    if (id.truncated)
        return NULL;
    pool->next += id.length + 1;
    pool->left -= id.length + 1;
    return id.data;
}

/* With leading zeros, as wide as `digits`; what is too large becomes all nines. */
static void put_tries(struct text *text, struct span digits, uint64_t value)
{
    uint64_t unit = 1;

    for (size_t i = 1; i < digits.size && i < 10; i++)
        unit *= 10;
    if (value > ENTRY_TRIES_MAX)
        value = ENTRY_TRIES_MAX;
    if (value >= unit * 10)
        value = unit * 10 - 1;
    for (size_t i = 10; i < digits.size; i++)
        text_put_char(text, '0');
    for (; unit > 0; unit /= 10)
        text_put_char(text, (char)('0' + value / unit % 10));
}

bool entry_name_next(const char *file_name, const struct entry_name *name, char *buffer,
                     size_t capacity)
{
    struct text next = text_in(buffer, capacity);
    struct digits digits;
    size_t stem;

    if (!find_digits(file_name, name->suffix, &stem, &digits))
        return false;
    text_put_bytes(&next, file_name, stem + 1);
    put_tries(&next, digits.left, name->counter.left - (name->counter.left != 0));
    text_put_char(&next, '-');
    put_tries(&next, digits.done, (uint64_t)name->counter.done + 1);
    text_put(&next, file_name + name->suffix);
    return !next.truncated;
}
