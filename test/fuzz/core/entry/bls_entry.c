/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot loader entry. Input: the file's name, up to a newline; the file. */
#include "core/entry/bls_entry.h"

#include "core/entry/entry_choice.h"
#include "core/entry/entry_order.h"
#include "core/entry/loader_conf.h"
#include "core/text/printable.h"
#include "core/text/utf.h"
#include "fuzz/fuzz.h"

static bool is_utf8(const char *string)
{
    struct span rest = span_of(string, strlen(string));

    for (size_t size = 0; rest.size > 0; rest = span_of(rest.data + size, rest.size - size)) {
        uint32_t code_point;

        if (utf8_next(rest, &code_point, &size) != UTF_OK)
            return false;
    }
    return true;
}

static void require_shown(const char *string)
{
    REQUIRE(printable_is(span_of(string, strlen(string))) && strchr(string, '\t') == NULL);
    REQUIRE(strlen(string) <= BLS_STRING_MAX);
}

static void require_warnings(const struct bls_entry *entry, size_t lines)
{
    for (uint32_t i = 0; i < entry->warning_count && i < BLS_WARNINGS_MAX; i++) {
        const struct bls_warning *warning = &entry->warnings[i];

        REQUIRE(warning->line <= lines);
        REQUIRE(warning->kind > BLS_WARNING_NONE && warning->kind < BLS_WARNING_KINDS);
        require_explanation(bls_warning_explain(warning->kind));
    }
}

static void require_entry(const struct bls_entry *entry, const char *buffer, size_t capacity)
{
    const char *const texts[] = {entry->id,         entry->title,    entry->version,
                                 entry->machine_id, entry->sort_key, entry->options};
    struct entry_name name;
    char next[2 * ENTRY_NAME_MAX];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        require_string(texts[i], buffer, capacity);
    require_string(entry->kernel, buffer, capacity);
    require_path(entry->kernel);
    REQUIRE(entry->initrd_count + entry->module_count + entry->extra_count <= BLS_INITRDS_MAX);
    REQUIRE(entry->extra_count == 0 || entry->kind == BLS_UKI);
    for (uint32_t i = 0; i < entry->extra_count; i++) {
        enum bls_extra kind;

        require_string(bls_extra(entry, i), buffer, capacity);
        require_path(bls_extra(entry, i));
        REQUIRE(bls_extra_is(bls_extra(entry, i), &kind) && kind < BLS_EXTRA_KINDS);
    }
    for (uint32_t i = 0; i < entry->module_count; i++) {
        require_string(entry->modules[i], buffer, capacity);
        require_path(entry->modules[i]);
        require_string(bls_module_words(entry->modules[i]), buffer, capacity);
        REQUIRE(strpbrk(bls_module_words(entry->modules[i]), "\r\n") == NULL);
    }
    for (uint32_t i = 0; i < entry->initrd_count; i++) {
        require_string(entry->initrds[i], buffer, capacity);
        require_path(entry->initrds[i]);
    }
    REQUIRE(strlen(entry->options) <= BLS_OPTIONS_MAX && strpbrk(entry->options, "\r\n") == NULL);
    REQUIRE((entry->kind == BLS_LINUX && entry->exit != BLS_EXIT_FIRMWARE) ||
            is_utf8(entry->options));
    require_shown(entry->title);
    require_shown(entry->version);
    require_shown(entry->machine_id);
    require_shown(entry->sort_key);
    REQUIRE(entry->exit_seconds <= BLS_EXIT_TIME_MAX && entry->kind <= BLS_UKI);
    REQUIRE(entry->exit <= BLS_EXIT_BATON && entry->profile <= BLS_PROFILE_MAX && !entry->is_image);
    REQUIRE(entry->counter.counted || (entry->counter.left | entry->counter.done) == 0);
    REQUIRE(entry_compare(entry, entry) == 0);
    REQUIRE(entry->id == entry->image_id && strlen(entry->id) <= strlen(entry->file));
    REQUIRE(entry_name_parse(entry->file, ".conf", &name));
    if (name.counter.counted && entry_name_next(entry->file, &name, next, sizeof(next))) {
        struct entry_name after;

        REQUIRE(entry_name_parse(next, ".conf", &after) && after.counter.counted);
        REQUIRE(after.stem == name.stem && memcmp(next, entry->file, name.stem) == 0);
        REQUIRE(after.counter.left == name.counter.left - (name.counter.left != 0));
        REQUIRE(after.counter.done >= name.counter.done);
    }
    REQUIRE(strpbrk(entry->id, "*?[\\") != NULL || entry_matches(entry, entry->id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    char *name = take_line(&input);
    size_t capacity = BLS_ENTRY_CAPACITY(input.left);
    uint8_t *text = exact(input.data, input.left);
    char *buffer = (char *)exact(NULL, capacity);
    const struct loader_conf conf = {0};
    struct bls_entry entry = {0};
    struct line_note note = {0};
    enum bls_entry_error error =
        bls_entry_parse(span_of(text, input.left), name, &conf, buffer, capacity, &entry, &note);
    size_t lines = 1;

    require_explanation(bls_entry_explain(error));
    for (size_t i = 0; i < input.left; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    REQUIRE(note.line <= lines);
    REQUIRE(error != BLS_ENTRY_BUFFER || strlen(name) > 255);
    if (error == BLS_ENTRY_OK) {
        require_entry(&entry, buffer, capacity);
        require_warnings(&entry, lines);
    }
    /* A buffer that is too small is an error or is none, and never anything else. */
    free(buffer);
    buffer = (char *)exact(NULL, input.left / 2);
    enum bls_entry_error small = bls_entry_parse(span_of(text, input.left), name, &conf, buffer,
                                                 input.left / 2, &entry, &note);
    REQUIRE(small == error || small == BLS_ENTRY_BUFFER);
    free(buffer);
    free(text);
    free(name);
    return 0;
}
