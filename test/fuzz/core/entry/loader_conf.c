/* SPDX-License-Identifier: BSD-2-Clause */
/* loader.conf, and its pattern against names. Input: a name, up to a newline; the file. */
#include "core/entry/loader_conf.h"

#include "core/text/glob.h"
#include "fuzz/fuzz.h"

static void require_patterns(const char *pattern, const char *name)
{
    if (pattern != NULL)
        (void)glob_match(pattern, name); /* ends, and stays in both */
    REQUIRE(glob_match("*", name));
    if (strpbrk(name, "*?[\\") == NULL)
        REQUIRE(glob_match(name, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    char *name = take_line(&input);
    size_t capacity = LOADER_CONF_CAPACITY(input.left);
    uint8_t *text = exact(input.data, input.left);
    char *buffer = (char *)exact(NULL, capacity);
    struct loader_conf conf;
    struct line_note note = {0};
    size_t lines = 1;

    memset(&conf, 0xa5, sizeof(conf));
    enum loader_conf_error error =
        loader_conf_parse(span_of(text, input.left), buffer, capacity, &conf, &note);
    require_explanation(loader_conf_explain(error));
    for (size_t i = 0; i < input.left; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    REQUIRE(note.line <= lines && error != LOADER_CONF_BUFFER);
    REQUIRE((error == LOADER_CONF_TOO_LARGE) == (input.left > LINES_TEXT_MAX));
    REQUIRE(conf.timeout <= LOADER_TIMEOUT_MENU_HIDDEN && conf.exit <= BLS_EXIT_BATON);
    REQUIRE(conf.default_pattern == NULL || !conf.default_saved);
    if (conf.default_pattern != NULL) {
        require_string(conf.default_pattern, buffer, capacity);
        REQUIRE(*conf.default_pattern != '\0');
        REQUIRE(strlen(conf.default_pattern) <= LOADER_PATTERN_MAX);
    }
    require_patterns(conf.default_pattern, name);
    free(buffer);
    free(text);
    free(name);
    return 0;
}
