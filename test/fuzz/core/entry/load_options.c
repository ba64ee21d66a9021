/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load options. Input: a byte (odd: the rest becomes UTF-16, which spares the fuzzer the zeros);
 * the image's path, up to a newline; the options.
 */
#include "core/entry/load_options.h"

#include "core/text/printable.h"
#include "fuzz/fuzz.h"

static void require_options(const struct load_options *options, const char *buffer, size_t capacity)
{
    REQUIRE(options->initrd_count <= LOAD_OPTIONS_INITRDS_MAX);
    require_string(options->command_line, buffer, capacity);
    REQUIRE(options->kernel != NULL || options->debug || options->help || options->version ||
            options->place_high);
    if (options->kernel != NULL) {
        require_string(options->kernel, buffer, capacity);
        require_path(options->kernel);
    }
    REQUIRE(options->if_present == NULL || options->if_present == options->kernel);
    for (uint32_t i = 0; i < options->initrd_count; i++) {
        require_string(options->initrds[i], buffer, capacity);
        require_path(options->initrds[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    bool widen = (take(&input, 1) & 1) != 0;
    char *path = take_line(&input);
    size_t count = widen ? 2 * input.left : input.left;
    uint8_t *bytes = exact(widen ? NULL : input.data, count);
    size_t capacity = LOAD_OPTIONS_CAPACITY(count);
    char *buffer = (char *)exact(NULL, capacity);
    struct load_options options;
    struct load_options_fault fault = {0};

    for (size_t i = 0; widen && i < input.left; i++) {
        bytes[2 * i] = input.data[i];
        bytes[2 * i + 1] = 0;
    }
    enum load_options_error error =
        load_options_parse(span_of(bytes, count), path, buffer, capacity, &options, &fault);
    require_explanation(load_options_explain(error));
    REQUIRE(error != LOAD_OPTIONS_BUFFER);
    REQUIRE(count <= LOAD_OPTIONS_MAX || error == LOAD_OPTIONS_GARBAGE);
    if (error == LOAD_OPTIONS_OK)
        require_options(&options, buffer, capacity);
    if (error == LOAD_OPTIONS_FOREIGN) {
        REQUIRE(options.kernel == NULL && options.if_present == NULL && options.initrd_count == 0);
        REQUIRE(fault.if_present == NULL && fault.why == NULL && *options.command_line == '\0');
    }
    if (error == LOAD_OPTIONS_FOREIGN || error > LOAD_OPTIONS_GARBAGE) {
        require_string(fault.word, buffer, capacity);
        REQUIRE(printable_is(span_of(fault.word, strlen(fault.word))) && *fault.word != '\0');
    }
    if (fault.if_present != NULL) {
        REQUIRE(error > LOAD_OPTIONS_GARBAGE && error != LOAD_OPTIONS_KERNEL);
        require_string(fault.if_present, buffer, capacity);
        require_path(fault.if_present);
    }
    free(buffer);
    free(bytes);
    free(path);
    return 0;
}
