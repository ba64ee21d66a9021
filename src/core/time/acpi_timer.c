/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/acpi_timer.h"

#define FADT_SIGNATURE 0x50434146U /* "FACP" */

/* The fixed table (5.2.9). */
#define FADT_TIMER         76U
#define FADT_TIMER_LENGTH  91U
#define FADT_FLAGS         112U
#define FLAG_TIMER_32      (1U << 8)
#define FLAG_REDUCED       (1U << 20) /* the fixed hardware is not there */
#define FADT_X_TIMER_SPACE 208U       /* a generic address (5.2.3.2) */
#define FADT_X_TIMER       212U
#define SPACE_IO           1U
#define TIMER_LENGTH       4U

bool acpi_timer_find(const struct acpi_memory *memory, uint64_t root, struct acpi_timer *ret_timer)
{
    struct span fadt = acpi_table(memory, root, FADT_SIGNATURE);
    uint64_t port = acpi_number(fadt, FADT_TIMER, sizeof(uint32_t));
    uint64_t extended = acpi_number(fadt, FADT_X_TIMER, sizeof(uint64_t));
    uint64_t flags = acpi_number(fadt, FADT_FLAGS, sizeof(uint32_t));

    if (acpi_number(fadt, FADT_TIMER_LENGTH, 1) != TIMER_LENGTH || (flags & FLAG_REDUCED) != 0)
        return false;
    /* The 64-bit address counts where it can be used (5.2.9, X_PM_TMR_BLK). */
    if (acpi_number(fadt, FADT_X_TIMER_SPACE, 1) == SPACE_IO && extended != 0)
        port = extended;
    if (port == 0 || port > UINT16_MAX + 1U - TIMER_LENGTH)
        return false;
    ret_timer->port = (uint16_t)port;
    ret_timer->mask = (flags & FLAG_TIMER_32) != 0 ? UINT32_MAX : 0xffffffU;
    return true;
}
