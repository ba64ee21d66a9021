/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

const struct boot_protocol *const boot_protocols[] = {&boot_linux, &boot_native, NULL};
const struct boot_protocol *const boot_deep_protocol = &boot_multiboot;
