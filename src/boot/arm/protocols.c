/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

const struct boot_protocol *const boot_protocols[] = {&boot_linux, &boot_native, NULL};
const struct boot_protocol *const boot_deep_protocol = NULL;
PACKED_DATA const char boot_protocols_unknown[] =
    "not a kernel that Baton knows\0"
    "give a Linux Image, an ELF64 kernel that carries Baton's note, or an EFI program";
