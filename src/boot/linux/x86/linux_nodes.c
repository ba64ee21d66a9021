/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/linux/x86/linux_nodes.h"

#include "core/base/page.h"
#include "core/linux/x86/setup_data.h"
#include "efi/linux/x86/apple.h"
#include "efi/linux/x86/option_roms.h"
#include "efi/pages.h"

static void fill(const struct firmware *firmware, uint32_t setup_type_max,
                 struct setup_nodes *nodes)
{
    if (setup_type_max >= SETUP_DATA_PCI)
        option_roms_add(firmware, nodes);
    if (setup_type_max >= SETUP_DATA_APPLE_PROPERTIES)
        apple_properties_add(firmware, nodes);
}

bool linux_nodes_gather(struct firmware *firmware, uint32_t setup_type_max, uint64_t *ret_first)
{
    struct setup_nodes counted = {.capacity = UINT64_MAX};
    struct setup_nodes nodes = {0};
    uint64_t address;

    *ret_first = 0;
    fill(firmware, setup_type_max, &counted);
    if (counted.used == 0)
        return true;
    if (pages_take(firmware, MEMORY_LOADER_DATA, counted.used, &address) != 0)
        return false;
    nodes.memory = (uint8_t *)(uintptr_t)address;
    nodes.capacity = pages_for(counted.used) * PAGE_SIZE;
    fill(firmware, setup_type_max, &nodes);
    /* The firmware is asked twice and may have changed its mind. */
    if (nodes.used != 0)
        *ret_first = address;
    return true;
}
