/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/linux/initrds.h"

#include "boot/failure.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/linux/initrd_layout.h"

bool initrds_measure_out(struct boot *boot, struct initrds *ret_initrds)
{
    const struct payload *payload = &boot->payload;
    uint64_t sizes[BOOT_MODULES_MAX];

    ret_initrds->total = 0;
    for (unsigned int i = 0; i < payload->module_count; i++)
        sizes[i] = payload->modules[i].size;
    return payload->module_count == 0 ||
           initrd_layout(sizes, payload->module_count, ret_initrds->offsets, &ret_initrds->total) ||
           boot_fail_memory(boot, payload->modules[0].path, 0);
}

/* Reads initrd `index` to its place and clears the gap between the one before and it. */
static bool read_one(struct boot *boot, unsigned int index, uint8_t *gap, uint8_t *place)
{
    const struct explanation longer =
        because("there is more in the file than its size says", "check the file system for errors");
    const struct boot_file *file = &boot->payload.modules[index];
    efi_status status;

    memset(gap, 0, (size_t)(place - gap));
    status = boot_file_read_all(boot->firmware, file, place);
    return status == 0 ||
           boot_fail(boot, "reading", file->path,
                     status == STATUS_VOLUME_CORRUPTED ? longer : FAILURE_UNREADABLE, status);
}

bool initrds_read(struct boot *boot, const struct initrds *initrds, uint64_t address)
{
    uint8_t *base = (uint8_t *)(uintptr_t)address;
    uint64_t end = 0;

    for (unsigned int i = 0; i < boot->payload.module_count; i++) {
        if (!read_one(boot, i, base + end, base + initrds->offsets[i]))
            return false;
        end = initrds->offsets[i] + boot->payload.modules[i].size;
    }
    return true;
}

uint64_t initrds_in_place(const struct boot *boot, uint64_t last)
{
    const struct boot_file *only = &boot->payload.modules[0];
    uint64_t address = (uintptr_t)only->bytes;

    if (boot->payload.module_count != 1 || address == 0 || address % PAGE_SIZE != 0 ||
        only->size == 0 || address + only->size - 1 > last)
        return 0;
    return address;
}
