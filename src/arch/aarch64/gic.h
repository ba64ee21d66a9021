/* SPDX-License-Identifier: BSD-2-Clause */
/* ARM's Generic Interrupt Controller (IHI 0048 for version 2, IHI 0069 for 3 and 4). */
#ifndef BATON_ARCH_AARCH64_GIC_H
#define BATON_ARCH_AARCH64_GIC_H

#include "core/base/board.h"

#include <stdbool.h>

/*
 * No interrupt reaches this processor any more but that of its virtual timer. False when there is
 * no controller that is known, or this processor's part of it is not found.
 */
bool gic_only_timer(const struct gic *gic);

#endif
