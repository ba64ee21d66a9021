/* SPDX-License-Identifier: BSD-2-Clause */
/* What a firmware's device tree, or its ACPI tables, say of an ARM board. Input: the tree, or a
 * table. */
#include "core/base/board.h"

#include "core/linux/tree_board.h"
#include "fuzz/fuzz.h"

static void check(struct gic gic)
{
    if (gic.version == 0)
        REQUIRE(gic.distributor == 0 && gic.processor == 0);
    else
        REQUIRE((gic.version == 2 || gic.version == 3) && gic.distributor != 0 &&
                gic.processor != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = exact(data, size);
    struct span span = span_of(bytes, size);

    check(tree_gic(span));
    check(gic_of_madt(span));
    REQUIRE(tree_psci(span) <= PSCI_HVC);
    REQUIRE(psci_of_fadt(span) <= PSCI_HVC);
    free(bytes);
    return 0;
}
