/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/tree_blocks.h"

#include "core/base/mem.h"
#include "core/text/text.h"

bool tree_load_be32(struct span view, uint64_t offset, uint32_t *ret_value)
{
    if (!span_u32(view, offset, ret_value))
        return false;
    *ret_value = tree_swap(*ret_value);
    return true;
}

uint64_t device_tree_size(struct span header)
{
    uint32_t magic;
    uint32_t size;

    if (!tree_load_be32(header, HEADER_MAGIC, &magic) || magic != TREE_MAGIC ||
        !tree_load_be32(header, HEADER_TOTAL_SIZE, &size) || size < DEVICE_TREE_HEADER ||
        size > DEVICE_TREE_SIZE_MAX)
        return 0;
    return size;
}

enum device_tree_error tree_parse(struct span source, struct tree *ret_tree)
{
    uint64_t size = device_tree_size(source);
    uint32_t structure;
    uint32_t structure_size;
    uint32_t strings;
    uint32_t strings_size;
    uint32_t version;
    uint32_t compatible;

    if (size == 0)
        return DEVICE_TREE_NO_MAGIC;
    if (!span_part(source, 0, size, &source) || !tree_load_be32(source, HEADER_VERSION, &version) ||
        !tree_load_be32(source, HEADER_COMPATIBLE, &compatible) ||
        !tree_load_be32(source, HEADER_STRUCTURE, &structure) ||
        !tree_load_be32(source, HEADER_STRUCT_SIZE, &structure_size) ||
        !tree_load_be32(source, HEADER_STRINGS, &strings) ||
        !tree_load_be32(source, HEADER_STRINGS_SIZE, &strings_size) ||
        !tree_load_be32(source, HEADER_BOOT_CPU, &ret_tree->boot_cpu))
        return DEVICE_TREE_MALFORMED;
    if (version < TREE_VERSION || compatible > TREE_VERSION)
        return DEVICE_TREE_VERSION;
    /* Else what is copied of them could be twice the tree. */
    if ((uint64_t)structure_size + strings_size > size || structure % 4 != 0 ||
        !span_part(source, structure, structure_size, &ret_tree->structure) ||
        !span_part(source, strings, strings_size, &ret_tree->strings))
        return DEVICE_TREE_MALFORMED;
    return DEVICE_TREE_OK;
}

bool tree_string_at(struct span view, uint64_t offset, struct span *ret_string)
{
    for (uint64_t end = offset; end < view.size; end++)
        if (view.data[end] == 0)
            return span_part(view, offset, end + 1 - offset, ret_string);
    return false;
}

bool tree_is_name(struct span string, const char *name)
{
    return string.size == text_length(name) + 1 && memcmp(string.data, name, string.size) == 0;
}

bool tree_read_property(const struct tree *tree, uint64_t *offset, struct span *ret_name,
                        struct span *ret_value)
{
    uint32_t size;
    uint32_t name_at;

    if (!tree_load_be32(tree->structure, *offset, &size) ||
        !tree_load_be32(tree->structure, *offset + 4, &name_at) ||
        !span_part(tree->structure, *offset + 8, size, ret_value) ||
        !tree_string_at(tree->strings, name_at, ret_name))
        return false;
    *offset += 8 + tree_padded(size);
    return true;
}

bool tree_next(const struct tree *tree, uint64_t *offset, struct tree_token *ret_token)
{
    do {
        if (!tree_load_be32(tree->structure, *offset, &ret_token->kind))
            return false;
        *offset += sizeof(ret_token->kind);
    } while (ret_token->kind == TOKEN_NOP);
    if (ret_token->kind == TOKEN_PROPERTY)
        return tree_read_property(tree, offset, &ret_token->name, &ret_token->value);
    if (ret_token->kind != TOKEN_BEGIN)
        return ret_token->kind == TOKEN_END;
    if (!tree_string_at(tree->structure, *offset, &ret_token->name))
        return false;
    *offset += tree_padded(ret_token->name.size);
    return true;
}
