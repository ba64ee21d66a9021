/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux command line. Input: the line, up to a NUL. */
#include "core/linux/x86/linux_options.h"

#include "fuzz/fuzz.h"

/* `line` between `before` and `after`, exactly as large as that needs. */
static bool answer(const char *before, const char *line, const char *after)
{
    size_t size = strlen(before) + strlen(line) + strlen(after) + 1;
    char *whole = (char *)exact(NULL, size);
    bool soft_reserve;

    snprintf(whole, size, "%s%s%s", before, line, after);
    soft_reserve = linux_options_soft_reserve(whole);
    free(whole);
    return soft_reserve;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = (char *)exact(NULL, size + 1);
    bool soft_reserve;

    memcpy(line, data, size);
    line[size] = '\0';
    soft_reserve = answer("", line, "");
    /* Only words decide, and the last one that speaks does. */
    REQUIRE(answer(" \t", line, "") == soft_reserve);
    REQUIRE(answer("efi=debug ", line, "") == soft_reserve);
    REQUIRE(soft_reserve || strstr(line, "nosoftreserve") != NULL);
    REQUIRE(strchr(line, '"') != NULL || answer("", line, " --") == soft_reserve);
    REQUIRE(strchr(line, '"') != NULL || strstr(line, "--") != NULL ||
            !answer("", line, " efi=nosoftreserve"));
    free(line);
    return 0;
}
