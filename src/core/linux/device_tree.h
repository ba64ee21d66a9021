/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flattened device tree that arm64 and RISC-V kernels begin with (Devicetree Specification 0.4,
 * chapter 5): the firmware's, copied with /chosen as a loader fills it, or one with nothing but
 * that node, where ACPI describes the machine. Pure; the firmware's tree is untrusted.
 *
 * Big-endian. What is known after the exit only is written into values that are there already.
 */
#ifndef BATON_CORE_LINUX_DEVICE_TREE_H
#define BATON_CORE_LINUX_DEVICE_TREE_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_TREE_HEADER   40U        /* bytes of it that device_tree_size() wants to see */
#define DEVICE_TREE_SIZE_MAX (2U << 20) /* Linux takes no larger one (booting.rst) */

enum device_tree_error {
    DEVICE_TREE_OK,
    DEVICE_TREE_NO_MAGIC,
    DEVICE_TREE_VERSION,   /* not readable by one that knows version 17 */
    DEVICE_TREE_MALFORMED, /* a block or a token beyond its end, nodes that do not close */
    DEVICE_TREE_TOO_DEEP,
    DEVICE_TREE_TOO_LARGE, /* with what is added */
};

/* What goes into /chosen. Pointers and spans are only read. */
struct device_tree_chosen {
    const char *bootargs;
    uint64_t initrd_start; /* physical; start and end equal: there is none */
    uint64_t initrd_end;
    uint64_t system_table;
    uint32_t secure_boot;   /* as in the zero page of x86: 1 unknown, 2 off, 3 on */
    struct span kaslr_seed; /* empty: what the firmware's tree has is kept */
    uint32_t journal_size;  /* bytes reserved for the exit's journal */
};

/* Where in the new tree the values are that only the exit knows. */
struct device_tree_blanks {
    uint8_t *map_start;          /* 8 bytes, physical */
    uint8_t *map_size;           /* 4 */
    uint8_t *descriptor_size;    /* 4 */
    uint8_t *descriptor_version; /* 4 */
    uint8_t *journal;            /* journal_size bytes, zero */
};

/* The whole tree's size out of its header; 0 when it cannot be one. */
uint64_t device_tree_size(struct span header);

/* Bytes that device_tree_make() needs at most for a tree of `source_size` (0: none). */
uint64_t device_tree_room(uint64_t source_size, const struct device_tree_chosen *chosen);

/*
 * Makes the tree at `target`, 8-byte aligned, of `capacity` bytes. `source`: the whole tree of the
 * firmware, or empty. Memory reservations are left out, as Linux's stub does: the memory map has
 * them.
 */
enum device_tree_error device_tree_make(struct span source, const struct device_tree_chosen *chosen,
                                        uint8_t *target, size_t capacity,
                                        struct device_tree_blanks *ret_blanks);

/* The final values, into a tree that device_tree_make() made. */
void device_tree_fill_map(const struct device_tree_blanks *blanks, uint64_t start, uint32_t size,
                          uint32_t descriptor_size, uint32_t descriptor_version);

struct explanation device_tree_explain(enum device_tree_error error);

#endif
