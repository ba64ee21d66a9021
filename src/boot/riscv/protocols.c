/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

bool boot_protocol_at(unsigned int index, struct boot_protocol *ret_protocol)
{
    if (index == 0)
        boot_linux(ret_protocol);
    return index == 0;
}

PACKED_DATA const char boot_protocols_unknown[] = "not a kernel that Baton knows\0"
                                                  "give a Linux Image, or an EFI program";
