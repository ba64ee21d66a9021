/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text that says which system a unified kernel image is of: os-release(5), in its section
 * .osrel. Knows the format and which fields become the title, version and sort-key of a boot
 * entry; reads nothing.
 *
 * Which fields: "Type #2 EFI Unified Kernel Images" of the Boot Loader Specification (UAPI.1), and
 * the order of preference that systemd gives them in src/fundamental/bootspec-fundamental.c, so
 * that entries have the names and the order that systemd-boot gives them.
 */
#ifndef BATON_CORE_ENTRY_OS_RELEASE_H
#define BATON_CORE_ENTRY_OS_RELEASE_H

#include "core/base/span.h"
#include "core/text/explain.h"
#include "core/text/lines.h"

#include <stddef.h>

#define OS_RELEASE_MAX 8192U /* bytes; real ones have some hundred */

/* Bytes in the pool that are enough for any text of `size` bytes. */
#define OS_RELEASE_CAPACITY(size) (3 * ((size_t)(size) + 1))

enum os_release_error {
    OS_RELEASE_OK = 0,
    OS_RELEASE_TOO_LARGE, /* more than OS_RELEASE_MAX */
    OS_RELEASE_NO_NAME,   /* none of PRETTY_NAME, IMAGE_ID, NAME and ID: nothing to show */
    OS_RELEASE_BUFFER,    /* the pool has less than OS_RELEASE_CAPACITY */
};

struct explanation os_release_explain(enum os_release_error error);

/* Made printable (printable.h), in the pool; never NULL. */
struct os_release {
    const char *title;    /* PRETTY_NAME, else IMAGE_ID, NAME, ID; never "" */
    const char *version;  /* IMAGE_VERSION, else VERSION, VERSION_ID, BUILD_ID; "" when none */
    const char *sort_key; /* IMAGE_ID, else ID; "" when none */
};

/*
 * Up to the first NUL or the end. A field that is given twice counts with its last value; one that
 * is empty or has quotes that do not match counts as not given, because nothing is booted
 * differently for it. ret_release is untouched on every error.
 */
enum os_release_error os_release_parse(struct span text, struct string_pool *pool,
                                       struct os_release *ret_release);

/* What tells the profiles of a unified kernel image apart (.profile, UAPI.5); "" for what is not
 * given. */
struct os_profile {
    const char *id;
    const char *title;
};

/* As above; OS_RELEASE_TOO_LARGE and OS_RELEASE_BUFFER are its only errors. */
enum os_release_error os_profile_parse(struct span text, struct string_pool *pool,
                                       struct os_profile *ret_profile);

#endif
