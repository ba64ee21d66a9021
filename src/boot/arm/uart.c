/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a line can be written when the firmware is gone: ACPI's table for that, or the device
 * tree. */
#include "core/base/uart.h"
#include "arch/arch.h"
#include "boot/boot.h"
#include "core/base/acpi.h"
#include "core/base/page.h"
#include "core/linux/tree_uart.h"
#include "efi/linux/tree/firmware_tree.h"

#define SPCR_SIGNATURE 0x52435053U

uint64_t boot_uart(const struct boot *boot)
{
    /* UEFI maps all memory to its own address (UEFI 2.10, 2.3.6). */
    const struct acpi_memory memory = {.data = (const uint8_t *)PAGE_SIZE,
                                       .start = PAGE_SIZE,
                                       .size = arch_memory_last() - PAGE_SIZE};
    uint64_t uart = uart_of_spcr(acpi_table(&memory, boot->environment.acpi_rsdp, SPCR_SIGNATURE));

    return uart != UART_NONE ? uart : tree_uart(firmware_tree(boot->firmware));
}
