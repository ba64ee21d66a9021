/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/tree_board.h"

#include "core/linux/tree_find.h"

/* Devicetree Specification 0.4, 2.3.5: what counts where nothing is said. */
#define ADDRESS_CELLS 2U
#define SIZE_CELLS    1U

enum psci_conduit tree_psci(struct span source)
{
    struct tree tree;
    struct span method;

    if (tree_parse(source, &tree) != DEVICE_TREE_OK ||
        !tree_find_named(&tree, span_of("psci", 4), "method", &method))
        return PSCI_UNSAID;
    if (tree_lists(method, "hvc"))
        return PSCI_HVC;
    return tree_lists(method, "smc") ? PSCI_SMC : PSCI_UNSAID;
}

/* A node that is open. */
struct level {
    uint32_t address_cells; /* of the addresses of the nodes in it */
    uint32_t size_cells;
    bool is_plain; /* these are the processor's own */
    unsigned int gic;
    struct span registers;
};

static unsigned int gic_version(struct span compatible)
{
    if (tree_lists(compatible, "arm,gic-v3"))
        return 3;
    return tree_lists(compatible, "arm,gic-400") || tree_lists(compatible, "arm,cortex-a15-gic") ||
                   tree_lists(compatible, "arm,cortex-a7-gic") ||
                   tree_lists(compatible, "arm,cortex-a9-gic")
               ? 2
               : 0;
}

static void take_property(struct level *level, struct span name, struct span value)
{
    if (tree_is_name(name, "compatible"))
        level->gic = gic_version(value);
    else if (tree_is_name(name, "reg"))
        level->registers = value;
    else if (tree_is_name(name, "ranges"))
        level->is_plain = value.size == 0;
    else if (tree_is_name(name, "#address-cells"))
        (void)tree_load_be32(value, 0, &level->address_cells);
    else if (tree_is_name(name, "#size-cells"))
        (void)tree_load_be32(value, 0, &level->size_cells);
}

/* Whether `level`, in `parent`, whose properties are all read, is one. */
static bool is_gic(const struct level *parent, const struct level *level, struct gic *ret_gic)
{
    uint32_t cells = parent->address_cells;

    if (level->gic == 0 || !parent->is_plain || parent->size_cells > 2)
        return false;
    ret_gic->version = level->gic;
    ret_gic->distributor = tree_address(level->registers, 0, cells);
    ret_gic->processor = tree_address(level->registers, cells + parent->size_cells, cells);
    return ret_gic->distributor != 0 && ret_gic->processor != 0;
}

struct gic tree_gic(struct span source)
{
    struct level levels[DEPTH_MAX + 1];
    struct tree tree;
    struct gic gic = {0};
    struct tree_token token;
    uint64_t offset = 0;
    unsigned int depth = 0; /* of open nodes; levels[0] is not one */

    levels[0] = (struct level){ADDRESS_CELLS, SIZE_CELLS, .is_plain = true};
    if (tree_parse(source, &tree) != DEVICE_TREE_OK)
        return (struct gic){0};
    while (tree_next(&tree, &offset, &token)) {
        if (token.kind != TOKEN_PROPERTY && depth > 0 &&
            is_gic(&levels[depth - 1], &levels[depth], &gic))
            return gic;
        if (token.kind == TOKEN_BEGIN) {
            if (depth == DEPTH_MAX)
                break;
            levels[depth].is_plain &= depth == 0 || levels[depth - 1].is_plain;
            depth++;
            levels[depth] = (struct level){ADDRESS_CELLS, SIZE_CELLS, .is_plain = depth == 1};
        } else if (depth == 0) {
            break; /* not in a node */
        } else if (token.kind == TOKEN_END) {
            depth--;
        } else {
            take_property(&levels[depth], token.name, token.value);
        }
    }
    return (struct gic){0};
}

bool tree_boot_hart(struct span source, uint64_t *ret_hart)
{
    struct tree tree;
    struct span value;
    uint32_t cells;

    if (tree_parse(source, &tree) != DEVICE_TREE_OK ||
        !tree_find_named(&tree, span_of("chosen", 6), "boot-hartid", &value))
        return false;
    cells = (uint32_t)value.size / 4;
    if (value.size % 4 != 0 || cells == 0 || cells > 2)
        return false;
    *ret_hart = tree_address(value, 0, cells);
    return true;
}
