/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of an image's os-release. Input: the text. */
#include "core/entry/os_release.h"

#include "core/text/printable.h"
#include "fuzz/fuzz.h"

static void require_word(const char *word, const char *buffer, size_t capacity)
{
    require_string(word, buffer, capacity);
    REQUIRE(printable_is(span_of(word, strlen(word))) && strchr(word, '\t') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t capacity = OS_RELEASE_CAPACITY(size);
    uint8_t *text = exact(data, size);
    char *buffer = (char *)exact(NULL, capacity);
    struct string_pool pool = {.next = buffer, .left = capacity};
    struct os_release release;
    struct os_profile profile;
    enum os_release_error error = os_release_parse(span_of(text, size), &pool, &release);

    require_explanation(os_release_explain(error));
    REQUIRE(error != OS_RELEASE_BUFFER);
    REQUIRE((error == OS_RELEASE_TOO_LARGE) == (size > OS_RELEASE_MAX));
    if (error == OS_RELEASE_OK) {
        require_word(release.title, buffer, capacity);
        require_word(release.version, buffer, capacity);
        require_word(release.sort_key, buffer, capacity);
        REQUIRE(release.title[0] != '\0');
    }
    pool = (struct string_pool){.next = buffer, .left = capacity};
    enum os_release_error of_profile = os_profile_parse(span_of(text, size), &pool, &profile);
    REQUIRE((of_profile == OS_RELEASE_TOO_LARGE) == (size > OS_RELEASE_MAX));
    REQUIRE(of_profile == OS_RELEASE_OK || of_profile == OS_RELEASE_TOO_LARGE);
    if (of_profile == OS_RELEASE_OK) {
        require_word(profile.id, buffer, capacity);
        require_word(profile.title, buffer, capacity);
    }
    free(buffer);
    /* A pool that is too small is an error or is none, and never anything else. */
    buffer = (char *)exact(NULL, size / 4);
    pool = (struct string_pool){.next = buffer, .left = size / 4};
    enum os_release_error small = os_release_parse(span_of(text, size), &pool, &release);
    REQUIRE(small == error || (small == OS_RELEASE_BUFFER && error == OS_RELEASE_OK));
    free(buffer);
    free(text);
    return 0;
}
