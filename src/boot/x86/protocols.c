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

bool boot_deep_protocol(struct boot_protocol *ret_protocol)
{
    boot_multiboot(ret_protocol);
    return true;
}

PACKED_DATA const char boot_protocols_unknown[] =
    "not a kernel that Baton knows\0"
    "give a 64-bit bzImage, a Multiboot2 kernel, or an ELF64 kernel that carries Baton's note";

struct board boot_board(const struct boot *boot)
{
    (void)boot;
    return (struct board){.uart = arch_uart_find()};
}
