/* SPDX-License-Identifier: BSD-2-Clause */
/* loader.conf and baton.conf, their patterns against names. Input: a name, up to a newline; the
 * file.
 */
#include "core/entry/loader_conf.h"

#include "core/entry/baton_conf.h"
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

/* The same problem for everybody, and fields of Baton's own in their bounds. */
static void require_settings(struct span text, const char *name, size_t lines)
{
    struct bls_entry named = {.id = name, .image_id = name};
    struct bls_entry nobody = {.id = "", .image_id = ""};
    struct baton_conf conf = baton_conf_of(text);
    struct baton_conf other = conf;
    enum bls_warning_kind kind;
    struct span line;

    do {
        kind = baton_conf_next(&conf, &named, &line);
        REQUIRE(kind == baton_conf_next(&other, &nobody, &line));
        REQUIRE(conf.lines.number == other.lines.number && conf.lines.number <= lines);
        require_explanation(bls_warning_explain(kind));
    } while (kind != BLS_WARNING_NONE);
    REQUIRE(named.exit <= BLS_EXIT_BATON && named.exit_seconds <= BLS_EXIT_TIME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    char *name = take_line(&input);
    size_t capacity = LOADER_CONF_CAPACITY(input.left);
    uint8_t *text = exact(input.data, input.left);
    char *buffer = (char *)exact(NULL, capacity);
    struct loader_conf conf = loader_conf_default();
    struct string_pool pool = {.next = buffer, .left = capacity};
    struct lines rest = lines_of(span_of(text, input.left));
    enum loader_conf_error error = loader_conf_judge(span_of(text, input.left));
    struct span line;
    size_t lines = 1;

    REQUIRE((error == LOADER_CONF_TOO_LARGE) == (input.left > LINES_TEXT_MAX));
    for (size_t i = 0; i < input.left; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    do {
        require_explanation(loader_conf_explain(error));
        error = loader_conf_next(&rest, &pool, &conf, &line);
        REQUIRE(rest.number <= lines && error != LOADER_CONF_BUFFER);
    } while (error != LOADER_CONF_OK);
    REQUIRE(conf.timeout.wait <= LOADER_WAIT_SECONDS && conf.exit <= BLS_EXIT_BATON);
    REQUIRE((conf.timeout.seconds != 0) == (conf.timeout.wait == LOADER_WAIT_SECONDS));
    REQUIRE(conf.reboot_on_error <= LOADER_YES && conf.enroll <= ENROLL_FORCE &&
            conf.log_level <= LOADER_LOG_DEBUG);
    require_pattern(conf.default_pattern, name, buffer, capacity);
    require_pattern(conf.preferred_pattern, name, buffer, capacity);
    require_settings(span_of(text, input.left), name, lines);
    free(buffer);
    free(text);
    free(name);
    return 0;
}
