/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of a Multiboot2 kernel's file go to which physical address: by the header's own tag,
 * or by the program headers of ELF32 (i386) and ELF64 (x86-64) files. Unlike the kernels of
 * core/image/elf.h these are loaded by p_paddr, below 4 GiB, entered without page tables of their
 * own, and may mix permissions as they like. Pure.
 */
#ifndef BATON_CORE_MULTIBOOT_MULTIBOOT_IMAGE_H
#define BATON_CORE_MULTIBOOT_MULTIBOOT_IMAGE_H

#include "core/base/span.h"
#include "core/multiboot/multiboot_header.h"
#include "core/text/explain.h"

#include <stdint.h>

#define MULTIBOOT_SEGMENTS_MAX 16U

/* What has the same remedy stands together: that text is stored once. */
enum multiboot_image_error {
    MULTIBOOT_IMAGE_OK = 0,
    MULTIBOOT_IMAGE_CUT, /* bytes that are to be loaded are not in the file */
    MULTIBOOT_NOT_ELF,   /* no tag with addresses, and no ELF file of a kind that fits */
    MULTIBOOT_SEGMENTS,  /* none with anything in it, or too many */
    MULTIBOOT_SEGMENT,   /* larger in the file than in memory, or not below 4 GiB */
    MULTIBOOT_OVERLAP,   /* two want the same byte */
    MULTIBOOT_ADDRESSES, /* the tag contradicts itself */
    MULTIBOOT_ENTRY,     /* there is none, or not in the image */
};

struct explanation multiboot_image_explain(enum multiboot_image_error error);

struct multiboot_segment {
    uint64_t address; /* physical, as linked */
    uint64_t memory_size;
    uint64_t file_offset;
    uint64_t file_size; /* <= memory_size; the rest is zero */
};

/* Addresses are physical, as linked, below 4 GiB; all moves together. */
struct multiboot_image {
    uint64_t start; /* of the lowest byte */
    uint64_t end;   /* exclusive */
    uint64_t entry;
    uint32_t segment_count;
    struct multiboot_segment segments[MULTIBOOT_SEGMENTS_MAX]; /* no two overlap; in any order */
};

/* `file`: all of it. */
enum multiboot_image_error multiboot_image_plan(const struct multiboot_header *header,
                                                struct span file,
                                                struct multiboot_image *ret_image);

/* Puts the image into the end - start bytes at `to`, every one of which is written. */
void multiboot_image_load(const struct multiboot_image *image, struct span file, uint8_t *to);

#endif
