/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device tree says of the board that it describes. Pure; the tree is untrusted. */
#ifndef BATON_CORE_LINUX_TREE_BOARD_H
#define BATON_CORE_LINUX_TREE_BOARD_H

#include "core/base/board.h"

#include <stdbool.h>
#include <stdint.h>

/* The method of the node /psci (Linux, Documentation/devicetree/bindings/arm/psci.yaml). */
enum psci_conduit tree_psci(struct span source);

/*
 * The first node that is compatible with a GIC (arm,gic.yaml and arm,gic-v3.yaml there) and whose
 * registers are at addresses of the processor.
 */
struct gic tree_gic(struct span source);

/* /chosen/boot-hartid of RISC-V, as U-Boot gives it, in 4 or 8 bytes; false when there is none. */
bool tree_boot_hart(struct span source, uint64_t *ret_hart);

#endif
