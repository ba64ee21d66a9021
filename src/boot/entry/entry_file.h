/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reading entries of either type shares: where the files are, where their words go, and how
 * one is told that something is wrong with one of them. A file that is wrong costs its entry and
 * nothing else, so nothing here ends a boot.
 */
#ifndef BATON_BOOT_ENTRY_ENTRY_FILE_H
#define BATON_BOOT_ENTRY_ENTRY_FILE_H

#include "boot/failure.h"
#include "core/entry/entry_name.h"
#include "core/text/explain.h"
#include "core/text/lines.h"
#include "efi/arena.h"
#include "efi/file.h"
#include "efi/firmware.h"

struct entries;
struct loaded_image;

struct entry_files {
    struct firmware *firmware;
    struct arena *arena;            /* what is found lives here */
    struct entries *entries;        /* what is found goes there */
    const struct loaded_image *own; /* Baton itself */
    struct file *root;              /* of the volume */
    struct file *directory;         /* that is being read */
    void *scratch;                  /* of uki_entry.c; NULL until it needs one */
};

/*
 * The whole of a small file, in the arena, with a NUL behind it. A larger one is not read: it has
 * LINES_TEXT_MAX + 1 bytes that mean nothing, to be refused. `name` is below `directory`: the
 * firmware takes no path as long as some names with their directories are.
 */
efi_status entry_file_read(struct entry_files *files, struct file *directory, const char *name,
                           struct span *ret_text);

/* For a status that opening or reading a file gave. */
struct explanation entry_file_why(efi_status status);

/* One line on the console; `note` may be NULL. */
void entry_file_report(const char *file, struct explanation why, const struct line_note *note,
                       efi_status status);

#endif
