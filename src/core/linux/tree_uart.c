/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/tree_uart.h"

#include "core/base/uart.h"
#include "core/linux/tree_find.h"

static uint32_t number(const struct tree *tree, struct span path, const char *name, uint32_t absent)
{
    struct span value;
    uint32_t found;

    return tree_find_named(tree, path, name, &value) && tree_load_be32(value, 0, &found) ? found
                                                                                         : absent;
}

/* The path of the output, without what follows a colon. */
static bool output_path(const struct tree *tree, struct span *ret_path)
{
    struct span path;

    if (!tree_find_named(tree, span_of("chosen", 6), "stdout-path", &path))
        return false;
    for (size_t i = 0; i < path.size; i++)
        if (path.data[i] == ':' || path.data[i] == 0)
            path.size = i;
    if (path.size != 0 && path.data[0] != '/' &&
        (!tree_find(tree, span_of("aliases", 7), path, &path) || path.size == 0))
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
    for (struct span bus = parent; tree_component(bus, 0).size != 0; bus.size--)
        if (bus.data[bus.size - 1] == '/' &&
            (!tree_find_named(tree, span_of(bus.data, bus.size - 1), "ranges", &ranges) ||
             ranges.size != 0) &&
            tree_component(span_of(bus.data, bus.size - 1), 0).size != 0)
            return false;
    return true;
}

static enum uart_kind kind_of(const struct tree *tree, struct span path)
{
    struct span compatible;
    uint32_t shift = number(tree, path, "reg-shift", 0);

    if (!tree_find_named(tree, path, "compatible", &compatible))
        return UART_NONE;
    if (tree_lists(compatible, "arm,pl011") || tree_lists(compatible, "arm,sbsa-uart"))
        return UART_PL011;
    if (!tree_lists(compatible, "ns16550a") && !tree_lists(compatible, "ns16550") &&
        !tree_lists(compatible, "snps,dw-apb-uart"))
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
    uint32_t cells;

    if (tree_parse(source, &tree) != DEVICE_TREE_OK || !output_path(&tree, &path) ||
        !parent_of(&tree, path, &parent) || !tree_find_named(&tree, path, "reg", &registers))
        return UART_NONE;
    cells = number(&tree, parent, "#address-cells", 2);
    kind = kind_of(&tree, path);
    return kind == UART_NONE ? UART_NONE : uart_make(kind, tree_address(registers, 0, cells));
}
