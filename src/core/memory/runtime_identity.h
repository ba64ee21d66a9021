/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where runtime services will be called: arm64 and RISC-V kernels map each runtime region at its
 * VirtualStart. Pure; works on both sides of the point of no return.
 */
#ifndef BATON_CORE_MEMORY_RUNTIME_IDENTITY_H
#define BATON_CORE_MEMORY_RUNTIME_IDENTITY_H

#include "core/memory/memory_map.h"

/*
 * Sets VirtualStart to PhysicalStart in each descriptor with EFI_MEMORY_RUNTIME, as Linux's stub
 * does where it does not call SetVirtualAddressMap (libstub/arm64.c): firmware leaves 0 there,
 * which would put all regions on top of each other. The end of the highest of them, exclusive; 0
 * when there is none.
 */
uint64_t runtime_identity_set(const struct memory_map *map);

#endif
