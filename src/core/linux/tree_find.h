/* SPDX-License-Identifier: BSD-2-Clause */
/* Single properties of a flattened device tree. Pure; the tree is untrusted. */
#ifndef BATON_CORE_LINUX_TREE_FIND_H
#define BATON_CORE_LINUX_TREE_FIND_H

#include "core/linux/tree_blocks.h"

/* Component `index` of the path "a/b"; empty when it has not as many. */
struct span tree_component(struct span path, unsigned int index);

/* The property `name` of the node at `path`; false when there is none. */
bool tree_find(const struct tree *tree, struct span path, struct span name, struct span *ret_value);
bool tree_find_named(const struct tree *tree, struct span path, const char *name,
                     struct span *ret_value);

/* Is `string` one of the list of strings? */
bool tree_lists(struct span list, const char *string);

/* The number in `cells` cells of 32 bits from `cell` on; 0 when it is not there, or has not one or
 * two. */
uint64_t tree_address(struct span registers, uint32_t cell, uint32_t cells);

#endif
