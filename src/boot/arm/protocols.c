/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

bool boot_protocol_at(unsigned int index, struct boot_protocol *ret_protocol)
{
    if (index == 0)
        boot_linux(ret_protocol);
    else
        boot_native(ret_protocol);
    return index < 2;
}

PACKED_DATA const char boot_protocols_unknown[] =
    "not a kernel that Baton knows\0"
    "give a Linux Image, an ELF64 kernel that carries Baton's note, or an EFI program";
