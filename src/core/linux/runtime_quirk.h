/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machines whose runtime services work only after SetVirtualAddressMap(), which Linux's own stub
 * calls there and Baton nowhere (Linux, drivers/firmware/efi/libstub/arm64.c, system_needs_vamap).
 * Pure.
 */
#ifndef BATON_CORE_LINUX_RUNTIME_QUIRK_H
#define BATON_CORE_LINUX_RUNTIME_QUIRK_H

#include "core/base/span.h"

#include <stdbool.h>

/* `smbios`: all SMBIOS structures, untrusted; without any no machine is one. */
bool runtime_quirk(struct span smbios);

#endif
