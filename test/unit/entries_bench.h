/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of reading entries share: a volume, its entries in order, what was said. */
#ifndef BATON_TEST_UNIT_ENTRIES_BENCH_H
#define BATON_TEST_UNIT_ENTRIES_BENCH_H

#include "boot/entries.h"

#include "efi/console.h"
#include "firmware_bench.h"

#include <stdio.h>

static struct arena arena;
static struct entries entries;
static struct tpm tpm;

static inline void lay_down(void)
{
    fake_allow_usual();
    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    fake_volume();
    arena = arena_of(firmware, &leases);
    tpm = tpm_find(firmware);
    entries = (struct entries){.count = 77};
}

static inline struct fake_file *add(const char *path, const char *text)
{
    return fake_file_add(path, text, strlen(text));
}

static inline struct fake_file *add_entry(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "\\loader\\entries\\%s", name);
    return add(path, text);
}

/* Reads, and sees that no file is left open, whatever comes of it. */
static inline efi_status read_all(void)
{
    efi_status status = entries_read(firmware, &leases, &arena, &tpm, &entries);

    console_close();
    assert_int_equal(fake_files_open(), 0);
    return status;
}

/* The ids in the order to try them, with a blank after each. */
static inline const char *ids(void)
{
    static char text[1000];
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < entries.count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s ",
                                   entries.found[entries.order[i]]->id);
    return text;
}

static inline void assert_said(const char *words)
{
    if (strstr(fake_console_text(), words) == NULL)
        fail_msg("no \"%s\" in \"%s\"", words, fake_console_text());
}

#endif
