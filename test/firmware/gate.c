/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate.h"

#include "fw_cfg.h"
#include "report.h"

#define POLL 10000 /* microseconds */

static void gate_wait(EFI_BOOT_SERVICES *services)
{
    uint16_t key;
    uint32_t size;

    /* The directory has the same names in each machine, so the key stays; sizes differ. */
    if (!fw_cfg_find("opt/org.baton/gate", &key, &size) || fw_cfg_first(key) != 'c')
        return;
    report_begin("ready");
    report_end();
    while (fw_cfg_first(key) == 'c')
        services->Stall(POLL);
}

bool gate_read(EFI_BOOT_SERVICES *services, const char *name, char *ret_text, size_t capacity)
{
    gate_wait(services);
    return fw_cfg_read(name, ret_text, capacity);
}
