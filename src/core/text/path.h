/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths of files on the boot volume as a person or an entry writes them, brought into the one form
 * that src/efi/file.h takes. Knows the rules of FAT and of EFI_FILE_PROTOCOL names; opens nothing.
 */
#ifndef BATON_CORE_TEXT_PATH_H
#define BATON_CORE_TEXT_PATH_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stddef.h>

#define PATH_CAPACITY      1024U /* a normalised path with its NUL always fits */
#define PATH_COMPONENT_MAX 255U  /* UTF-16 units: FAT long names, Microsoft FAT spec. section 7 */

enum path_error {
    PATH_OK = 0,
    PATH_EMPTY,              /* nothing, or the root: that is a directory */
    PATH_DOT_DOT,            /* `..` out of the root, or a component of other dots and spaces */
    PATH_VOLUME,             /* a colon: `fs0:\vmlinuz`, `(hd0,1):...` */
    PATH_CHARACTER,          /* a control character or one of * ? " < > | */
    PATH_ENCODING,           /* not UTF-8 */
    PATH_COMPONENT_TOO_LONG, /* more than PATH_COMPONENT_MAX UTF-16 units between two slashes */
    PATH_TOO_LONG,           /* does not fit into PATH_CAPACITY or into the caller's buffer */
};

struct explanation path_explain(enum path_error error);

/*
 * UTF-8 with `/` or `\`, with or without a leading one, to NUL-terminated UTF-8 with one leading
 * backslash and single ones between components; `.` and a trailing slash are dropped, `..` with
 * what is before it, which need not be there. Never longer than `path` plus the leading backslash
 * and the NUL. The buffer is undefined after a failure.
 */
enum path_error path_normalise(struct span path, char *buffer, size_t capacity, size_t *ret_length);

/* What follows the last slash, backslash or colon; the whole string when there is none. */
const char *path_base_name(const char *path);

#endif
