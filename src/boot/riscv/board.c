/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a line can be written when UEFI's firmware is gone: what is below it (SBI) knows. */
#include "arch/arch.h"
#include "boot/boot.h"

struct board boot_board(const struct boot *boot)
{
    (void)boot;
    return (struct board){.uart = arch_uart_find()};
}
