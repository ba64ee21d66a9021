/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setup_data nodes that Linux gets whatever the memory map looks like: option ROMs and a Mac's
 * properties, as Linux's own EFI stub passes them. Knows when they are made and where they lie.
 */
#ifndef BATON_BOOT_LINUX_X86_LINUX_NODES_H
#define BATON_BOOT_LINUX_X86_LINUX_NODES_H

#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * ret_first is the address of the first node of a list that ends with 0, in loader data pages of a
 * lease, or 0 when there is nothing to tell. `setup_type_max` is what bzimage_setup_type_max()
 * says: nodes of higher types are left out. False when there is something and the firmware has no
 * memory for it: a boot can do without; ret_first is 0 then.
 */
bool linux_nodes_gather(struct firmware *firmware, uint32_t setup_type_max, uint64_t *ret_first);

#endif
