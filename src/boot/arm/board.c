/* SPDX-License-Identifier: BSD-2-Clause */
/* What is there when the firmware is gone, where it is in tables only: ACPI's, and what these do
 * not say, the device tree. */
#include "core/base/board.h"
#include "arch/arch.h"
#include "boot/boot.h"
#include "core/base/acpi.h"
#include "core/linux/tree_board.h"
#include "core/linux/tree_uart.h"
#include "efi/linux/tree/firmware_tree.h"

/* Four letters each. */
#define SPCR_SIGNATURE 0x52435053U
#define FADT_SIGNATURE 0x50434146U
#define MADT_SIGNATURE 0x43495041U

struct board boot_board(const struct boot *boot)
{
    const struct acpi_memory memory = acpi_memory_below(arch_memory_last());
    uint64_t root = boot->environment.acpi_rsdp;
    struct span tree = firmware_tree(boot->firmware);
    struct board board = {
        .uart = uart_of_spcr(acpi_table(&memory, root, SPCR_SIGNATURE)),
        .psci = psci_of_fadt(acpi_table(&memory, root, FADT_SIGNATURE)),
        .gic = gic_of_madt(acpi_table(&memory, root, MADT_SIGNATURE)),
    };

    if (board.uart == UART_NONE)
        board.uart = tree_uart(tree);
    if (board.psci == PSCI_UNSAID)
        board.psci = tree_psci(tree);
    if (board.gic.version == 0)
        board.gic = tree_gic(tree);
    return board;
}
