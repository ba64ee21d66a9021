/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

const struct boot_protocol *const boot_protocols[] = {&boot_linux, &boot_native, NULL};
const struct boot_protocol *const boot_deep_protocol = &boot_multiboot;
PACKED_DATA const char boot_protocols_unknown[] =
    "not a kernel that Baton knows\0"
    "give a 64-bit bzImage, a Multiboot2 kernel, or an ELF64 kernel that carries Baton's note";

struct board boot_board(const struct boot *boot)
{
    (void)boot;
    return (struct board){.uart = arch_uart_find()};
}
