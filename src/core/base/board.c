/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/board.h"

#include "core/base/acpi.h"

/* ACPI 6.5, 5.2.9: ARM boot architecture flags. */
#define FADT_ARM       129U
#define PSCI_COMPLIANT 1U
#define PSCI_USE_HVC   2U

/* ACPI 6.5, 5.2.12.14 to 17: type and length, then what the type says. */
#define MADT_HEADER         44U
#define GIC_PROCESSOR       0x0bU
#define PROCESSOR_INTERFACE 32U
#define PROCESSOR_FRAME     60U
#define GIC_DISTRIBUTOR     0x0cU
#define DISTRIBUTOR_ADDRESS 8U
#define DISTRIBUTOR_VERSION 20U
#define GIC_REDISTRIBUTORS  0x0eU
#define REDISTRIBUTORS      4U

enum psci_conduit psci_of_fadt(struct span fadt)
{
    uint64_t flags = acpi_number(fadt, FADT_ARM, 2);

    if ((flags & PSCI_COMPLIANT) == 0)
        return PSCI_UNSAID;
    return (flags & PSCI_USE_HVC) != 0 ? PSCI_HVC : PSCI_SMC;
}

/* The first that is said counts. */
static void keep(uint64_t *address, uint64_t found)
{
    if (*address == 0)
        *address = found;
}

struct gic gic_of_madt(struct span madt)
{
    struct gic gic = {0};
    uint64_t interface = 0;
    uint64_t frame = 0; /* a processor's own redistributor */
    uint64_t frames = 0;
    uint64_t size;

    for (uint64_t at = MADT_HEADER; at < madt.size; at += size) {
        struct span entry = span_behind(madt, at);

        size = acpi_number(entry, 1, 1);
        if (size < 2 || size > entry.size)
            return (struct gic){0};
        entry.size = size;
        switch (acpi_number(entry, 0, 1)) {
        case GIC_PROCESSOR:
            keep(&interface, acpi_number(entry, PROCESSOR_INTERFACE, 8));
            keep(&frame, acpi_number(entry, PROCESSOR_FRAME, 8));
            break;
        case GIC_DISTRIBUTOR:
            gic.version = (unsigned int)acpi_number(entry, DISTRIBUTOR_VERSION, 1);
            keep(&gic.distributor, acpi_number(entry, DISTRIBUTOR_ADDRESS, 8));
            break;
        case GIC_REDISTRIBUTORS:
            keep(&frames, acpi_number(entry, REDISTRIBUTORS, 8));
            break;
        default:
            break;
        }
    }
    keep(&frames, frame);
    if (gic.version == 0) /* of the time before it was said */
        gic.version = frames != 0 ? 3 : 2;
    gic.version = gic.version > 2 ? 3 : 2;
    gic.processor = gic.version == 3 ? frames : interface;
    return gic.distributor != 0 && gic.processor != 0 ? gic : (struct gic){0};
}
