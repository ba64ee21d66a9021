/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/tree_uart.h"

#include "core/base/mem.h"
#include "core/base/uart.h"
#include "core/linux/tree_blocks.h"
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

/* Component `index` of a path; empty when it has not as many. */
static struct span component_at(struct span path, unsigned int index)
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

/* The property `name` of the node at `path`; false when there is none. */
static bool find(const struct tree *tree, struct span path, struct span wanted,
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
                (depth == 0 || is_component(name, component_at(path, depth - 1))))
                matched++;
            depth++;
        } else if (token == TOKEN_END && depth > 0) {
            if (matched == depth)
                matched--;
            depth--;
        } else if (token == TOKEN_PROPERTY) {
            if (!tree_read_property(tree, &offset, &name, ret_value))
                return false;
            if (matched == depth && depth > 0 && component_at(path, depth - 1).size == 0 &&
                is_component(name, wanted))
                return true;
        } else if (token != TOKEN_NOP) {
            return false;
        }
    }
    return false;
}

static bool find_named(const struct tree *tree, struct span path, const char *name,
                       struct span *ret_value)
{
    return find(tree, path, span_of(name, text_length(name)), ret_value);
}

static uint32_t number(const struct tree *tree, struct span path, const char *name, uint32_t absent)
{
    struct span value;
    uint32_t found;

    return find_named(tree, path, name, &value) && tree_load_be32(value, 0, &found) ? found
                                                                                    : absent;
}

/* Is `string` one of the list of strings? */
static bool lists(struct span list, const char *string)
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

/* The path of the output, without what follows a colon. */
static bool output_path(const struct tree *tree, struct span *ret_path)
{
    struct span path;

    if (!find_named(tree, span_of("chosen", 6), "stdout-path", &path))
        return false;
    for (size_t i = 0; i < path.size; i++)
        if (path.data[i] == ':' || path.data[i] == 0)
            path.size = i;
    if (path.size != 0 && path.data[0] != '/' &&
        (!find(tree, span_of("aliases", 7), path, &path) || path.size == 0))
        return false;
    /* An alias is a string, with its NUL. */
    if (path.size != 0 && path.data[path.size - 1] == 0)
        path.size--;
    *ret_path = path;
    return path.size != 0;
}

/* The node's parent; false when its addresses are not the processor's. */
static bool parent_of(const struct tree *tree, struct span path, struct span *ret_parent)
{
    struct span parent = path;
    struct span ranges;

    while (parent.size > 0 && parent.data[parent.size - 1] != '/')
        parent.size--;
    *ret_parent = parent;
    for (struct span bus = parent; component_at(bus, 0).size != 0; bus.size--)
        if (bus.data[bus.size - 1] == '/' &&
            (!find_named(tree, span_of(bus.data, bus.size - 1), "ranges", &ranges) ||
             ranges.size != 0) &&
            component_at(span_of(bus.data, bus.size - 1), 0).size != 0)
            return false;
    return true;
}

static enum uart_kind kind_of(const struct tree *tree, struct span path)
{
    struct span compatible;
    uint32_t shift = number(tree, path, "reg-shift", 0);

    if (!find_named(tree, path, "compatible", &compatible))
        return UART_NONE;
    if (lists(compatible, "arm,pl011") || lists(compatible, "arm,sbsa-uart"))
        return UART_PL011;
    if (!lists(compatible, "ns16550a") && !lists(compatible, "ns16550") &&
        !lists(compatible, "snps,dw-apb-uart"))
        return UART_NONE;
    if (shift == 2)
        return UART_16550_WIDE;
    return shift == 0 ? UART_16550 : UART_NONE;
}

uint64_t tree_uart(struct span source)
{
    struct tree tree;
    struct span path;
    struct span parent;
    struct span registers;
    enum uart_kind kind;
    uint32_t high = 0;
    uint32_t low;
    uint32_t cells;

    if (tree_parse(source, &tree) != DEVICE_TREE_OK || !output_path(&tree, &path) ||
        !parent_of(&tree, path, &parent) || !find_named(&tree, path, "reg", &registers))
        return UART_NONE;
    cells = number(&tree, parent, "#address-cells", 2);
    kind = kind_of(&tree, path);
    if (kind == UART_NONE || cells == 0 || cells > 2 ||
        (cells == 2 && !tree_load_be32(registers, 0, &high)) ||
        !tree_load_be32(registers, 4ULL * (cells - 1), &low))
        return UART_NONE;
    return uart_make(kind, (uint64_t)high << 32 | low);
}
