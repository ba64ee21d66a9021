/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device tree says of an ARM board's devices. Pure; the tree is untrusted. */
#ifndef BATON_CORE_LINUX_TREE_BOARD_H
#define BATON_CORE_LINUX_TREE_BOARD_H

#include "core/base/board.h"

/* The method of the node /psci (Linux, Documentation/devicetree/bindings/arm/psci.yaml). */
enum psci_conduit tree_psci(struct span source);

/*
 * The first node that is compatible with a GIC (arm,gic.yaml and arm,gic-v3.yaml there) and whose
 * registers are at addresses of the processor.
 */
struct gic tree_gic(struct span source);

#endif
