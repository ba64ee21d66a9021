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
    uint64_t offset = 0;
    unsigned int depth = 0;   /* of open nodes, the root is the first */
    unsigned int matched = 0; /* of these from the root on, those that are on the path */
    uint32_t token;

    while (tree_load_be32(tree->structure, offset, &token)) {
        struct span name;

        offset += sizeof(token);
        if (token == TOKEN_BEGIN) {
            if (!tree_string_at(tree->structure, offset, &name) || depth == DEPTH_MAX)
                return false;
            offset += tree_padded(name.size);
            if (matched == depth &&
                (depth == 0 || is_component(name, tree_component(path, depth - 1))))
                matched++;
            depth++;
        } else if (token == TOKEN_END && depth > 0) {
            if (matched == depth)
                matched--;
            depth--;
        } else if (token == TOKEN_PROPERTY) {
            if (!tree_read_property(tree, &offset, &name, ret_value))
                return false;
            if (matched == depth && depth > 0 && tree_component(path, depth - 1).size == 0 &&
                is_component(name, wanted))
                return true;
        } else if (token != TOKEN_NOP) {
            return false;
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
