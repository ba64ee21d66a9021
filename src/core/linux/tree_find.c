/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/tree_find.h"

#include "core/base/mem.h"
#include "core/text/text.h"

/* Takes the first component off a path, "a/b"; false when none is left. */
static bool next_component(struct span *path, struct span *ret_component)
{
    struct span component = *path;

    while (path->size > 0 && *path->data == '/')
        component = *path = span_behind(*path, 1);
    while (path->size > 0 && *path->data != '/')
        *path = span_behind(*path, 1);
    component.size -= path->size;
    *ret_component = component;
    return component.size != 0;
}

struct span tree_component(struct span path, unsigned int index)
{
    struct span component = {0};

    for (unsigned int i = 0; i <= index; i++)
        if (!next_component(&path, &component))
            return span_of(NULL, 0);
    return component;
}

/* `name` with its NUL, as the tree has it. */
static bool is_component(struct span name, struct span component)
{
    return component.size != 0 && name.size == component.size + 1 &&
           memcmp(name.data, component.data, component.size) == 0;
}

bool tree_find(const struct tree *tree, struct span path, struct span wanted,
               struct span *ret_value)
{
    struct tree_token token;
    uint64_t offset = 0;
    unsigned int depth = 0;   /* of open nodes, the root is the first */
    unsigned int matched = 0; /* of these from the root on, those that are on the path */

    while (tree_next(tree, &offset, &token)) {
        if (token.kind == TOKEN_BEGIN) {
            if (depth == DEPTH_MAX)
                return false;
            if (matched == depth &&
                (depth == 0 || is_component(token.name, tree_component(path, depth - 1))))
                matched++;
            depth++;
        } else if (token.kind == TOKEN_END) {
            if (depth == 0)
                return false;
            if (matched == depth)
                matched--;
            depth--;
        } else if (matched == depth && depth > 0 && tree_component(path, depth - 1).size == 0 &&
                   is_component(token.name, wanted)) {
            *ret_value = token.value;
            return true;
        }
    }
    return false;
}

bool tree_find_named(const struct tree *tree, struct span path, const char *name,
                     struct span *ret_value)
{
    return tree_find(tree, path, span_of(name, text_length(name)), ret_value);
}

bool tree_lists(struct span list, const char *string)
{
    size_t size = text_length(string) + 1;

    while (list.size > 0) {
        size_t length = 0;

        while (length < list.size && list.data[length] != 0)
            length++;
        if (length + 1 == size && length < list.size && memcmp(list.data, string, size) == 0)
            return true;
        length += length < list.size;
        list = span_behind(list, length);
    }
    return false;
}

uint64_t tree_address(struct span registers, uint32_t cell, uint32_t cells)
{
    uint32_t high = 0;
    uint32_t low;

    if (cells == 0 || cells > 2 || (cells == 2 && !tree_load_be32(registers, 4ULL * cell, &high)) ||
        !tree_load_be32(registers, 4ULL * (cell + cells - 1), &low))
        return 0;
    return (uint64_t)high << 32 | low;
}
