/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a flattened device tree consists of (Devicetree Specification 0.4, chapter 5): for those who
 * read one, token by token. Pure; the tree is untrusted. Big-endian.
 */
#ifndef BATON_CORE_LINUX_TREE_BLOCKS_H
#define BATON_CORE_LINUX_TREE_BLOCKS_H

#include "core/base/span.h"
#include "core/linux/device_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_MAGIC      0xd00dfeedU
#define TREE_VERSION    17U
#define TREE_COMPATIBLE 16U

/* The header's fields, 32 bits each. */
#define HEADER_MAGIC        0U
#define HEADER_TOTAL_SIZE   4U
#define HEADER_STRUCTURE    8U
#define HEADER_STRINGS      12U
#define HEADER_RESERVATIONS 16U
#define HEADER_VERSION      20U
#define HEADER_COMPATIBLE   24U
#define HEADER_BOOT_CPU     28U
#define HEADER_STRINGS_SIZE 32U
#define HEADER_STRUCT_SIZE  36U

#define TOKEN_BEGIN    1U
#define TOKEN_END      2U
#define TOKEN_PROPERTY 3U
#define TOKEN_NOP      4U
#define TOKEN_LAST     9U

#define DEPTH_MAX 64U

struct tree {
    struct span structure;
    struct span strings;
    uint32_t boot_cpu;
};

/* The whole tree's blocks, each inside of it. */
enum device_tree_error tree_parse(struct span source, struct tree *ret_tree);

bool tree_load_be32(struct span view, uint64_t offset, uint32_t *ret_value);

/* The string at `offset`, with its NUL, or false. */
bool tree_string_at(struct span view, uint64_t offset, struct span *ret_string);

bool tree_is_name(struct span string, const char *name);

/* The property at `*offset` of the structure block, behind its token: moves on behind it. */
bool tree_read_property(const struct tree *tree, uint64_t *offset, struct span *ret_name,
                        struct span *ret_value);

/* One token of the structure block: of a node its name, of a property its name and value. */
struct tree_token {
    uint32_t kind; /* TOKEN_* */
    struct span name;
    struct span value;
};

/* Takes the token at `*offset`, passing over NOPs; false at the end, and for what is none. */
bool tree_next(const struct tree *tree, uint64_t *offset, struct tree_token *ret_token);

static inline uint32_t tree_swap(uint32_t value)
{
    return (value >> 24) | ((value >> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24);
}

static inline size_t tree_padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

#endif
