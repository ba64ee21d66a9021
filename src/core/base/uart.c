/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/uart.h"

#include "core/base/acpi.h"

/* The table; its base address is a generic one (ACPI 6.5, 5.2.3.2). */
#define SPCR_INTERFACE 36U /* as subtypes of the Debug Port Table 2 */
#define SPCR_SPACE     40U
#define SPCR_WIDTH     41U /* of a register, bits */
#define SPCR_ACCESS    43U
#define SPCR_ADDRESS   44U
#define SPACE_MEMORY   0U
#define ACCESS_DWORD   3U

uint64_t uart_make(enum uart_kind kind, uint64_t address)
{
    return address % (UART_KIND_MASK + 1) != 0 || address == 0 ? UART_NONE : address | kind;
}

uint64_t uart_of_spcr(struct span spcr)
{
    uint64_t address = acpi_number(spcr, SPCR_ADDRESS, sizeof(uint64_t));
    bool wide =
        acpi_number(spcr, SPCR_ACCESS, 1) == ACCESS_DWORD || acpi_number(spcr, SPCR_WIDTH, 1) == 32;

    if (acpi_number(spcr, SPCR_SPACE, 1) != SPACE_MEMORY)
        return UART_NONE;
    switch (acpi_number(spcr, SPCR_INTERFACE, 1)) {
    case 0:    /* 16550 */
    case 1:    /* what is like it */
    case 0x12: /* 16550 as the address describes it */
        return uart_make(wide ? UART_16550_WIDE : UART_16550, address);
    case 3:   /* PL011 */
    case 0xd: /* SBSA's, of the time before that was said well */
    case 0xe: /* SBSA's */
        return uart_make(UART_PL011, address);
    default:
        return UART_NONE;
    }
}
