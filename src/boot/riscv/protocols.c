/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/protocol.h"

const struct boot_protocol *const boot_protocols[] = {&boot_linux, NULL};
const struct boot_protocol *const boot_deep_protocol = NULL;
const char boot_protocols_remedy[] = "give a Linux Image, or an EFI program";

uint64_t boot_uart(const struct boot *boot)
{
    (void)boot;
    return arch_uart_find();
}
