/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how os-release(5) writes assignments; must not know where the text comes from. */
#include "core/entry/os_release.h"

#include "core/text/printable.h"
#include "core/text/text.h"

/* Each group in the order of preference. */
enum field {
    PRETTY_NAME,
    IMAGE_ID,
    NAME,
    ID,
    TITLES_END,
    IMAGE_VERSION = TITLES_END,
    VERSION,
    VERSION_ID,
    BUILD_ID,
    VERSIONS_END,
    TITLE = VERSIONS_END, /* of .profile, with ID */
    FIELD_COUNT,
};

/* In the enum's order. */
static const char names[] = "PRETTY_NAME\0IMAGE_ID\0NAME\0ID\0IMAGE_VERSION\0VERSION\0"
                            "VERSION_ID\0BUILD_ID\0TITLE\0";

/* Without the quotes around it, which may have backslashes before characters of the shell's. */
struct value {
    struct span bytes; /* empty: not given */
    bool escaped;
};

static bool is_escape(const struct value *value, size_t index)
{
    static const char special[] = "\"$\\`";
    struct span bytes = value->bytes;

    if (!value->escaped || bytes.data[index] != '\\' || index + 1 == bytes.size)
        return false;
    for (size_t i = 0; i < sizeof(special) - 1; i++) {
        if (bytes.data[index + 1] == (uint8_t)special[i])
            return true;
    }
    return false;
}

/* False when quotes do not match. */
static bool unquote(struct span bytes, struct value *ret_value)
{
    struct value value = {.bytes = bytes};
    uint8_t quote;

    if (bytes.size == 0 || (bytes.data[0] != '"' && bytes.data[0] != '\'')) {
        *ret_value = value;
        return true;
    }
    quote = bytes.data[0];
    value.bytes = span_behind(bytes, 1);
    value.escaped = quote == '"';
    for (size_t i = 0; i < value.bytes.size; i++) {
        if (is_escape(&value, i)) {
            i++;
        } else if (value.bytes.data[i] == quote) {
            if (i + 1 != value.bytes.size)
                return false;
            value.bytes.size = i;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static void read_line(struct span line, struct value *values)
{
    struct span name = span_of(line.data, 0);
    struct value value;
    uint8_t field;

    while (name.size < line.size && name.data[name.size] != '=')
        name.size++;
    if (name.size == line.size || !value_word(name, names, &field))
        return;
    line = span_of(line.data + name.size + 1, line.size - name.size - 1);
    if (unquote(line, &value))
        values[field] = value;
}

/* NULL when it does not fit. */
static const char *add(struct string_pool *pool, const struct value *value)
{
    struct text text;

    if (value->bytes.size >= pool->left)
        return NULL;
    text = text_in(pool->next, pool->left);
    for (size_t i = 0; i < value->bytes.size; i++) {
        i += is_escape(value, i);
        text_put_char(&text, (char)value->bytes.data[i]);
    }
    text.length = printable_copy(span_of(text.data, text.length), text.data);
    text.data[text.length] = '\0';
    pool->next += text.length + 1;
    pool->left -= text.length + 1;
    return text.data;
}

/* The first in [first, end) that is given; an empty one when none is. */
static const struct value *pick(const struct value *values, unsigned int first, unsigned int end)
{
    while (first + 1 < end && values[first].bytes.size == 0)
        first++;
    return &values[first];
}

static enum os_release_error read_fields(struct span text, struct value *values)
{
    struct lines lines;
    struct span word;
    struct span rest;
    size_t size = 0;

    if (text.size > OS_RELEASE_MAX)
        return OS_RELEASE_TOO_LARGE;
    while (size < text.size && text.data[size] != '\0')
        size++;
    lines = lines_of(span_of(text.data, size));
    while (lines_next(&lines, &word, &rest))
        read_line(span_of(word.data, (size_t)(rest.data - word.data) + rest.size), values);
    return OS_RELEASE_OK;
}

enum os_release_error os_release_parse(struct span text, struct string_pool *pool,
                                       struct os_release *ret_release)
{
    struct value values[FIELD_COUNT] = {0};
    struct os_release release;
    enum os_release_error error = read_fields(text, values);

    if (error != OS_RELEASE_OK)
        return error;
    if (pick(values, PRETTY_NAME, TITLES_END)->bytes.size == 0)
        return OS_RELEASE_NO_NAME;
    release.title = add(pool, pick(values, PRETTY_NAME, TITLES_END));
    release.version = add(pool, pick(values, IMAGE_VERSION, VERSIONS_END));
    release.sort_key = add(pool, &values[values[IMAGE_ID].bytes.size != 0 ? IMAGE_ID : ID]);
    if (release.title == NULL || release.version == NULL || release.sort_key == NULL)
        return OS_RELEASE_BUFFER;
    *ret_release = release;
    return OS_RELEASE_OK;
}

enum os_release_error os_profile_parse(struct span text, struct string_pool *pool,
                                       struct os_profile *ret_profile)
{
    struct value values[FIELD_COUNT] = {0};
    struct os_profile profile;
    enum os_release_error error = read_fields(text, values);

    if (error != OS_RELEASE_OK)
        return error;
    profile.id = add(pool, &values[ID]);
    profile.title = add(pool, &values[TITLE]);
    if (profile.id == NULL || profile.title == NULL)
        return OS_RELEASE_BUFFER;
    *ret_profile = profile;
    return OS_RELEASE_OK;
}

#define EXPLANATIONS(X)                                                                            \
    X(OS_RELEASE_OK, "a sound os-release", "nothing to do")                                        \
    X(OS_RELEASE_TOO_LARGE, "its os-release has more than 8192 bytes",                             \
      "build it with a shorter one")                                                               \
    X(OS_RELEASE_NO_NAME, "its os-release does not name a system",                                 \
      "build it with one that has PRETTY_NAME or ID")                                              \
    X(OS_RELEASE_BUFFER, "the buffer for its os-release is too small",                             \
      "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation os_release_explain(enum os_release_error error)
{
    return EXPLAIN(error);
}
