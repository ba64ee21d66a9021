/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of setup_data nodes (https://docs.kernel.org/arch/x86/boot.html, setup_data): what a Linux
 * kernel is told that the zero page has no field for. Knows the header of a node; what is behind it
 * is the caller's. Addresses are physical and virtual at once.
 */
#ifndef BATON_CORE_LINUX_X86_SETUP_DATA_H
#define BATON_CORE_LINUX_X86_SETUP_DATA_H

#include <stdbool.h>
#include <stdint.h>

/* struct setup_data in front of a node's payload: u64 next, u32 type, u32 length of the payload. */
#define SETUP_DATA_HEADER_SIZE 16U

/* Types, Linux, arch/x86/include/uapi/asm/setup_data.h. */
#define SETUP_DATA_E820_EXT         1U
#define SETUP_DATA_PCI              3U
#define SETUP_DATA_APPLE_PROPERTIES 5U
#define SETUP_DATA_JAILHOUSE        6U
#define SETUP_DATA_INDIRECT         (1U << 31) /* a flag: the payload is elsewhere */

/*
 * Nodes one behind the other in one piece of memory, each 8-byte aligned and linked to the one
 * before; the last one's next is 0. Without memory they are only counted: filling the same nodes
 * twice, first without, tells how much memory they need. Set `memory` (8-byte aligned, or NULL) and
 * `capacity`, the rest begins as 0.
 */
struct setup_nodes {
    uint8_t *memory;
    uint64_t capacity; /* bytes; UINT64_MAX for counting */
    uint64_t used;     /* bytes */
    uint64_t last;     /* offset of the last node's header */
};

/*
 * Where the payload of the next node lies, to be filled before the node is added; NULL when nodes
 * are counted or there is no room for so much.
 */
uint8_t *setup_nodes_payload(const struct setup_nodes *nodes, uint64_t length);

/* False when there is no room, or no node can be so long; then nothing changes. */
bool setup_nodes_add(struct setup_nodes *nodes, uint32_t type, uint64_t length);

#endif
