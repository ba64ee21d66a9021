/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a Linux kernel that is its own memory image: arm64's (Linux,
 * Documentation/arch/arm64/booting.rst), and RISC-V's, which has the same 64 bytes with another
 * magic (Documentation/arch/riscv/boot-image-header.rst). Pure; trusts nothing.
 */
#ifndef BATON_CORE_LINUX_LINUX_IMAGE_H
#define BATON_CORE_LINUX_LINUX_IMAGE_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdint.h>

#define LINUX_IMAGE_HEADER    64U
#define LINUX_IMAGE_ALIGNMENT 0x200000ULL /* of the place that text_offset counts from */

#define LINUX_IMAGE_MAGIC_ARM64 0x644d5241U /* "ARM\x64", little-endian */
#define LINUX_IMAGE_MAGIC_RISCV 0x05435352U /* "RSC\x05" */

/* What arm64 says of its pages: flags, bits 1 and 2. */
enum linux_image_pages {
    LINUX_IMAGE_PAGES_UNKNOWN,
    LINUX_IMAGE_PAGES_4K,
    LINUX_IMAGE_PAGES_16K,
    LINUX_IMAGE_PAGES_64K,
};

enum linux_image_error {
    LINUX_IMAGE_OK,
    LINUX_IMAGE_NO_MAGIC,
    LINUX_IMAGE_TRUNCATED,
    LINUX_IMAGE_BIG_ENDIAN,
    LINUX_IMAGE_TOO_OLD, /* before 3.17, image_size was not there; before 4.6 it is bound to a place
                          */
    LINUX_IMAGE_SIZE,    /* less than the file, or more than any kernel */
};

struct linux_image {
    uint64_t text_offset; /* from a multiple of LINUX_IMAGE_ALIGNMENT to the image's first byte */
    uint64_t size;        /* bytes of memory, with what is not in the file */
    enum linux_image_pages pages;
};

/* `head`: the file's first bytes, LINUX_IMAGE_HEADER or more of them unless it is shorter. */
enum linux_image_error linux_image_parse(uint32_t magic, struct span head, uint64_t file_size,
                                         struct linux_image *ret_image);

struct explanation linux_image_explain(enum linux_image_error error);

#endif
