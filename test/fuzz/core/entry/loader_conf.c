/* SPDX-License-Identifier: BSD-2-Clause */
/* loader.conf, and its pattern against names. Input: a name, up to a newline; the file. */
#include "core/entry/loader_conf.h"

#include "core/text/glob.h"
#include "fuzz/fuzz.h"

static void require_pattern(const char *pattern, const char *name, const char *buffer,
                            size_t capacity)
{
    if (pattern != NULL) {
        require_string(pattern, buffer, capacity);
        REQUIRE(*pattern != '\0' && strlen(pattern) <= LOADER_PATTERN_MAX);
        REQUIRE(*pattern != '@' || strcmp(pattern, "@saved") == 0);
        (void)glob_match(pattern, name); /* ends, and stays in both */
    }
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
    REQUIRE(conf.timeout.wait <= LOADER_WAIT_FORCE && conf.exit <= BLS_EXIT_BATON);
    REQUIRE((conf.timeout.seconds != 0) == (conf.timeout.wait == LOADER_WAIT_SECONDS));
    REQUIRE(conf.reboot_on_error <= LOADER_YES && conf.enroll <= ENROLL_FORCE);
    require_pattern(conf.default_pattern, name, buffer, capacity);
    require_pattern(conf.preferred_pattern, name, buffer, capacity);
    free(buffer);
    free(text);
    free(name);
    return 0;
}
