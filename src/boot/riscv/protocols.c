/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware starts what there is: kernels are EFI programs. */
#include "boot/protocol.h"

const struct boot_protocol *const boot_protocols[] = {NULL};
const struct boot_protocol *const boot_deep_protocol = NULL;
const char boot_protocols_remedy[] = "give an EFI program, such as a Linux Image";

uint64_t boot_uart(const struct boot *boot)
{
    (void)boot;
    return arch_uart_find();
}
