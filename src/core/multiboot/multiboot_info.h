/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The information that a kernel of Multiboot2 is given (manual, version 2.0, section 3.6), written
 * tag by tag into memory of the caller's. Pure; works on both sides of the point of no return.
 *
 * Without room a tag is counted and not written: writing everything once into nothing tells how
 * much room it takes.
 */
#ifndef BATON_CORE_MULTIBOOT_MULTIBOOT_INFO_H
#define BATON_CORE_MULTIBOOT_MULTIBOOT_INFO_H

#include "core/base/span.h"
#include "core/memory/memory_map.h"
#include "core/memory/ranges.h"
#include "core/screen/framebuffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MULTIBOOT_BOOTED 0x36d76289U /* in EAX at the kernel's entry */

/* Types of tags. */
enum multiboot_info_type {
    MULTIBOOT_INFO_END = 0,
    MULTIBOOT_INFO_COMMAND_LINE = 1,
    MULTIBOOT_INFO_LOADER = 2,
    MULTIBOOT_INFO_MODULE = 3,
    MULTIBOOT_INFO_MEMORY = 4, /* the two numbers of old */
    MULTIBOOT_INFO_MAP = 6,
    MULTIBOOT_INFO_FRAMEBUFFER = 8,
    MULTIBOOT_INFO_SYSTEM_TABLE = 12, /* EFI, 64-bit */
    MULTIBOOT_INFO_RSDP_1 = 14,
    MULTIBOOT_INFO_RSDP_2 = 15,
    MULTIBOOT_INFO_EFI_MAP = 17,
    MULTIBOOT_INFO_SERVICES = 18,     /* are alive */
    MULTIBOOT_INFO_IMAGE_HANDLE = 20, /* EFI, 64-bit */
    MULTIBOOT_INFO_LOAD_BASE = 21,
};

struct multiboot_info {
    uint8_t *data;   /* 8-byte aligned; NULL when `capacity` is 0 */
    size_t capacity; /* bytes */
    size_t size;     /* so far, written or only counted; a multiple of 8 */
};

struct multiboot_info multiboot_info_in(uint8_t *data, size_t capacity);

/* A tag with these bytes as its body. */
void multiboot_info_put(struct multiboot_info *info, enum multiboot_info_type type,
                        struct span body);

/* A tag whose body is `number`, in four bytes or in eight. */
void multiboot_info_put_u32(struct multiboot_info *info, enum multiboot_info_type type,
                            uint32_t number);
void multiboot_info_put_u64(struct multiboot_info *info, enum multiboot_info_type type,
                            uint64_t number);

/* A tag with two words, which may be empty, joined with a blank. */
void multiboot_info_put_words(struct multiboot_info *info, enum multiboot_info_type type,
                              const char *first, const char *second);

/* MULTIBOOT_INFO_MODULE of [start, end), with the same kind of words: returns them as they are in
 * the tag, NULL without room for it. */
const char *multiboot_info_put_module(struct multiboot_info *info, uint32_t start, uint32_t end,
                                      const char *first, const char *second);

/* Nothing where there is none. */
void multiboot_info_put_framebuffer(struct multiboot_info *info,
                                    const struct framebuffer *framebuffer);

/* `rsdp`: at least 20 bytes of it, 36 where its revision is 2 or more: both tags, or the first. */
#define MULTIBOOT_RSDP_1_SIZE 20U
#define MULTIBOOT_RSDP_2_SIZE 36U
void multiboot_info_put_rsdp(struct multiboot_info *info, struct span rsdp);

/* Most bytes that the three tags of a map with so many descriptors can take. */
size_t multiboot_info_maps_max(uint64_t descriptors);

/*
 * The three tags about memory: the firmware's map as it is, the same as ranges, and the two numbers
 * of old. `walk` is a fresh one of `map`. False when there is no memory in it.
 */
bool multiboot_info_put_maps(struct multiboot_info *info, const struct memory_map *map,
                             struct ranges *walk);

/* The last tag, and the total size in front. False when there was not enough room. */
#define MULTIBOOT_INFO_END_SIZE 8U
bool multiboot_info_finish(struct multiboot_info *info);

#endif
