/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/setup_data.h"

#include "core/base/checked.h"
#include "core/base/store.h"

#include <stddef.h>

#define ALIGNMENT 8ULL

/* Bytes of a whole node, so that the next one is aligned. */
static bool node_size(const struct setup_nodes *nodes, uint64_t length, uint64_t *ret_size)
{
    return length <= UINT32_MAX &&
           checked_align_up(SETUP_DATA_HEADER_SIZE + length, ALIGNMENT, ret_size) &&
           *ret_size <= nodes->capacity - nodes->used;
}

uint8_t *setup_nodes_payload(const struct setup_nodes *nodes, uint64_t length)
{
    uint64_t size;

    if (nodes->memory == NULL || !node_size(nodes, length, &size))
        return NULL;
    return nodes->memory + nodes->used + SETUP_DATA_HEADER_SIZE;
}

bool setup_nodes_add(struct setup_nodes *nodes, uint32_t type, uint64_t length)
{
    uint8_t *node = nodes->memory + nodes->used;
    uint64_t size;

    if (!node_size(nodes, length, &size))
        return false;
    if (nodes->memory != NULL) {
        store_u64(node, 0);
        store_u32(node + 8, type);
        store_u32(node + 12, (uint32_t)length);
        if (nodes->used != 0)
            store_u64(nodes->memory + nodes->last, (uintptr_t)node);
    }
    nodes->last = nodes->used;
    nodes->used += size;
    return true;
}
