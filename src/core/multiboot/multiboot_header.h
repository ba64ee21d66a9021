/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header by which a kernel of Multiboot2 says how it wants to be loaded (manual, version 2.0,
 * section 3.1). Pure; every number in it is untrusted and only passed on.
 */
#ifndef BATON_CORE_MULTIBOOT_MULTIBOOT_HEADER_H
#define BATON_CORE_MULTIBOOT_MULTIBOOT_HEADER_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stdint.h>

#define MULTIBOOT_SEARCH 32768U /* all of the header is in so many bytes of the file */

/* What has the same remedy stands together: that text is stored once. */
enum multiboot_header_error {
    MULTIBOOT_HEADER_OK = 0,
    MULTIBOOT_NO_HEADER,    /* none in the first MULTIBOOT_SEARCH bytes: another kind of file */
    MULTIBOOT_ARCHITECTURE, /* not for the i386 */
    MULTIBOOT_TAG,          /* a tag that is not all in the header, too short, or no end */
    MULTIBOOT_UNKNOWN_TAG,  /* required, and not one of the manual's */
    MULTIBOOT_UNKNOWN_WISH, /* likewise, a kind of information */
    MULTIBOOT_ALIGNMENT,    /* relocatable by no power of two */
};

struct explanation multiboot_header_explain(enum multiboot_header_error error);

/* Where the image goes if not by its ELF headers; the numbers are the tag's (3.1.5). */
struct multiboot_flat {
    bool given;
    uint32_t header_address;
    uint32_t load_address;
    uint32_t load_end;
    uint32_t bss_end;
};

/* Where else it may go; alignment is a power of two (3.1.12). */
struct multiboot_relocation {
    bool possible;
    uint32_t minimum;
    uint32_t maximum; /* the last byte of the image is no higher */
    uint32_t alignment;
    bool high;
};

struct multiboot_header {
    uint32_t offset; /* in the file */
    struct multiboot_flat flat;
    struct multiboot_relocation relocation;
    /*
     * The kernel wants to leave boot services itself, and has an entry for 64-bit mode: both tags
     * are there. One of them alone says nothing that can be obeyed, and is passed over.
     */
    bool keeps_services;
    bool has_entry; /* else the ELF header's counts */
    uint32_t entry; /* for the mode that it is entered in; as linked */
    bool wants_framebuffer;
    bool needs_console; /* of any kind that it knows */
};

/* `head`: the beginning of the file, at least MULTIBOOT_SEARCH bytes or all there are. */
enum multiboot_header_error multiboot_header_find(struct span head,
                                                  struct multiboot_header *ret_header);

#endif
